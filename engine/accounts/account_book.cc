#include "engine/accounts/account_book.h"

#include "engine/accounts/slots.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;

constexpr int kTries = 8;

}  // namespace

Result<Account> AccountBook::Amend(AccountId id, const Amendment& amendment) {
  Result<Account> account = Conflict("ACCOUNT_CHANGED", "");
  for (int i = 0; i < kTries; ++i) {
    account = deps_.accounts.Get(id);
    if (!account.ok()) return account;
    amendment(*account);
    account->updated_at = deps_.clock.Now();
    const auto revision = deps_.accounts.Update(*account);
    if (revision.ok()) {
      account->revision = *revision;
      return account;
    }
    if (revision.error().kind != ErrorKind::kConflict) return revision.error();
    account = revision.error();
  }
  return account;
}

Result<Account> AccountBook::AmendAndTell(AccountId id, const Amendment& amendment) {
  auto account = Amend(id, amendment);
  if (account.ok()) deps_.changed(*account);
  return account;
}

std::mutex& AccountBook::TurnOf(AccountId id) {
  return turns_[static_cast<std::size_t>(SlotFor(id)) % turns_.size()];
}

void LogAccount(const char* name, const Account& account) {
  Log::Info(name, {{"account", ToText(account.id)},
                   {"connector", account.connector},
                   {"method", account.method == ports::AuthMethod::kOAuth ? "oauth" : "api_key"}});
}

}  // namespace sb::accounts
