#include "engine/adapters/postgres/postgres_run_store.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/commit_params.h"
#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

ports::RunSummary ReadSummary(const pqxx::row& row) {
  ports::RunSummary run;
  run.key.slot = static_cast<Slot>(NumberOf(row, "slot"));
  run.key.account = AccountId(NumberOf(row, "account_id"));
  run.key.run = RunId(NumberOf(row, "run_id"));
  run.workflow = WorkflowId(NumberOf(row, "workflow_id"));
  run.event = EventId(NumberOf(row, "event_id"));
  run.status = TextOf(row, "status");
  run.note = TextOf(row, "note");
  run.seq = static_cast<int>(NumberOf(row, "seq"));
  run.lane = static_cast<core::quota::Lane>(NumberOf(row, "lane"));
  run.created_at = TimeOfIdNumber(run.key.run.number());
  run.updated_at = TimeOf(row, "updated_at");
  return run;
}

ports::JournalRow ReadJournalRow(const ports::RunKey& key, const pqxx::row& row) {
  ports::JournalRow entry;
  entry.key = key;
  entry.seq = static_cast<int>(NumberOf(row, "j_seq"));
  entry.kind = static_cast<ports::JournalKind>(NumberOf(row, "j_kind"));
  entry.task = TextOf(row, "j_task");
  entry.attempt = static_cast<int>(NumberOf(row, "j_attempt"));
  entry.op_key = TextOf(row, "j_op_key");
  entry.facts = JsonOf(row, "j_facts");
  entry.at = TimeOf(row, "j_at");
  return entry;
}

/// Runs from rows that repeat the run for each row of its journal, sorted by run and seq.
std::vector<ports::StoredRun> ReadRuns(const pqxx::result& rows) {
  std::vector<ports::StoredRun> runs;
  for (const pqxx::row& row : rows) {
    const RunId id(NumberOf(row, "run_id"));
    if (runs.empty() || runs.back().summary.key.run != id)
      runs.push_back({ReadSummary(row), {}, static_cast<int>(NumberOf(row, "crash_count"))});
    ports::StoredRun& run = runs.back();
    if (!IsNull(row, "j_seq")) run.journal.push_back(ReadJournalRow(run.summary.key, row));
  }
  return runs;
}

/// Each word as a pattern of LIKE that finds it anywhere.
ArrayText PatternsOf(const std::vector<std::string>& words) {
  ArrayText patterns;
  for (const std::string& word : words) {
    std::string pattern = "%";
    for (const char c : word) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    patterns.AddText(pattern + "%");
  }
  return patterns;
}

}  // namespace

Result<ports::CommitReceipt> PostgresRunStore::Commit(const ports::WriterFence& fence,
                                                      const ports::CommitBatch& batch) {
  const auto params = CommitParams(fence, batch);
  if (!params.ok()) return params.error();
  const auto rows = database_.Write(IsPlain(batch) ? kRunCommit : kRunCommitMore, *params);
  if (!rows.ok()) {
    // Every unique key that this statement can meet is one of a run or its journal.
    const bool repeated =
        rows.error().message.find("SQLSTATE " + std::string(kSqlUnique)) != std::string::npos;
    return repeated ? FromSqlState(kSqlSequence, {}, {}, Access::kWrite) : rows.error();
  }
  ports::CommitReceipt receipt;
  for (const pqxx::row& row : *rows) receipt.rejected.emplace_back(NumberOf(row, "rejected"));
  return receipt;
}

Result<ports::RunStore::Settlement> PostgresRunStore::SettleCommit(
    const ports::WriterFence& fence, const ports::CommitBatch& batch) {
  const auto rows = database_.Write(kRunSettle, SettleParams(fence, batch));
  if (!rows.ok()) return rows.error();
  const pqxx::row row = rows->front();
  return Settlement{FlagOf(row, "committed"),
                    NumberOf(row, "new_incarnation"),
                    {RunIdsOf(JsonOf(row, "rejected"))}};
}

Result<std::vector<ports::StoredRun>> PostgresRunStore::LoadLive(const std::vector<Slot>& slots,
                                                                 RunId after, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows =
      database_.Read(kRunLoadLive, Params().Array(mine).Number(after.number()).Number(limit));
  if (!rows.ok()) return rows.error();
  return ReadRuns(*rows);
}

Result<std::vector<ports::StoredRun>> PostgresRunStore::LoadDue(const std::vector<Slot>& slots,
                                                                WallTime until, RunId after,
                                                                int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(
      kRunLoadDue, Params().Array(mine).Time(until).Number(after.number()).Number(limit));
  if (!rows.ok()) return rows.error();
  return ReadRuns(*rows);
}

