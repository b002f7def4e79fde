#include "engine/accounts/replications.h"

#include <algorithm>
#include <optional>
#include <set>

#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using core::sync::Replication;
using core::sync::Stream;
using ports::Sync;
using ports::SyncState;
using ports::SyncStream;

constexpr Millis kAfterSyncHindrance = std::chrono::minutes(1);
/// A stream that the present version does not have rests for so long.
constexpr Millis kUnwantedRest = std::chrono::days(1);

using StreamMap = std::map<std::string, Stream>;

/// Those that were chosen, as far as the connector has them.
std::vector<const Stream*> ChosenStreams(const Replication& replication, const StreamMap& known) {
  std::vector<const Stream*> chosen;
  for (const core::sync::StreamChoice& choice : replication.streams) {
    const auto found = known.find(choice.stream);
    if (found != known.end()) chosen.push_back(&found->second);
  }
  return chosen;
}

std::vector<SyncStream> NewStreams(const Sync& sync, const Replication& replication, WallTime now) {
  std::vector<SyncStream> streams;
  for (const core::sync::StreamChoice& choice : replication.streams) {
    SyncStream stream;
    stream.slot = sync.slot;
    stream.account = sync.account;
    stream.sync = sync.id;
    stream.stream = choice.stream;
    stream.due_at = now;
    streams.push_back(std::move(stream));
  }
  return streams;
}

const core::sync::StreamChoice* FindChoice(const Replication& replication,
                                           const std::string& stream) {
  const auto found = std::ranges::find_if(
      replication.streams,
      [&](const core::sync::StreamChoice& each) { return each.stream == stream; });
  return found == replication.streams.end() ? nullptr : &*found;
}

core::sync::Cadence CadenceOf(const Replication& replication,
                              const core::sync::StreamChoice& choice) {
  const WallTime whole = replication.start.value_or(WallTime());
  return {replication.every, replication.rescan, choice.start.value_or(whole)};
}

/// The first conflicts in one sentence.
Error TablesConflict(const std::vector<core::sync::TableConflict>& conflicts) {
  constexpr std::size_t kMostNamed = 5;
  std::string named;
  for (std::size_t i = 0; i < std::min(conflicts.size(), kMostNamed); ++i) {
    const auto& each = conflicts[i];
    named += (i == 0 ? "" : "; ") + each.table;
    if (!each.column.empty()) named += "." + each.column;
    named += ": " + each.reason;
  }
  return Conflict("SYNC_TABLES_CONFLICT",
                  "existing tables cannot be used (" + named + "); choose another schema");
}

/// Whether a sync can become this one.
Status FitsFormer(const Sync& former, const Sync& sync) {
  if (former.schema != sync.schema || former.connection != sync.connection) {
    return Conflict("SYNC_SCHEMA_FIXED", "the sync keeps its tables in '" + former.schema +
                                             "'; delete it first, or give the new one a name of "
                                             "its own");
  }
  if (former.version == sync.version && former.definition != sync.definition) {
    return Conflict("SYNC_VERSION_EXISTS", "version " + sync.version +
                                               " is deployed and says something else; give the new "
                                               "one another version");
  }
  return {};
}

}  // namespace

