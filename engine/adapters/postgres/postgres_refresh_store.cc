#include "engine/adapters/postgres/postgres_refresh_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/credential_rows.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

Params ParamsOf(const ports::RefreshClaim& claim) {
  return Params().Number(claim.account.number()).Number(claim.generation);
}

template <typename Rows>
Status StatusOf(const Rows& rows) {
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace

Result<ports::RefreshableCredential> PostgresRefreshStore::Read(AccountId id) {
  const auto rows = database_.Read(kRefreshRead, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return ports::RefreshableCredential();
  return ports::RefreshableCredential{ReadCredential(rows->front()),
                                      BytesOf(rows->front(), "previous")};
}

Result<bool> PostgresRefreshStore::Claim(const ports::RefreshClaim& claim, Millis time) {
  const auto rows = database_.Write(
      kRefreshClaim,
      ParamsOf(claim).Number(claim.by.number()).Bytes(claim.nonce).Number(time.count()));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Status PostgresRefreshStore::Renew(const ports::RefreshClaim& claim,
                                   const ports::StoredCredential& next, const std::string& previous,
                                   Millis keep_previous) {
  const auto rows = database_.Write(kRefreshRenew, ParamsOf(claim)
                                                       .Bytes(claim.nonce)
                                                       .Bytes(next.sealed)
                                                       .TimeOrNull(next.expires_at)
                                                       .TimeOrNull(next.due_at)
                                                       .Bytes(previous)
                                                       .Number(keep_previous.count())
                                                       .Text(next.application.tenant)
                                                       .Text(next.application.client_id));
  if (!rows.ok()) return rows.error();
  if (!rows->empty()) return {};
  return Conflict("CREDENTIAL_CHANGED",
                  "the credential was replaced meanwhile; read it again and use the newer one");
}

Status PostgresRefreshStore::GiveUp(const ports::RefreshClaim& claim,
                                    std::optional<WallTime> due_at) {
  return StatusOf(
      database_.Write(kRefreshGiveUp, ParamsOf(claim).Bytes(claim.nonce).TimeOrNull(due_at)));
}

Status PostgresRefreshStore::Postpone(AccountId id, std::int64_t generation,
                                      std::optional<WallTime> due_at) {
  return StatusOf(database_.Write(
      kRefreshPostpone, Params().Number(id.number()).Number(generation).TimeOrNull(due_at)));
}

Result<std::vector<AccountId>> PostgresRefreshStore::Due(const std::vector<Slot>& slots,
                                                         WallTime now, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kRefreshDue, Params().Array(mine).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<AccountId> due;
  for (const pqxx::row& row : *rows) due.emplace_back(NumberOf(row, "account_id"));
  return due;
}

Status PostgresRefreshStore::ForgetPrevious() {
  return StatusOf(database_.Write(kRefreshForgetPrevious, Params()));
}

}  // namespace sb::adapters::postgres
