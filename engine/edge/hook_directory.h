#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::edge {

/// What the door must know of an account to take its webhooks.
struct Hook {
  AccountId account;
  Slot slot = 0;
  std::string connector;
  std::string token_hash;
  ports::AccountState state = ports::AccountState::kConnecting;
};

/// Finds accounts by the secret part of their webhook URL, and remembers them for a few seconds: a
/// burst of deliveries costs one query. Deliveries that ask for the same hook while it is looked up
/// share that query. While the database is away, what was known last is taken for true: deliveries
/// can then be spooled rather than refused. Thread-safe.
class HookDirectory {
 public:
  using Found = std::function<void(Result<Hook>)>;

  static constexpr Millis kTimeToLive{
      5'000};  ///< How stale another instance's changes may be here.
  static constexpr std::size_t kMaxRemembered = 100'000;
  static constexpr std::size_t kMaxLookUps =
      1'000;  ///< At once; more fail with kUnavailable DATABASE_UNAVAILABLE.

  HookDirectory(ports::AccountStore& accounts, ports::Executor& workers, const ports::Clock& clock)
      : accounts_(accounts), workers_(workers), clock_(clock) {}

  /// Answers on the caller's thread when it is remembered, else on a worker. Fails as
  /// AccountStore::FindByHook.
  void Find(const std::string& hook_id, Found found);
  /// The same, past what is remembered.
  void FindAfresh(const std::string& hook_id, Found found);
  /// The account changed: what is remembered of it may not be true any more, and is only used while
  /// the database cannot be asked.
  void Forget(AccountId account);

 private:
  struct Remembered {
    Hook hook;
    WallTime until;
  };

  bool Joins(const std::string& hook_id, Found& found);
  void LookUp(const std::string& hook_id);
  void Remember(const std::string& hook_id, const Result<Hook>& hook, std::uint64_t asked_in);

  ports::AccountStore& accounts_;
  ports::Executor& workers_;
  const ports::Clock& clock_;

  std::mutex mutex_;
  std::uint64_t changes_ =
      0;  ///< Counts Forget: an answer that was asked for before one is not remembered.
  std::unordered_map<std::string, Remembered> remembered_;
  std::unordered_map<std::string, std::vector<Found>> waiting_;
};

}  // namespace sb::edge