Replications::Replications(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      reader_({deps_.syncs, deps_.ledger, deps_.world.expressions, deps_.world.clock}) {}

Result<ports::RowSink*> Replications::SinkOf(const std::string& connection) const {
  ports::RowSink* sink = deps_.sink_of(connection);
  if (sink == nullptr) {
    return NotFound("SYNC_CONNECTION_NOT_FOUND",
                    "this server has no connection '" + connection + "'");
  }
  return sink;
}

// ---- Deploying

Result<ReplicationPlan> Replications::Plan(const ports::Account& account,
                                           const Replication& replication) {
  const StreamMap* known = deps_.world.connectors.FindStreams(replication.from);
  if (account.connector != replication.from || known == nullptr) {
    return Invalid("SYNC_SOURCE_OTHER", "the account is of the connector '" + account.connector +
                                            "', and the sync is from '" + replication.from + "'");
  }
  const auto sink = SinkOf(replication.into.connection);
  if (!sink.ok()) return sink.error();
  ReplicationPlan plan;
  plan.schema = core::sync::SchemaFor(replication.into, ToText(account.id));
  const auto wanted = core::sync::WantedTables(ChosenStreams(replication, *known));
  std::vector<std::string> names;
  for (const auto& table : wanted) names.push_back(table.name);
  const auto existing = (*sink)->Describe(plan.schema, names);
  if (!existing.ok()) return existing.error();
  plan.tables = core::sync::PlanTables(wanted, *existing);
  return plan;
}

Result<Sync> Replications::Deploy(const ports::Account& account, const Replication& replication,
                                  const std::string& yaml) {
  const auto plan = Plan(account, replication);
  if (!plan.ok()) return plan.error();
  if (!plan->tables.conflicts.empty()) return TablesConflict(plan->tables.conflicts);
  const WallTime now = deps_.world.clock.Now();
  Sync sync;
  sync.slot = account.slot;
  sync.account = account.id;
  sync.workspace = replication.head.workspace;
  sync.name = replication.head.name;
  sync.version = replication.head.version;
  sync.definition = yaml;
  sync.connection = replication.into.connection;
  sync.schema = plan->schema;
  sync.created_at = now;
  const auto others = deps_.syncs.List(account.id);
  if (!others.ok()) return others.error();
  const auto former = std::ranges::find_if(*others, [&](const Sync& each) {
    return each.workspace == sync.workspace && each.name == sync.name;
  });
  const bool is_new = former == others->end();
  if (!is_new) {
    if (Status fits = FitsFormer(*former, sync); !fits.ok()) return fits.error();
  }
  // Two syncs in one schema are refused before a table is touched.
  if (is_new) {
    sync.id = deps_.world.ids.Next<ports::SyncTag>(now);
    Status opened = deps_.syncs.Open(sync, NewStreams(sync, replication, now));
    if (!opened.ok()) return opened.error();
  }
  const auto sink = SinkOf(sync.connection);
  if (!sink.ok()) return sink.error();
  Status prepared = (*sink)->Prepare(plan->schema, plan->tables);
  if (!prepared.ok()) return prepared.error();
  return is_new ? Result<Sync>(sync) : Renew(*former, replication, yaml);
}

Result<Sync> Replications::Renew(Sync sync, const Replication& replication,
                                 const std::string& yaml) {
  const WallTime now = deps_.world.clock.Now();
  Status added = deps_.syncs.AddStreams(NewStreams(sync, replication, now));
  if (!added.ok()) return added.error();
  if (sync.version == replication.head.version) return sync;
  sync.version = replication.head.version;
  sync.definition = yaml;
  const auto step = deps_.syncs.Save(sync);
  if (!step.ok()) return step.error();
  sync.step = *step;
  return sync;
}

Result<Sync> Replications::SetState(AccountId account, ports::SyncId id, SyncState state) {
  auto sync = deps_.syncs.Get(account, id);
  if (!sync.ok()) return sync;
  if (sync->state == SyncState::kDeleted) return NotFound("SYNC_NOT_FOUND", "the sync was deleted");
  if (sync->state == state) return sync;
  sync->state = state;
  sync->reason.clear();
  const auto step = deps_.syncs.Save(*sync);
  if (!step.ok()) return step.error();
  sync->step = *step;
  return sync;
}

// ---- Working

Result<std::vector<SyncStream>> Replications::Due(int limit) {
  return deps_.syncs.Due(deps_.our_slots(), deps_.world.clock.Now(), limit);
}

Replications::Pace Replications::Step(SyncStream& at) {
  const auto pace = TakeStep(at);
  if (!pace.ok()) {
    Hinder(pace.error(), at);
    return Pace::kRest;
  }
  return *pace == StreamReader::Pace::kMore ? Pace::kMore : Pace::kRest;
}

// What is stored is left as it is but for when it is tried again: the next one goes on from there.
void Replications::Hinder(const Error& error, SyncStream& at) {
  Log::Info("sync.hindered",
            {{"account", ToText(at.account)}, {"stream", at.stream}, {"code", error.code}});
  if (error.code == "SYNC_MOVED") return;  // it is read anew with what is due
  const Millis pause = std::max(kAfterSyncHindrance, error.retry_after.value_or(Millis(0)));
  at.error = error.code;
  at.due_at = deps_.world.clock.Now() + pause;
  const auto saved = deps_.syncs.SaveStream(at);
  if (saved.ok()) at.step = *saved;
}

Result<std::shared_ptr<const Replications::Reading>> Replications::ReadingOf(const Sync& sync) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = readings_.find(sync.id);
    if (found != readings_.end() && found->second->version == sync.version) return found->second;
  }
  auto outcome = core::sync::ParseReplication(sync.definition, deps_.world.connectors,
                                              deps_.world.clock.Now());
  if (!outcome.replication) {
    return Invalid("SYNC_UNREADABLE",
                   "the stored definition cannot be read any more: " +
                       (outcome.errors.empty() ? "" : outcome.errors.front().message));
  }
  auto reading =
      std::make_shared<const Reading>(Reading{sync.version, *std::move(outcome.replication)});
  const std::lock_guard lock(mutex_);
  readings_[sync.id] = reading;
  return reading;
}

Result<StreamReader::Pace> Replications::TakeStep(SyncStream& at) {
  const auto sync = deps_.syncs.Get(at.account, at.sync);
  if (!sync.ok()) return sync.error();
  if (sync->state != SyncState::kRunning) return StreamReader::Pace::kDone;
  const auto account = deps_.world.accounts.Get(at.account);
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state))
    return Unavailable("ACCOUNT_NEEDS_REAUTH", "the account does not work; connect it again");
  const auto reading = ReadingOf(*sync);
  if (!reading.ok()) return reading.error();
  const Replication& replication = (*reading)->replication;
  const auto* choice = FindChoice(replication, at.stream);
  const StreamMap* known = deps_.world.connectors.FindStreams(replication.from);
  if (choice == nullptr || known == nullptr || !known->contains(at.stream)) {
    at.due_at = deps_.world.clock.Now() + kUnwantedRest;
    const auto saved = deps_.syncs.SaveStream(at);
    return saved.ok() ? Result<StreamReader::Pace>(StreamReader::Pace::kDone) : saved.error();
  }
  const auto connector = FindConnector(deps_.world.connectors, replication.from);
  if (!connector.ok()) return connector.error();
  const auto sink = SinkOf(sync->connection);
  if (!sink.ok()) return sink.error();
  std::set<std::string> beside;
  for (const Stream* each : ChosenStreams(replication, *known)) beside.insert(each->name);
  const StreamScene scene{
      known->at(at.stream),
      sync->schema,
      std::move(beside),
      CadenceOf(replication, *choice),
      replication.deletes,
      replication.brake,
      ForAccount(deps_.world.actions, **connector, at.account, core::quota::Lane::kBackfill),
      **sink};
  return reader_.Step(scene, at);
}

}  // namespace sb::accounts
