#pragma once

#include <array>
#include <functional>
#include <mutex>

#include "engine/accounts/connection_dependencies.h"

namespace sb::accounts {

/// Changes stored accounts. Thread-safe; blocks.
class AccountBook {
 public:
  using Amendment = std::function<void(ports::Account&)>;

  explicit AccountBook(const ConnectionDependencies& dependencies) : deps_(dependencies) {}

  /// Changes an account under its compare-and-set, starting over when somebody else changed it in
  /// between.
  Result<ports::Account> Amend(AccountId id, const Amendment& amendment);
  /// The same, and tells `changed`.
  Result<ports::Account> AmendAndTell(AccountId id, const Amendment& amendment);
  /// One conversation with the provider about an account at a time, so that no webhook is
  /// registered twice.
  std::mutex& TurnOf(AccountId id);

 private:
  const ConnectionDependencies& deps_;
  std::array<std::mutex, 64> turns_;
};

/// "account.connected", "account.needs_reauth", ...: the account and how it was connected.
void LogAccount(const char* name, const ports::Account& account);

}  // namespace sb::accounts
