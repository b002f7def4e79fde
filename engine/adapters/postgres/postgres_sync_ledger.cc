#include "engine/adapters/postgres/postgres_sync_ledger.h"

#include <map>
#include <utility>

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::SyncPlace;
using ports::SyncReceipt;
using ports::SyncReject;

Params AtPlace(const SyncPlace& place) {
  return Params()
      .Number(place.slot)
      .Number(place.account.number())
      .Number(place.sync.number())
      .Text(place.stream);
}

SyncReceipt ReadSyncReceipt(const pqxx::row& row) {
  SyncReceipt receipt;
  receipt.window = {TimeOf(row, "window_from"), TimeOf(row, "window_to")};
  if (!IsNull(row, "counted")) receipt.counted = NumberOf(row, "counted");
  receipt.read = NumberOf(row, "read");
  receipt.proven = FlagOf(row, "proven");
  receipt.behind_wall = NumberOf(row, "behind_wall");
  receipt.attempts = static_cast<int>(NumberOf(row, "attempts"));
  receipt.read_at = TimeOf(row, "read_at");
  return receipt;
}

std::vector<SyncReject> ReadSyncRejects(const pqxx::result& rows) {
  std::vector<SyncReject> rejects;
  for (const pqxx::row& row : rows) {
    rejects.push_back({TextOf(row, "object_key"), TextOf(row, "code"), TextOf(row, "reason"),
                       TimeOf(row, "rejected_at")});
  }
  return rejects;
}

Status StatusOfWrite(const Result<pqxx::result>& rows) {
  return rows.ok() ? Status() : Status(rows.error());
}

/// Named objects as an array for each column.
struct NamedColumns {
  explicit NamedColumns(const std::vector<ports::SyncNamed>& named) {
    for (const ports::SyncNamed& each : named) {
      keys.AddText(each.key);
      named_at.AddTime(each.named_at);
      tries.AddNumber(each.tries);
      due_at.AddTime(each.due_at);
    }
  }

  ArrayText keys;
  ArrayText named_at;
  ArrayText tries;
  ArrayText due_at;
};

}  // namespace

Status PostgresSyncLedger::Receive(const SyncPlace& place, const SyncReceipt& receipt) {
  return StatusOfWrite(database_.Write(kSyncReceive, AtPlace(place)
                                                         .Time(receipt.window.from)
                                                         .Time(receipt.window.to)
                                                         .NumberOrNull(receipt.counted)
                                                         .Number(receipt.read)
                                                         .Text(receipt.proven ? "true" : "false")
                                                         .Number(receipt.behind_wall)
                                                         .Number(receipt.attempts)
                                                         .Time(receipt.read_at)));
}

Result<std::vector<SyncReceipt>> PostgresSyncLedger::Receipts(const SyncPlace& place, int limit) {
  const auto rows = database_.Read(kSyncReceipts, AtPlace(place).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<SyncReceipt> receipts;
  for (const pqxx::row& row : *rows) receipts.push_back(ReadSyncReceipt(row));
  return receipts;
}

Status PostgresSyncLedger::Reject(const SyncPlace& place, const std::vector<SyncReject>& rejects) {
  // A statement may change a row once only.
  std::map<std::pair<std::string, std::string>, const SyncReject*> newest;
  for (const SyncReject& each : rejects) newest[{each.key, each.code}] = &each;
  ArrayText keys;
  ArrayText codes;
  ArrayText reasons;
  ArrayText instants;
  for (const auto& [key, each] : newest) {
    keys.AddText(each->key);
    codes.AddText(each->code);
    reasons.AddText(each->reason);
    instants.AddTime(each->at);
  }
  if (newest.empty()) return {};
  return StatusOfWrite(database_.Write(
      kSyncReject, AtPlace(place).Array(keys).Array(codes).Array(reasons).Array(instants)));
}

Result<std::vector<SyncReject>> PostgresSyncLedger::Rejected(const SyncPlace& place, int limit) {
  const auto rows = database_.Read(kSyncRejected, AtPlace(place).Number(limit));
  if (!rows.ok()) return rows.error();
  return ReadSyncRejects(*rows);
}

Result<std::vector<SyncReject>> PostgresSyncLedger::RejectsOf(const SyncPlace& place,
                                                              const std::string& key) {
  const auto rows = database_.Read(kSyncRejectsOf, AtPlace(place).Text(key));
  if (!rows.ok()) return rows.error();
  return ReadSyncRejects(*rows);
}

Status PostgresSyncLedger::Suspect(const SyncPlace& place,
                                   const std::vector<core::sync::Suspect>& watch,
                                   const std::vector<std::string>& clear) {
  if (watch.empty() && clear.empty()) return {};
  ArrayText keys;
  ArrayText instants;
  for (const core::sync::Suspect& each : watch) {
    keys.AddText(each.key);
    instants.AddTime(each.missed_at);
  }
  ArrayText cleared;
  for (const std::string& key : clear) cleared.AddText(key);
  return StatusOfWrite(
      database_.Write(kSyncSuspect, AtPlace(place).Array(keys).Array(instants).Array(cleared)));
}

Result<std::vector<core::sync::Suspect>> PostgresSyncLedger::Suspects(const SyncPlace& place) {
  const auto rows = database_.Read(kSyncSuspects, AtPlace(place));
  if (!rows.ok()) return rows.error();
  std::vector<core::sync::Suspect> suspects;
  for (const pqxx::row& row : *rows)
    suspects.push_back({TextOf(row, "object_key"), TimeOf(row, "missed_at")});
  return suspects;
}

Status PostgresSyncLedger::Name(const SyncPlace& place,
                                const std::vector<ports::SyncNamed>& named) {
  if (named.empty()) return {};
  const NamedColumns columns(named);
  return StatusOfWrite(database_.Write(kSyncName, AtPlace(place)
                                                      .Array(columns.keys)
                                                      .Array(columns.named_at)
                                                      .Array(columns.tries)
                                                      .Array(columns.due_at)));
}

Result<std::vector<ports::SyncNamed>> PostgresSyncLedger::Named(const SyncPlace& place,
                                                                WallTime now, int limit) {
  const auto rows = database_.Read(kSyncNamed, AtPlace(place).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<ports::SyncNamed> named;
  for (const pqxx::row& row : *rows) {
    named.push_back({TextOf(row, "object_key"), TimeOf(row, "named_at"),
                     static_cast<int>(NumberOf(row, "tries")), TimeOf(row, "due_at")});
  }
  return named;
}

Result<std::optional<WallTime>> PostgresSyncLedger::NextNamed(const SyncPlace& place) {
  const auto rows = database_.Read(kSyncNextNamed, AtPlace(place));
  if (!rows.ok()) return rows.error();
  return rows->empty() ? std::nullopt : OptionalTimeOf((*rows)[0], "due_at");
}

Status PostgresSyncLedger::Unname(const SyncPlace& place, const std::vector<ports::SyncNamed>& done,
                                  const std::vector<ports::SyncNamed>& later) {
  if (done.empty() && later.empty()) return {};
  const NamedColumns gone(done);
  const NamedColumns put_off(later);
  return StatusOfWrite(database_.Write(kSyncUnname, AtPlace(place)
                                                        .Array(gone.keys)
                                                        .Array(gone.named_at)
                                                        .Array(put_off.keys)
                                                        .Array(put_off.named_at)
                                                        .Array(put_off.tries)
                                                        .Array(put_off.due_at)));
}

}  // namespace sb::adapters::postgres
