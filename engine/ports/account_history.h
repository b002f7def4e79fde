#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/account_store.h"
#include "engine/ports/page.h"

namespace sb::ports {

/// How an account came to a state.
struct AccountChange {
  AccountId account;
  Slot slot = 0;
  int revision = 0;  ///< Of the account, with this change.
  WallTime at;
  std::optional<AccountState> from;  ///< Nothing: the account was made.
  AccountState to = AccountState::kConnecting;
  std::string code;    ///< Stable: "CREDENTIAL_REFUSED".
  std::string reason;  ///< For people; may be empty.
  std::string by;      ///< Who brought it about: "provider", "customer", "engine", "key <name>".
};

/// The changes that AccountStore noted when accounts came to other states. Blocking; thread-safe;
/// fails with kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt.
class AccountHistory {
 public:
  virtual ~AccountHistory() = default;

  /// Newest first; pages go by revision.
  virtual Result<Page<AccountChange>> List(AccountId account, const PageRequest& page) = 0;
  /// Changes of accounts of these slots that have not become events yet, oldest first.
  virtual Result<std::vector<AccountChange>> Untold(const std::vector<Slot>& slots, int limit) = 0;
  /// It is an event now. Repeating it is no error.
  virtual Status MarkTold(AccountId account, int revision) = 0;
};

}  // namespace sb::ports
