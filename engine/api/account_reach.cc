#include "engine/api/account_reach.h"

namespace sb::api {

Result<bool> AccountReach::Includes(AccountId id) {
  if (caller_.ReachesAllTenants()) return true;
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  const auto account = accounts_.Get(id);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  const bool included = account.ok() && caller_.Reaches(account->tenant);
  known_[id] = included;
  return included;
}

std::variant<ports::Account, Failure> AccountReach::Find(const std::string& field,
                                                         const std::string& text) {
  const auto id = ParseAccountId(text);
  if (!id) return WrongField(field, "must be the id of an account, such as acc_01hv3k7q8s0g");
  auto account = accounts_.Get(*id);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  if (!account.ok() || !caller_.Reaches(account->tenant)) {
    return NotFound("ACCOUNT_NOT_FOUND",
                    "there is no account " + text + ": list the accounts to see which there are");
  }
  return *std::move(account);
}

}  // namespace sb::api
