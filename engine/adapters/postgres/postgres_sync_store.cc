#include "engine/adapters/postgres/postgres_sync_store.h"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using core::sync::ReadingKind;
using ports::Sync;
using ports::SyncStream;

// ReadingKind as the column has it.
constexpr int kFirstReading = 1;

Sync ReadSync(const pqxx::row& row) {
  Sync sync;
  sync.slot = static_cast<Slot>(NumberOf(row, "slot"));
  sync.account = AccountId(NumberOf(row, "account_id"));
  sync.id = ports::SyncId(NumberOf(row, "sync_id"));
  sync.workspace = TextOf(row, "workspace");
  sync.name = TextOf(row, "name");
  sync.version = TextOf(row, "version");
  sync.definition = TextOf(row, "definition");
  sync.connection = TextOf(row, "connection");
  sync.schema = TextOf(row, "schema_name");
  sync.state = static_cast<ports::SyncState>(NumberOf(row, "state"));
  sync.reason = TextOf(row, "reason");
  sync.created_at = TimeOf(row, "created_at");
  sync.step = static_cast<int>(NumberOf(row, "step"));
  sync.kind = static_cast<ports::SyncKind>(NumberOf(row, "kind"));
  sync.heard = {NumberOf(row, "heard_commit"), NumberOf(row, "heard_event"), 0};
  return sync;
}

std::optional<ports::SyncReading> ReadSyncReading(const pqxx::row& row) {
  if (IsNull(row, "reading")) return {};
  ports::SyncReading reading;
  reading.what.kind = static_cast<ReadingKind>(NumberOf(row, "reading") - kFirstReading);
  reading.what.window = {TimeOf(row, "window_from"), TimeOf(row, "window_to")};
  reading.begun_at = TimeOf(row, "begun_at");
  reading.proven = FlagOf(row, "proven");
  reading.position =
      core::sync::ScanPositionFrom(JsonOf(row, "position")).value_or(core::sync::ScanPosition());
  return reading;
}

SyncStream ReadSyncStream(const pqxx::row& row) {
  SyncStream stream;
  stream.slot = static_cast<Slot>(NumberOf(row, "slot"));
  stream.account = AccountId(NumberOf(row, "account_id"));
  stream.sync = ports::SyncId(NumberOf(row, "sync_id"));
  stream.stream = TextOf(row, "stream");
  stream.known_until = OptionalTimeOf(row, "known_until");
  stream.whole_at = OptionalTimeOf(row, "whole_at");
  stream.asked_at = OptionalTimeOf(row, "asked_at");
  stream.reading = ReadSyncReading(row);
  stream.requests = NumberOf(row, "requests");
  stream.written = NumberOf(row, "written");
  stream.rejected = NumberOf(row, "rejected");
  stream.due_at = TimeOf(row, "due_at");
  stream.error = TextOf(row, "error");
  stream.step = static_cast<int>(NumberOf(row, "step"));
  return stream;
}

std::vector<SyncStream> ReadSyncStreams(const pqxx::result& rows) {
  std::vector<SyncStream> streams;
  for (const pqxx::row& row : rows) streams.push_back(ReadSyncStream(row));
  return streams;
}

Params SyncParams(const Sync& sync) {
  return Params()
      .Number(sync.slot)
      .Number(sync.account.number())
      .Number(sync.id.number())
      .Text(sync.workspace)
      .Text(sync.name)
      .Text(sync.version)
      .Text(sync.definition)
      .Text(sync.connection)
      .Text(sync.schema)
      .Number(static_cast<int>(sync.state))
      .Text(sync.reason)
      .Time(sync.created_at)
      .Number(sync.step)
      .Number(sync.heard.commit)
      .Number(sync.heard.id)
      .Number(static_cast<int>(sync.kind));
}

/// Adding and saving take the same.
Params SyncStreamParams(const SyncStream& stream) {
  Params params;
  params.Number(stream.slot)
      .Number(stream.account.number())
      .Number(stream.sync.number())
      .Text(stream.stream)
      .TimeOrNull(stream.known_until)
      .TimeOrNull(stream.whole_at)
      .TimeOrNull(stream.asked_at);
  const auto& reading = stream.reading;
  if (reading) {
    params.Number(static_cast<int>(reading->what.kind) + kFirstReading)
        .Time(reading->what.window.from)
        .Time(reading->what.window.to)
        .Time(reading->begun_at);
  } else {
    params.NumberOrNull({}).TimeOrNull({}).TimeOrNull({}).TimeOrNull({});
  }
  const core::sync::ScanPosition position =
      reading ? reading->position : core::sync::ScanPosition();
  params.Text(!reading || reading->proven ? "true" : "false")
      .Text(DumpJson(core::sync::ToJson(position)))
      .Number(stream.requests)
      .Number(stream.written)
      .Number(stream.rejected)
      .Time(stream.due_at)
      .Text(stream.error)
      .Number(stream.step);
  return params;
}

Error SyncMoved() {
  return Conflict("SYNC_MOVED", "somebody else has changed this sync; read it again");
}

