#include "engine/accounts/adoption.h"

#include "engine/accounts/slots.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::AccountState;

constexpr std::size_t kHookBytes = 18;
constexpr int kTries = 8;
constexpr int kMaxUserPages = 10;

}  // namespace

Result<Account> Adoption::Adopt(const connector::Connector& connector, const NewAccount& wanted) {
  const auto found = FindOrInsert(connector, wanted);
  if (!found.ok()) return found.error();
  const std::lock_guard turn(book_.TurnOf(found->id));
  if (Status kept = credentials_.Put(*found, wanted.credential); !kept.ok()) return kept.error();
  // An account that was shut out comes back as CONNECTING, so that the requests below may be made
  // at all.
  const auto opened = book_.AmendAndTell(found->id, [&](Account& account) {
    account.method = wanted.method;
    if (account.state != AccountState::kActive) account.state = AccountState::kConnecting;
  });
  if (!opened.ok()) return opened.error();
  auto account = Complete(*opened, connector);
  deps_.metrics.Count(
      "switchboard_account_connects_total",
      {{"connector", connector.name}, {"result", account.ok() ? "ok" : account.error().code}});
  if (account.ok()) LogAccount("account.connected", *account);
  return account;
}

Result<Account> Adoption::FindOrInsert(const connector::Connector& connector,
                                       const NewAccount& wanted) {
  for (int i = 0; i < kTries; ++i) {
    if (!wanted.external_id.empty()) {
      auto known = deps_.accounts.FindByExternal(wanted.tenant, connector.name, wanted.external_id);
      if (known.ok() || known.error().kind != ErrorKind::kNotFound) return known;
    }
    Account account;
    account.created_at = account.updated_at = deps_.clock.Now();
    account.id = deps_.ids.Next<AccountTag>(account.created_at);
    account.slot = SlotFor(account.id);
    account.tenant = wanted.tenant;
    account.connector = connector.name;
    account.external_id = wanted.external_id;
    account.display_name = connector.title;
    account.method = wanted.method;
    account.webhook.hook_id = ToBase64Url(deps_.random.Bytes(kHookBytes));
    const Status inserted = deps_.accounts.Insert(account);
    if (inserted.ok()) return account;
    if (inserted.error().kind != ErrorKind::kConflict)
      return inserted.error();  // else another browser was faster
  }
  return Unavailable(
      "ACCOUNT_BUSY",
      "this company is being connected and disconnected elsewhere right now; try again");
}

Result<Account> Adoption::Complete(const Account& account, const connector::Connector& connector) {
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok()) return spec.error();
  const Provider provider(deps_.expressions, ForAccount(deps_.actions, connector, account.id));
  auto read = ReadCompany(account, provider, *spec);
  const auto webhook =
      read.ok() ? webhooks_.Subscribe(*read, connector, provider, *spec) : Result(account.webhook);
  if (!read.ok() || !webhook.ok()) {
    const Error error = read.ok() ? webhook.error() : read.error();
    const auto noted =
        book_.Amend(account.id, [&](Account& stored) { stored.state_reason = error.message; });
    Log::Warn("account.connect_failed",
              {{"account", ToText(account.id)}, {"code", error.code}, {"reason_kept", noted.ok()}});
    return error;
  }
  webhooks_.NoteVerified(account);
  return book_.AmendAndTell(account.id, [&](Account& stored) {
    stored.state = AccountState::kActive;
    stored.state_reason.clear();
    stored.display_name = read->display_name;
    stored.profile = read->profile;
    stored.webhook = *webhook;
  });
}

Result<Account> Adoption::ReadCompany(Account account, const Provider& provider,
                                      const ProviderSpec& spec) {
  const auto company = provider.Use(spec.company);
  if (!company.ok()) return company.error();
  const auto name = provider.Read(spec.company_name, *company);
  if (!name.ok()) return name.error();
  if (!AsText(*name).empty()) account.display_name = AsText(*name);
  account.profile = {{"company", *company}};
  if (!spec.users) return account;
  const auto users = provider.List(*spec.users, kMaxUserPages);
  if (users.ok()) {
    account.profile["users"] = *users;
  } else {  // good to have, but no reason to leave a company unconnected
    Log::Warn("account.users_unread",
              {{"account", ToText(account.id)}, {"code", users.error().code}});
  }
  return account;
}

}  // namespace sb::accounts
