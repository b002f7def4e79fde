#include "engine/adapters/postgres/postgres_session_store.h"

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/base/json.h"

namespace sb::adapters::postgres {
namespace {

Error SessionNotFound() {
  return NotFound("SESSION_NOT_FOUND", "there is no such connect session; make a new link");
}

std::optional<std::int64_t> NumberOrNone(AccountId id) {
  return id.IsNone() ? std::nullopt : std::optional(id.number());
}

std::string ToText(const ports::Branding& branding) {
  return DumpJson({{"name", branding.name},
                   {"logo_url", branding.logo_url},
                   {"accent_color", branding.accent_color},
                   {"background_color", branding.background_color},
                   {"text", branding.text}});
}

ports::Branding ReadBranding(const std::string& text) {
  const auto json = ParseJson(text);
  if (!json.ok()) return {};
  return {TextMember(*json, "name"), TextMember(*json, "logo_url"),
          TextMember(*json, "accent_color"), TextMember(*json, "background_color"),
          TextMember(*json, "text")};
}

ports::ConnectSession ReadSession(const pqxx::row& row) {
  ports::ConnectSession session;
  session.id = SessionId(NumberOf(row, "session_id"));
  session.token_hash = BytesOf(row, "token_hash");
  session.tenant = TextOf(row, "tenant");
  session.connector = TextOf(row, "connector");
  session.return_url = TextOf(row, "return_url");
  session.state = static_cast<ports::SessionState>(NumberOf(row, "state"));
  session.state_hash = BytesOf(row, "state_hash");
  session.browser_hash = BytesOf(row, "browser_hash");
  session.error = TextOf(row, "error");
  session.account = AccountId(NumberOf(row, "account_id"));
  session.created_at = TimeOf(row, "created_at");
  session.expires_at = TimeOf(row, "expires_at");
  session.offers_oauth = FlagOf(row, "offers_oauth");
  session.offers_key = FlagOf(row, "offers_key");
  session.reconnects = AccountId(NumberOf(row, "reconnects"));
  session.opener_origin = TextOf(row, "opener_origin");
  session.from_provider = FlagOf(row, "from_provider");
  session.branding = ReadBranding(TextOf(row, "branding"));
  return session;
}

}  // namespace

Status PostgresSessionStore::Insert(const ports::ConnectSession& session) {
  const auto rows =
      database_.Write(kSessionInsert, Params()
                                          .Number(session.id.number())
                                          .Bytes(session.token_hash)
                                          .Text(session.tenant)
                                          .Text(session.connector)
                                          .Text(session.return_url)
                                          .Number(static_cast<std::int64_t>(session.state))
                                          .BytesOrNull(session.state_hash)
                                          .Bytes(session.browser_hash)
                                          .Text(session.error)
                                          .NumberOrNull(NumberOrNone(session.account))
                                          .Time(session.created_at)
                                          .Time(session.expires_at)
                                          .Number(session.offers_oauth ? 1 : 0)
                                          .Number(session.offers_key ? 1 : 0)
                                          .NumberOrNull(NumberOrNone(session.reconnects))
                                          .Text(session.opener_origin)
                                          .Number(session.from_provider ? 1 : 0)
                                          .Text(ToText(session.branding)));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<ports::ConnectSession> PostgresSessionStore::Get(SessionId id) {
  const auto rows = database_.Read(kSessionGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return SessionNotFound();
  return ReadSession(rows->front());
}

Result<ports::ConnectSession> PostgresSessionStore::FindByToken(const std::string& token_hash) {
  const auto rows = database_.Read(kSessionByToken, Params().Bytes(token_hash));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return SessionNotFound();
  return ReadSession(rows->front());
}

Status PostgresSessionStore::Change(const Statement& statement, const Params& params) {
  const auto rows = database_.Write(statement, params);
  if (!rows.ok()) return rows.error();
  if (FlagOf(rows->front(), "changed")) return {};
  if (!FlagOf(rows->front(), "known")) return SessionNotFound();
  return Conflict("SESSION_FINISHED",
                  "this connect session has succeeded already; make a new link to connect again");
}

Status PostgresSessionStore::BeginAuthorization(SessionId id, const std::string& state_hash,
                                                const std::string& browser_hash) {
  return Change(kSessionBegin,
                Params().Number(id.number()).BytesOrNull(state_hash).Bytes(browser_hash));
}

Result<ports::ConnectSession> PostgresSessionStore::SpendState(const std::string& state_hash) {
  const auto rows = database_.Write(kSessionSpend, Params().BytesOrNull(state_hash));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) {
    return NotFound(
        "SESSION_STATE_UNKNOWN",
        "this authorisation was not started here, or was used already; open the link again");
  }
  return ReadSession(rows->front());
}

Status PostgresSessionStore::Finish(SessionId id, AccountId account, const std::string& error) {
  return Change(kSessionFinish,
                Params().Number(id.number()).NumberOrNull(NumberOrNone(account)).Text(error));
}

}  // namespace sb::adapters::postgres