Result<std::vector<RunId>> PostgresRunStore::FindDue(const std::vector<Slot>& slots, WallTime until,
                                                     RunId after, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(
      kRunFindDue, Params().Array(mine).Time(until).Number(after.number()).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<RunId> due;
  for (const pqxx::row& row : *rows) due.emplace_back(NumberOf(row, "run_id"));
  return due;
}

Result<std::vector<ports::StoredRun>> PostgresRunStore::LoadThese(const std::vector<RunId>& ids) {
  ArrayText wanted;
  for (const RunId id : ids) wanted.AddNumber(id.number());
  const auto rows = database_.Read(kRunLoadThese, Params().Array(wanted));
  if (!rows.ok()) return rows.error();
  return ReadRuns(*rows);
}

Result<std::vector<ports::Turn>> PostgresRunStore::LoadTurns(const std::vector<Slot>& slots) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kRunLoadTurns, Params().Array(mine));
  if (!rows.ok()) return rows.error();
  std::vector<ports::Turn> turns;
  for (const pqxx::row& row : *rows) {
    ports::Turn turn;
    turn.key = {static_cast<Slot>(NumberOf(row, "slot")), AccountId(NumberOf(row, "account_id")),
                RunId(NumberOf(row, "run_id"))};
    turn.line = BytesOf(row, "line");
    turn.limit = static_cast<int>(NumberOf(row, "most"));
    turn.policy = static_cast<core::workflow::Concurrency::Policy>(NumberOf(row, "policy"));
    turn.taken = FlagOf(row, "taken");
    turns.push_back(std::move(turn));
  }
  return turns;
}

Status PostgresRunStore::CountCrash(RunId id) {
  const auto rows = database_.Write(kRunCountCrash, Params().Number(id.number()));
  return rows.ok() ? Status() : Status(rows.error());
}

Status PostgresRunStore::ForgetCrashes(RunId id) {
  const auto rows = database_.Write(kRunForgetCrashes, Params().Number(id.number()));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<ports::StoredRun> PostgresRunStore::Get(RunId id) {
  const auto rows = database_.Read(kRunGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  std::vector<ports::StoredRun> runs = ReadRuns(*rows);
  if (runs.empty()) return NotFound("RUN_NOT_FOUND", "there is no such run");
  return std::move(runs.front());
}

Result<ports::Page<ports::RunSummary>> PostgresRunStore::List(const ports::RunFilter& filter,
                                                              const ports::PageRequest& page) {
  const auto rows = database_.Read(kRunList, Params()
                                                 .Number(UpperBoundOf(page, filter.created))
                                                 .Number(LowerBoundOf(filter.created))
                                                 .Chosen(filter.accounts)
                                                 .Chosen(filter.workflows)
                                                 .Chosen(filter.statuses)
                                                 .Chosen(filter.events)
                                                 .Array(PatternsOf(filter.note_words))
                                                 .Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::RunSummary>(
      *rows, page, ReadSummary, [](const ports::RunSummary& run) { return run.key.run.number(); });
}

Result<RunId> PostgresRunStore::FindByTrigger(Slot slot, AccountId account, WorkflowId workflow,
                                              const std::string& trigger_key) {
  const auto rows = database_.Read(
      kRunByTrigger,
      Params().Number(slot).Number(account.number()).Number(workflow.number()).Bytes(trigger_key));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("RUN_NOT_FOUND", "no run was started by this trigger");
  return RunId(NumberOf(rows->front(), "run_id"));
}

Result<std::optional<core::quota::BudgetRecord>> PostgresRunStore::LoadBudget(
    Slot slot, ports::CompanyId company) {
  const auto rows = database_.Read(kBudgetLoad, Params().Number(slot).Number(company.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<core::quota::BudgetRecord>();
  const pqxx::row row = rows->front();
  core::quota::BudgetRecord record;
  record.limit = static_cast<int>(NumberOf(row, "limit_eff"));
  record.foreign = static_cast<int>(NumberOf(row, "foreign_est"));
  record.cool_until = OptionalTimeOf(row, "cool_until");
  record.first_second = NumberOf(row, "first_second");
  record.reserved = static_cast<int>(NumberOf(row, "reserved"));
  const Json used = JsonOf(row, "used");
  for (std::size_t i = 0; i < std::min(used.size(), record.used.size()); ++i) {
    record.used.at(i) = used.at(i).get<std::int16_t>();
  }
  return std::optional(record);
}

}  // namespace sb::adapters::postgres
