#include "engine/accounts/adoption.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/accounts/reconnection.h"
#include "engine/accounts/region.h"
#include "engine/accounts/slots.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;

constexpr std::size_t kHookBytes = 18;
constexpr int kAdoptionTries = 8;
constexpr int kMaxUserPages = 10;
constexpr int kMostKin = 200;

bool ShareOne(const Json& left, const Json& right) {
  return std::ranges::any_of(left,
                             [&](const Json& id) { return std::ranges::count(right, id) > 0; });
}

}  // namespace

Result<Account> Adoption::Adopt(const connector::Connector& connector, const NewAccount& wanted) {
  const auto found =
      wanted.reconnects.IsNone() ? FindOrInsert(connector, wanted) : FindAgain(connector, wanted);
  if (!found.ok()) return found.error();
  const std::lock_guard turn(book_.TurnOf(found->id));
  // What one credential has made at the provider, another need not see.
  if (found->method != wanted.method) webhooks_.Remove(*found);
  const CredentialTerm term = TermOf(connector, wanted.grant, deps_.clock.Now(), deps_.random);
  const Status kept = credentials_.Put(*found, wanted.grant.credential, term, wanted.application);
  if (!kept.ok()) return kept.error();
  // An account that was shut out comes back as CONNECTING, so that the requests below may be made
  // at all.
  const auto opened = book_.AmendAndTell(found->id, [&](Account& account) {
    account.method = wanted.method;
    account.external_id = ExternalIdAfter(account, wanted.external_id);
    Apply(account, {Cause::kConnectBegun, account.state_reason, wanted.by});
  });
  if (!opened.ok()) return opened.error();
  auto account = Complete(*opened, connector, wanted.by);
  deps_.metrics.Count(
      "switchboard_account_connects_total",
      {{"connector", connector.name}, {"result", account.ok() ? "ok" : account.error().code}});
  if (account.ok()) LogAccount("account.connected", *account);
  return account;
}

Result<Account> Adoption::FindAgain(const connector::Connector& connector,
                                    const NewAccount& wanted) {
  auto account = deps_.accounts.Get(wanted.reconnects);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account;
  const Status fits =
      CheckReconnect(account.ok() ? &*account : nullptr, wanted.tenant, connector.name);
  if (!fits.ok()) return fits.error();
  if (Status same = CheckCompany(connector, wanted, *account); !same.ok()) return same.error();
  const std::string external_id = ExternalIdAfter(*account, wanted.external_id);
  if (external_id.empty()) return account;
  const auto other = deps_.accounts.FindByExternal(wanted.tenant, connector.name, external_id);
  if (other.ok() && other->id != account->id) {
    return Conflict("ACCOUNT_OTHER_COMPANY",
                    "this company is connected already, as account " + ToText(other->id));
  }
  return account;
}

Status Adoption::CheckCompany(const connector::Connector& connector, const NewAccount& wanted,
                              const Account& account) {
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok()) return spec.error();
  const auto read = ReadCompany({}, With(connector, wanted.grant.credential), *spec);
  if (!read.ok()) return read.error();
  return CheckSameCompany(account, {wanted.external_id, read->display_name,
                                    AreKin(*spec, account.profile, read->profile)});
}

Result<Account> Adoption::FindOrInsert(const connector::Connector& connector,
                                       const NewAccount& wanted) {
  const auto kin = FindKin(connector, wanted);
  if (!kin.ok()) return kin.error();
  if (*kin) return **kin;
  for (int i = 0; i < kAdoptionTries; ++i) {
    if (!wanted.external_id.empty()) {
      auto known = deps_.accounts.FindByExternal(wanted.tenant, connector.name, wanted.external_id);
      if (known.ok() || known.error().kind != ErrorKind::kNotFound) return known;
    }
    Account account;
    account.created_at = account.updated_at = deps_.clock.Now();
    account.id = deps_.ids.Next<AccountTag>(account.created_at);
    account.tenant = wanted.tenant;
    account.connector = connector.name;
    account.external_id = wanted.external_id;
    const auto slot = ChooseSlot(account, deps_.accounts);
    if (!slot.ok()) return slot.error();
    account.slot = *slot;
    account.display_name = connector.title;
    account.state_code = CodeOf(Cause::kConnectBegun);
    account.state_by = wanted.by;
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

// Asked only of a company that is not known by its id, of a tenant that has others.
Result<std::optional<Account>> Adoption::FindKin(const connector::Connector& connector,
                                                 const NewAccount& wanted) {
  const std::optional<Account> none;
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok() || spec->kin.empty()) return none;
  if (deps_.accounts.FindByExternal(wanted.tenant, connector.name, wanted.external_id).ok())
    return none;
  const auto others = deps_.accounts.List({wanted.tenant, connector.name}, {0, kMostKin});
  if (!others.ok()) return others.error();
  if (others->items.empty()) return none;
  const auto read = ReadCompany({}, With(connector, wanted.grant.credential), *spec);
  if (!read.ok()) return read.error();
  for (const Account& other : others->items) {
    if (AreKin(*spec, read->profile, other.profile).value_or(false))
      return std::optional<Account>(other);
  }
  return none;
}

Provider Adoption::With(const connector::Connector& connector,
                        const connector::Credential& credential) {
  return Provider(deps_.expressions, WithCredential(deps_.http, connector, credential,
                                                    deps_.expressions, deps_.clock));
}

std::optional<bool> Adoption::AreKin(const ProviderSpec& spec, const Json& left,
                                     const Json& right) const {
  if (spec.kin.empty()) return {};
  const auto ids = deps_.expressions.Evaluate(spec.kin, left, {});
  const auto others = deps_.expressions.Evaluate(spec.kin, right, {});
  const bool told = ids.ok() && others.ok() && ids->is_array() && others->is_array() &&
                    !ids->empty() && !others->empty();
  if (!told) return {};
  return ShareOne(*ids, *others);
}

Result<Account> Adoption::Complete(const Account& account, const connector::Connector& connector,
                                   const std::string& by) {
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
  if (const std::string region = ReadRegion(account.id, provider, *spec); !region.empty())
    read->profile["region"] = region;
  return book_.AmendAndTell(account.id, [&](Account& stored) {
    Apply(stored, {Cause::kConnected, "", by});
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
