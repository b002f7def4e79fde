#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "engine/accounts/account_news.h"
#include "engine/accounts/credential_care.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/random.h"
#include "engine/ports/refresh_store.h"

namespace sb::app {

/// Sees to the credentials whose time has come, of the accounts that this instance owns, several at
/// once, and tells what happened to these accounts. Tidies up behind renewals: refresh tokens that
/// were replaced, applications that renew nothing any more. Thread-safe.
class CredentialKeeper {
 public:
  struct Dependencies {
    accounts::CredentialCare& care;
    accounts::AccountNews& news;
    ports::RefreshStore& refreshes;
    std::function<Status()> forget_applications;  ///< Those that nothing needs any more.
    const ports::Clock& clock;
    ports::Random& random;
    ports::Executor& pool;  ///< May be held up for 20 seconds by each.
    std::function<std::vector<Slot>()> our_slots;
  };

  explicit CredentialKeeper(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Start();

  void Stop() { stopped_ = true; }

  /// Looks once, and hands what is due to the pool.
  void RunOnce();

 private:
  void LookLater();
  void Tidy();
  void SeeTo(AccountId id);

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  int rounds_ = 0;  ///< By RunOnce, one at a time.
  std::mutex mutex_;
  std::set<AccountId> under_way_;
};

}  // namespace sb::app
