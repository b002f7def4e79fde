#include "engine/accounts/account_book.h"

#include "engine/accounts/slots.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;

constexpr int kChangeTries = 8;

}  // namespace

Result<Account> AccountBook::Amend(AccountId id, const Amendment& amendment) {
  const auto decision = [&](Account& account) {
    amendment(account);
    return true;
  };
  return Change(id, decision, /*tell=*/false);
}

Result<Account> AccountBook::AmendAndTell(AccountId id, const Amendment& amendment) {
  const auto decision = [&](Account& account) {
    amendment(account);
    return true;
  };
  return Change(id, decision, /*tell=*/true);
}

Result<Account> AccountBook::Note(AccountId id, const Happening& happening) {
  const auto decision = [&](Account& account) { return Apply(account, happening); };
  return Change(id, decision, /*tell=*/true);
}

Result<Account> AccountBook::Change(AccountId id, const Decision& decision, bool tell) {
  Result<Account> account = Conflict("ACCOUNT_CHANGED", "");
  for (int i = 0; i < kChangeTries; ++i) {
    account = accounts_.Get(id);
    if (!account.ok()) return account;
    const ports::AccountState before = account->state;
    if (!decision(*account)) return account;
    account->updated_at = clock_.Now();
    const auto revision = accounts_.Update(*account);
    if (revision.ok()) {
      account->revision = *revision;
      if (account->state != before) {
        Log::Info("account.state_changed", {{"account", ToText(id)},
                                            {"connector", account->connector},
                                            {"from", ports::ToString(before)},
                                            {"to", ports::ToString(account->state)}});
      }
      if (tell) changed_(*account);
      return account;
    }
    if (revision.error().kind != ErrorKind::kConflict) return revision.error();
    account = revision.error();
  }
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
