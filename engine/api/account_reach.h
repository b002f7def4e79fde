#pragma once

#include <map>
#include <string>
#include <variant>

#include "engine/api/caller.h"
#include "engine/api/error_mapping.h"
#include "engine/ports/account_store.h"

namespace sb::api {

/// Which accounts a caller may see, for the time of one call. What belongs to another tenant looks
/// exactly like what does not exist. Blocking; one thread.
class AccountReach {
 public:
  AccountReach(ports::AccountStore& accounts, const Caller& caller)
      : accounts_(accounts), caller_(caller) {}

  bool IsEverything() const { return caller_.ReachesAllTenants(); }

  /// Whether the caller may see what belongs to this account. Asks the store once an account.
  Result<bool> Includes(AccountId id);
  /// The account that a request names in `field`. FIELD_INVALID, kNotFound ACCOUNT_NOT_FOUND.
  std::variant<ports::Account, Failure> Find(const std::string& field, const std::string& text);

 private:
  ports::AccountStore& accounts_;
  const Caller& caller_;
  std::map<AccountId, bool> known_;
};

}  // namespace sb::api
