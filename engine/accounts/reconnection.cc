#include "engine/accounts/reconnection.h"

namespace sb::accounts {
namespace {

bool IsOfAKey(const std::string& external_id) {
  return external_id.empty() || external_id.starts_with(kKeyIdentity);
}

bool IsSameCompany(const ports::Account& account, const ShownCompany& shown) {
  if (!IsOfAKey(account.external_id) && !IsOfAKey(shown.external_id))
    return account.external_id == shown.external_id;
  if (shown.kin) return *shown.kin;
  // An account that never came as far as being read may become any company.
  const bool unread = account.profile.is_null() || account.profile.empty();
  return unread || account.display_name == shown.name;
}

}  // namespace

Status CheckReconnect(const ports::Account* account, const std::string& tenant,
                      const std::string& connector) {
  if (account == nullptr || account->tenant != tenant || account->connector != connector) {
    return NotFound("ACCOUNT_NOT_FOUND",
                    "there is no such account of this tenant and connector to connect again");
  }
  if (account->state == ports::AccountState::kDisconnected) {
    return Conflict("ACCOUNT_DISCONNECTED",
                    "this account was disconnected and its credential erased; connect the company "
                    "anew, without naming an account");
  }
  return {};
}

Status CheckSameCompany(const ports::Account& account, const ShownCompany& shown) {
  if (IsSameCompany(account, shown)) return {};
  return Conflict("ACCOUNT_OTHER_COMPANY",
                  "this credential belongs to another company (" + shown.name +
                      ") than the account that is connected again (" + account.display_name +
                      "); sign in to that company, or connect the other one as an account of its "
                      "own");
}

std::string ExternalIdAfter(const ports::Account& account, const std::string& external_id) {
  const bool keeps =
      external_id.empty() || (!IsOfAKey(account.external_id) && IsOfAKey(external_id));
  return keeps ? account.external_id : external_id;
}

}  // namespace sb::accounts
