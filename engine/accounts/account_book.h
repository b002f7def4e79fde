#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <utility>

#include "engine/accounts/standing.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"

namespace sb::accounts {

/// Told after an account's credential, state or subscription changed (any thread). Must not call
/// Connections.
using AccountChanged = std::function<void(const ports::Account&)>;

/// Changes stored accounts. Thread-safe; blocks.
class AccountBook {
 public:
  using Amendment = std::function<void(ports::Account&)>;

  AccountBook(ports::AccountStore& accounts, const ports::Clock& clock, AccountChanged changed)
      : accounts_(accounts), clock_(clock), changed_(std::move(changed)) {}

  /// Changes an account under its compare-and-set, starting over when somebody else changed it in
  /// between.
  Result<ports::Account> Amend(AccountId id, const Amendment& amendment);
  /// The same, and tells `changed`.
  Result<ports::Account> AmendAndTell(AccountId id, const Amendment& amendment);
  /// What happened to an account, which is left alone where that makes no difference to its state.
  Result<ports::Account> Note(AccountId id, const Happening& happening);
  /// One conversation with the provider about an account at a time, so that no webhook is
  /// registered twice.
  std::mutex& TurnOf(AccountId id);

 private:
  /// False: nothing is to be changed.
  using Decision = std::function<bool(ports::Account&)>;

  Result<ports::Account> Change(AccountId id, const Decision& decision, bool tell);

  ports::AccountStore& accounts_;
  const ports::Clock& clock_;
  const AccountChanged changed_;
  std::array<std::mutex, 64> turns_;
};

/// "account.connected", "account.disconnected", ...: the account and how it was connected.
void LogAccount(const char* name, const ports::Account& account);

}  // namespace sb::accounts
