#include "engine/adapters/postgres/postgres_account_store.h"

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/credential_rows.h"
#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

Error AccountNotFound() {
  return NotFound("ACCOUNT_NOT_FOUND", "there is no such account");
}

Error AccountExists(const ports::Account& account) {
  return Conflict("ACCOUNT_EXISTS", "this company is connected already for tenant " +
                                        account.tenant + " through " + account.connector +
                                        "; use that account, or disconnect it first");
}

std::vector<std::string> TextsOf(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& text : list) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

ports::Account ReadAccount(const pqxx::row& row) {
  ports::Account account;
  account.id = AccountId(NumberOf(row, "account_id"));
  account.slot = static_cast<Slot>(NumberOf(row, "slot"));
  account.tenant = TextOf(row, "tenant");
  account.connector = TextOf(row, "connector");
  account.external_id = TextOf(row, "external_id");
  account.display_name = TextOf(row, "display_name");
  account.state = static_cast<ports::AccountState>(NumberOf(row, "state"));
  account.state_reason = TextOf(row, "state_reason");
  account.state_code = TextOf(row, "state_code");
  account.state_by = TextOf(row, "state_by");
  account.method = static_cast<ports::AuthMethod>(NumberOf(row, "method"));
  account.webhook.hook_id = TextOf(row, "hook_id");
  account.webhook.remote_id = TextOf(row, "hook_remote_id");
  account.webhook.token_hash = BytesOf(row, "hook_token_hash");
  account.webhook.events = TextsOf(JsonOf(row, "hook_events"));
  account.profile = JsonOf(row, "profile");
  account.revision = static_cast<int>(NumberOf(row, "revision"));
  account.created_at = TimeOf(row, "created_at");
  account.updated_at = TimeOf(row, "updated_at");
  return account;
}

/// tenant ... profile: the order in which both Insert and Update take them.
void AddFields(Params& params, const ports::Account& account) {
  ArrayText events;
  for (const std::string& event : account.webhook.events) events.AddText(event);
  params.Text(account.tenant)
      .Text(account.connector)
      .Text(account.external_id)
      .Text(account.display_name)
      .Number(static_cast<std::int64_t>(account.state))
      .Text(account.state_reason)
      .Text(account.state_code)
      .Text(account.state_by)
      .Number(static_cast<std::int64_t>(account.method))
      .Text(account.webhook.hook_id)
      .Text(account.webhook.remote_id)
      .Bytes(account.webhook.token_hash)
      .Array(events)
      .Text(DumpJson(account.profile));
}

}  // namespace

Status PostgresAccountStore::Insert(const ports::Account& account) {
  Params params;
  params.Number(account.id.number()).Number(account.slot);
  AddFields(params, account);
  params.Number(account.revision).Time(account.created_at).Time(account.updated_at);
  const auto rows = database_.Write(kAccountInsert, params);
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return AccountExists(account);
  return {};
}

Result<ports::Account> PostgresAccountStore::One(const Statement& statement, const Params& params) {
  const auto rows = database_.Read(statement, params);
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return AccountNotFound();
  return ReadAccount(rows->front());
}

Result<ports::Account> PostgresAccountStore::Get(AccountId id) {
  return One(kAccountGet, Params().Number(id.number()));
}

Result<ports::Page<ports::Account>> PostgresAccountStore::List(const ports::AccountFilter& filter,
                                                               const ports::PageRequest& page) {
  const auto rows = database_.Read(kAccountList, Params()
                                                     .Number(BoundOf(page))
                                                     .Text(filter.tenant)
                                                     .Text(filter.connector)
                                                     .Text(filter.with_disconnected ? "t" : "f")
                                                     .Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::Account>(*rows, page, ReadAccount,
                                [](const ports::Account& account) { return account.id.number(); });
}

Result<int> PostgresAccountStore::Update(const ports::Account& account) {
  Params params;
  params.Number(account.id.number()).Number(account.revision);
  AddFields(params, account);
  params.Time(account.updated_at);
  const auto rows = database_.Write(kAccountUpdate, params);
  if (!rows.ok()) {
    // The only unique key that an update of these fields can meet in earnest; hook ids are random.
    const bool taken = rows.error().message.find("account_company") != std::string::npos;
    return taken ? AccountExists(account) : rows.error();
  }
  const pqxx::row answer = rows->front();
  if (!IsNull(answer, "revision")) return static_cast<int>(NumberOf(answer, "revision"));
  if (!FlagOf(answer, "known")) return AccountNotFound();
  return Conflict("ACCOUNT_CHANGED", "the account was changed meanwhile; read it again and repeat");
}

Result<ports::Account> PostgresAccountStore::FindByHook(const std::string& hook_id) {
  return One(kAccountByHook, Params().Text(hook_id));
}

Result<ports::Account> PostgresAccountStore::FindByExternal(const std::string& tenant,
                                                            const std::string& connector,
                                                            const std::string& external_id) {
  return One(kAccountByExternal, Params().Text(tenant).Text(connector).Text(external_id));
}

Result<std::vector<Slot>> PostgresAccountStore::SlotsOfCompany(const std::string& connector,
                                                               const std::string& external_id) {
  const auto rows = database_.Read(kAccountSlots, Params().Text(connector).Text(external_id));
  if (!rows.ok()) return rows.error();
  std::vector<Slot> slots;
  for (const pqxx::row& row : *rows) slots.push_back(static_cast<Slot>(NumberOf(row, "slot")));
  return slots;
}

Result<ports::AccountChanges> PostgresAccountStore::ChangedAfter(std::int64_t number) {
  const auto rows = database_.Read(kAccountChanges, Params().Number(number));
  if (!rows.ok()) return rows.error();
  ports::AccountChanges changes;
  for (const pqxx::row& row : *rows) {
    changes.number = NumberOf(row, "number");
    if (!IsNull(row, "account_id")) changes.accounts.emplace_back(NumberOf(row, "account_id"));
  }
  return changes;
}

Result<ports::StoredCredential> PostgresAccountStore::GetCredential(AccountId id) {
  const auto rows = database_.Read(kCredentialGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return ports::StoredCredential();
  return ReadCredential(rows->front());
}

Status PostgresAccountStore::PutCredential(AccountId id, const ports::StoredCredential& next) {
  const auto rows = database_.Write(kCredentialPut, Params()
                                                        .Number(id.number())
                                                        .Number(next.generation)
                                                        .Bytes(next.sealed)
                                                        .TimeOrNull(next.expires_at)
                                                        .TimeOrNull(next.due_at)
                                                        .Text(next.application.tenant)
                                                        .Text(next.application.client_id));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) {
    return Conflict("CREDENTIAL_CHANGED",
                    "the credential was replaced meanwhile; read it again and use the newer one");
  }
  return {};
}

}  // namespace sb::adapters::postgres