Status AddSyncStreams(Transaction& transaction, const std::vector<SyncStream>& streams) {
  for (const SyncStream& stream : streams) {
    const auto added = transaction.Run(kSyncStreamAdd, SyncStreamParams(stream));
    if (!added.ok()) return added.error();
  }
  return {};
}

/// Nothing was stored: why.
Status WhyNotOpened(Transaction& transaction, const Sync& sync) {
  const auto same = transaction.Run(
      kSyncOfName, Params().Number(sync.account.number()).Text(sync.workspace).Text(sync.name));
  if (!same.ok()) return same.error();
  if (!same->empty())
    return Conflict("SYNC_EXISTS",
                    "the account has a sync of this name; deploy a new version of it");
  return Conflict("SYNC_SCHEMA_TAKEN",
                  "another sync keeps its tables in this schema; choose another, or put {account} "
                  "in its name");
}

}  // namespace

Result<int> SaveSyncStream(const SyncStream& stream, const RunStatement& run) {
  const auto rows = run(kSyncStreamSave, SyncStreamParams(stream));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return SyncMoved();
  return static_cast<int>(NumberOf(rows->front(), "step"));
}

Status PostgresSyncStore::Open(const Sync& sync, const std::vector<SyncStream>& streams) {
  return database_.Transact("sync.open", [&](Transaction& transaction) -> Status {
    const auto made = transaction.Run(kSyncInsert, SyncParams(sync));
    if (!made.ok()) return made.error();
    return made->empty() ? WhyNotOpened(transaction, sync) : AddSyncStreams(transaction, streams);
  });
}

Result<Sync> PostgresSyncStore::Get(AccountId account, ports::SyncId id) {
  const auto rows = database_.Read(kSyncGet, Params().Number(account.number()).Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("SYNC_NOT_FOUND", "there is no such sync");
  return ReadSync(rows->front());
}

Result<std::vector<Sync>> PostgresSyncStore::List(AccountId account) {
  const auto rows = database_.Read(kSyncList, Params().Number(account.number()));
  if (!rows.ok()) return rows.error();
  std::vector<Sync> syncs;
  for (const pqxx::row& row : *rows) syncs.push_back(ReadSync(row));
  return syncs;
}

Result<int> PostgresSyncStore::Save(const Sync& sync) {
  const auto rows = database_.Write(kSyncSave, Params()
                                                   .Number(sync.slot)
                                                   .Number(sync.account.number())
                                                   .Number(sync.id.number())
                                                   .Number(sync.step)
                                                   .Text(sync.version)
                                                   .Text(sync.definition)
                                                   .Number(static_cast<int>(sync.state))
                                                   .Text(sync.reason));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return SyncMoved();
  return static_cast<int>(NumberOf(rows->front(), "step"));
}

Result<std::vector<Sync>> PostgresSyncStore::Running(const std::vector<Slot>& slots,
                                                     ports::SyncKind kind) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows =
      database_.Read(kSyncRunning, Params().Array(mine).Number(static_cast<int>(kind)));
  if (!rows.ok()) return rows.error();
  std::vector<Sync> syncs;
  for (const pqxx::row& row : *rows) syncs.push_back(ReadSync(row));
  return syncs;
}

Result<std::vector<Sync>> PostgresSyncStore::Left(const std::vector<Slot>& slots, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kSyncLeft, Params().Array(mine).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<Sync> syncs;
  for (const pqxx::row& row : *rows) syncs.push_back(ReadSync(row));
  return syncs;
}

Status PostgresSyncStore::SaveHeard(const Sync& sync, const ports::FeedPosition& heard) {
  const auto rows = database_.Write(kSyncSaveHeard, Params()
                                                        .Number(sync.slot)
                                                        .Number(sync.account.number())
                                                        .Number(sync.id.number())
                                                        .Number(heard.commit)
                                                        .Number(heard.id)
                                                        .Number(sync.heard.commit)
                                                        .Number(sync.heard.id));
  if (!rows.ok()) return rows.error();
  return rows->empty() ? Status(SyncMoved()) : Status();
}

Result<std::vector<SyncStream>> PostgresSyncStore::Streams(Slot slot, AccountId account,
                                                           ports::SyncId sync) {
  const auto rows = database_.Read(
      kSyncStreams, Params().Number(slot).Number(account.number()).Number(sync.number()));
  if (!rows.ok()) return rows.error();
  return ReadSyncStreams(*rows);
}

Status PostgresSyncStore::AddStreams(const std::vector<SyncStream>& streams) {
  return database_.Transact("sync.add_streams", [&](Transaction& transaction) {
    return AddSyncStreams(transaction, streams);
  });
}

Result<int> PostgresSyncStore::SaveStream(const SyncStream& stream) {
  return SaveSyncStream(stream, [&](const Statement& statement, const Params& params) {
    return database_.Write(statement, params);
  });
}

Result<std::vector<SyncStream>> PostgresSyncStore::Due(const std::vector<Slot>& slots, WallTime now,
                                                       int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kSyncDue, Params().Array(mine).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  return ReadSyncStreams(*rows);
}

}  // namespace sb::adapters::postgres
