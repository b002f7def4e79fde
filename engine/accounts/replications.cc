#include "engine/accounts/replications.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "engine/accounts/stored_replication.h"
#include "engine/base/log.h"
#include "engine/connector/event_rows.h"

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
constexpr int kHearTries = 5;
constexpr int kRowsPerEdit = 500;
constexpr int kMostSyncReceipts = 2000;
constexpr const char* kGoneAccount = "ACCOUNT_DISCONNECTED";

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

std::set<std::string> NamesOfChoices(const Replication& replication) {
  std::set<std::string> names;
  for (const core::sync::StreamChoice& choice : replication.streams) names.insert(choice.stream);
  return names;
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

/// A table as it is wanted, without the columns that it has not.
core::sync::WantedTable AsItIs(core::sync::WantedTable wanted,
                               const core::sync::ExistingTable& existing) {
  std::erase_if(wanted.columns, [&](const core::sync::TableColumn& column) {
    return std::ranges::none_of(existing.columns, [&](const core::sync::ExistingColumn& each) {
      return each.name == column.name;
    });
  });
  return wanted;
}

/// Goes through a whole table.
Result<std::int64_t> EditAll(ports::RowSink& sink, const std::string& schema,
                             const core::sync::WantedTable& table, const ports::RowEdit& edit) {
  std::int64_t changed = 0;
  core::sync::Cells behind;
  for (;;) {
    auto walk = sink.Edit(schema, table, behind, kRowsPerEdit, edit);
    if (!walk.ok()) return walk.error();
    changed += walk->changed;
    if (!walk->behind) return changed;
    behind = *std::move(walk->behind);
  }
}

Status CheckFilters(const Replication& replication,
                    const core::workflow::Expressions& expressions) {
  for (const core::sync::StreamChoice& choice : replication.streams) {
    const Status compiles = core::sync::CheckWhen(choice.only, expressions);
    if (!compiles.ok()) {
      return Invalid("SYNC_WHEN_INVALID",
                     "`when` of the stream '" + choice.stream + "': " + compiles.error().message);
    }
  }
  return {};
}

/// Whether a sync can become this one.
Status FitsFormer(const Sync& former, const Sync& sync) {
  if (former.kind != ports::SyncKind::kReplication) {
    return Conflict("SYNC_EXISTS",
                    "the account has a two-way sync of this name; give the replication another "
                    "one, or delete the two-way sync first");
  }
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

/// The account's syncs without those of other kinds.
Result<std::vector<Sync>> ReplicationsOf(ports::SyncStore& store, AccountId account) {
  auto syncs = store.List(account);
  if (syncs.ok()) {
    std::erase_if(*syncs,
                  [](const Sync& each) { return each.kind != ports::SyncKind::kReplication; });
  }
  return syncs;
}

}  // namespace

Replications::Replications(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      reader_(
          {deps_.syncs, deps_.ledger, deps_.skips, deps_.world.expressions, deps_.world.clock}) {}

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
  if (Status fine = CheckFilters(replication, deps_.world.expressions); !fine.ok())
    return fine.error();
  const auto sink = SinkOf(replication.into.connection);
  if (!sink.ok()) return sink.error();
  ReplicationPlan plan;
  plan.schema = core::sync::SchemaFor(replication.into, ToText(account.id));
  const auto chosen = ChosenStreams(replication, *known);
  auto wanted = core::sync::WantedTables(chosen);
  const auto views = core::sync::WantedViews(chosen);
  const auto* analytics = deps_.world.connectors.FindAnalytics(replication.from);
  if (replication.analytics && analytics != nullptr) {
    plan.views = core::sync::ChooseViews(*analytics, NamesOfChoices(replication));
    if (!plan.views.make.empty())
      wanted.insert(wanted.end(), analytics->tables.begin(), analytics->tables.end());
  }
  std::vector<std::string> names;
  for (const auto& table : wanted) names.push_back(table.name);
  for (const auto& view : views) names.push_back(view.name);
  const auto existing = (*sink)->Describe(plan.schema, names);
  if (!existing.ok()) return existing.error();
  plan.tables = core::sync::PlanTables(wanted, *existing);
  core::sync::PlanViews(views, *existing, plan.tables);
  return plan;
}

Result<ReplicationPlan> Replications::Check(const ports::Account& account,
                                            const Replication& replication,
                                            const std::string& yaml) {
  auto plan = Plan(account, replication);
  if (!plan.ok()) return plan;
  if (!plan->tables.conflicts.empty()) return TablesConflict(plan->tables.conflicts);
  Sync sync;
  sync.version = replication.head.version;
  sync.definition = yaml;
  sync.connection = replication.into.connection;
  sync.schema = plan->schema;
  const auto others = deps_.syncs.List(account.id);
  if (!others.ok()) return others.error();
  for (const Sync& each : *others) {
    if (each.workspace != replication.head.workspace || each.name != replication.head.name)
      continue;
    if (Status fits = FitsFormer(each, sync); !fits.ok()) return fits.error();
  }
  return plan;
}

Status Replications::ApproveDeletes(const Sync& sync, const std::string& stream) {
  auto streams = deps_.syncs.Streams(sync.slot, sync.account, sync.id);
  if (!streams.ok()) return streams.error();
  const auto found = std::ranges::find(*streams, stream, &SyncStream::stream);
  if (found == streams->end())
    return NotFound("SYNC_STREAM_NOT_CHOSEN", "the sync has no stream '" + stream + "'");
  if (found->error == kDeletesApproved) return {};
  if (found->error != kDeletesBraked) {
    return Conflict("SYNC_DELETES_NOT_HELD",
                    "no deletes of '" + stream + "' wait for anybody: there is nothing to approve");
  }
  found->error = kDeletesApproved;
  found->reading.reset();
  found->whole_at.reset();
  found->due_at = deps_.world.clock.Now();
  const auto saved = deps_.syncs.SaveStream(*found);
  if (!saved.ok()) return saved.error();
  deps_.changed();
  return {};
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
    const auto heard = HearsFrom(replication);
    if (!heard.ok()) return heard.error();
    sync.heard = *heard;
    Status opened = deps_.syncs.Open(sync, NewStreams(sync, replication, now));
    if (!opened.ok()) return opened.error();
  }
  const auto sink = SinkOf(sync.connection);
  if (!sink.ok()) return sink.error();
  if (Status made = MakeTables(**sink, *plan); !made.ok()) return made.error();
  auto deployed = is_new ? Result<Sync>(sync) : Renew(*former, replication, yaml);
  if (deployed.ok()) deps_.changed();
  return deployed;
}

/// Lists tell what was before; but for events themselves, of which the inbox knows the oldest.
Result<ports::FeedPosition> Replications::HearsFrom(const Replication& replication) {
  if (FindChoice(replication, connector::kEventsStream) != nullptr) return ports::FeedPosition();
  auto end = deps_.feed.End();
  if (end.ok()) end->seq = 0;
  return end;
}

// Tables without views are still tables: what hinders views is told, and the next deployment tries
// again.
Status Replications::MakeTables(ports::RowSink& sink, const ReplicationPlan& plan) {
  Status prepared = sink.Prepare(plan.schema, plan.tables);
  if (!prepared.ok() || plan.views.make.empty()) return prepared;
  const auto views = sink.MakeViews(plan.schema, plan.views.make);
  if (!views.ok()) {
    Log::Warn("sync.views_failed", {{"schema", plan.schema}, {"code", views.error().code}});
    return {};
  }
  for (const auto* list : {&plan.views.left_out, &views->left_out}) {
    for (const core::sync::LeftOutView& each : *list) {
      Log::Info("sync.view_left_out",
                {{"schema", plan.schema}, {"view", each.name}, {"reason", each.reason}});
    }
  }
  return {};
}

Result<Sync> Replications::Renew(Sync sync, const Replication& replication,
                                 const std::string& yaml) {
  const auto former = deps_.syncs.Streams(sync.slot, sync.account, sync.id);
  if (!former.ok()) return former.error();
  if (sync.version != replication.head.version) {
    sync.version = replication.head.version;
    sync.definition = yaml;
    const auto step = deps_.syncs.Save(sync);
    if (!step.ok()) return step.error();
    sync.step = *step;
  }
  const bool had_events = std::ranges::any_of(
      *former, [](const SyncStream& each) { return each.stream == connector::kEventsStream; });
  const bool has_events = FindChoice(replication, connector::kEventsStream) != nullptr;
  if (has_events && !had_events) {
    if (Status again = HearAgain(sync); !again.ok()) return again.error();
  }
  // Last: until then a repetition finds what is missing.
  Status added = deps_.syncs.AddStreams(NewStreams(sync, replication, deps_.world.clock.Now()));
  if (!added.ok()) return added.error();
  return sync;
}

/// All that the inbox still has. Who hears events meanwhile moves on from where they were.
Status Replications::HearAgain(Sync& sync) {
  Status moved;
  for (int tries = 0; tries < kHearTries; ++tries) {
    const auto now = deps_.syncs.Get(sync.account, sync.id);
    if (!now.ok()) return now.error();
    moved = deps_.syncs.SaveHeard(*now, ports::FeedPosition());
    if (moved.ok()) sync.heard = ports::FeedPosition();
    if (moved.ok() || moved.error().kind != ErrorKind::kConflict) break;
  }
  return moved;
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
  deps_.changed();
  return sync;
}

// ---- Looking

Result<std::vector<StreamStanding>> Replications::Standing(const Sync& sync) {
  const auto streams = deps_.syncs.Streams(sync.slot, sync.account, sync.id);
  if (!streams.ok()) return streams.error();
  const auto account = deps_.world.accounts.Get(sync.account);
  if (!account.ok()) return account.error();
  const StreamMap* known = deps_.world.connectors.FindStreams(account->connector);
  std::vector<StreamStanding> standings;
  for (const SyncStream& at : *streams) {
    auto standing = StandingOf(at, known);
    if (!standing.ok()) return standing.error();
    standings.push_back(std::move(*standing));
  }
  return standings;
}

Result<StreamStanding> Replications::StandingOf(const SyncStream& at, const StreamMap* known) {
  const WallTime now = deps_.world.clock.Now();
  StreamStanding standing;
  standing.at = at;
  standing.lag = core::sync::LagAt({at.known_until, at.whole_at, at.asked_at}, now);
  const auto found = known == nullptr ? StreamMap::const_iterator() : known->find(at.stream);
  if (known == nullptr || found == known->end()) return standing;
  const Stream& stream = found->second;
  standing.live = !stream.live.empty();
  standing.unlisted = !stream.is_listed();
  if (!at.reading) return standing;
  const auto receipts =
      deps_.ledger.Receipts({at.slot, at.account, at.sync, at.stream}, kMostSyncReceipts);
  if (!receipts.ok()) return receipts.error();
  core::sync::ReadingFacts facts;
  facts.whole = core::sync::WholeOf(stream.shape, at.reading->what.window, at.reading->begun_at);
  facts.left = at.reading->position.windows;
  facts.begun_at = at.reading->begun_at;
  facts.per_page = stream.shape.per_page;
  for (const ports::SyncReceipt& receipt : *receipts) {
    if (receipt.read_at < at.reading->begun_at) continue;
    facts.read += receipt.read;
    facts.finished.push_back(receipt.read_at);
  }
  standing.reading = core::sync::ProgressAt(facts, now);
  return standing;
}

Result<std::vector<std::string>> Replications::WantedEvents(const ports::Account& account) {
  const auto syncs = ReplicationsOf(deps_.syncs, account.id);
  if (!syncs.ok()) return syncs.error();
  std::set<std::string> types;
  for (const Sync& sync : *syncs) {
    if (sync.state != SyncState::kRunning) continue;
    const auto events = EventsOf(sync);
    if (events.ok()) types.insert(events->begin(), events->end());
  }
  return std::vector<std::string>(types.begin(), types.end());
}

// ---- Forgetting

Result<std::int64_t> Replications::Forget(AccountId account,
                                          const core::personal::Redactor& redactor,
                                          bool count_only) {
  const auto syncs = ReplicationsOf(deps_.syncs, account);
  if (!syncs.ok()) return syncs.error();
  std::int64_t rows = 0;
  for (const Sync& sync : *syncs) {
    const auto changed = ForgetIn(sync, redactor, count_only);
    if (!changed.ok()) return changed.error();
    rows += *changed;
  }
  return rows;
}

// By the streams that it ever had: a version that leaves one out leaves its table.
Result<std::int64_t> Replications::ForgetIn(const Sync& sync,
                                            const core::personal::Redactor& redactor,
                                            bool count_only) {
  const auto account = deps_.world.accounts.Get(sync.account);
  if (!account.ok()) return account.error();
  const StreamMap* known = deps_.world.connectors.FindStreams(account->connector);
  const auto had = deps_.syncs.Streams(sync.slot, sync.account, sync.id);
  if (!had.ok()) return had.error();
  const auto sink = SinkOf(sync.connection);
  if (!sink.ok()) return sink.error();
  std::vector<const Stream*> streams;
  for (const SyncStream& each : *had) {
    const bool exists = known != nullptr && known->contains(each.stream);
    if (exists) streams.push_back(&known->at(each.stream));
  }
  const auto wanted = core::sync::WantedTables(streams);
  std::vector<std::string> names;
  for (const auto& table : wanted) names.push_back(table.name);
  const auto existing = (*sink)->Describe(sync.schema, names);
  if (!existing.ok()) return existing.error();
  std::int64_t rows = 0;
  const ports::RowEdit edit = [&](Json& row) {
    const bool found = redactor.Redact(row) > 0;
    if (found) ++rows;
    return found && !count_only;
  };
  for (const core::sync::ExistingTable& table : *existing) {
    const auto shape = std::ranges::find(wanted, table.name, &core::sync::WantedTable::name);
    if (shape == wanted.end() || table.key != shape->key) continue;  // not one of ours
    const auto edited = EditAll(**sink, sync.schema, AsItIs(*shape, table), edit);
    if (!edited.ok()) return edited.error();
  }
  return rows;
}

// ---- Explaining

// The table is asked first: whatever else is known of an object, there it is. Of a skip and a
// reject the newer one counts.
Result<core::sync::ImportAnswer> Replications::WhyIn(const Sync& sync, const Stream& stream,
                                                     ports::RowSink& sink, const std::string& key) {
  using Kind = core::sync::ImportAnswer::Kind;
  const ports::SyncPlace place{sync.slot, sync.account, sync.id, stream.name};
  core::sync::ImportAnswer answer;
  answer.sync = sync.workspace + "/" + sync.name;
  answer.stream = stream.name;
  answer.key = key;
  const auto row = sink.Known(sync.schema, stream, {key});
  if (!row.ok()) return row.error();
  if (!row->empty()) {
    answer.kind = row->begin()->second ? Kind::kDeleted : Kind::kImported;
    return answer;
  }
  const auto skipped = deps_.skips.Find(place, key);
  if (!skipped.ok()) return skipped.error();
  if (*skipped) {
    const ports::Skip& skip = (*skipped)->skip;
    answer.kind = (*skipped)->imported_at ? Kind::kImported : Kind::kSkipped;
    answer.code = skip.code;
    answer.rule = skip.rule;
    answer.reason = skip.reason;
    answer.at = skip.at;
    answer.looks = (*skipped)->looks;
  }
  const auto rejects = deps_.ledger.RejectsOf(place, key);
  if (!rejects.ok()) return rejects.error();
  if (rejects->empty() || (*skipped && (*skipped)->skip.at > rejects->front().at)) return answer;
  const ports::SyncReject& reject = rejects->front();
  answer.kind = Kind::kRejected;
  answer.code = reject.code;
  answer.rule.clear();
  answer.reason = reject.reason;
  answer.at = reject.at;
  return answer;
}

Result<std::vector<core::sync::ImportAnswer>> Replications::Why(const ports::Account& account,
                                                                const std::string& key) {
  std::vector<core::sync::ImportAnswer> answers;
  const auto syncs = ReplicationsOf(deps_.syncs, account.id);
  if (!syncs.ok()) return syncs.error();
  for (const Sync& sync : *syncs) {
    const auto reading = ReadingOf(sync);
    if (!reading.ok()) continue;  // of no use to anybody; the others may know
    const Replication& replication = (*reading)->replication;
    const StreamMap* known = deps_.world.connectors.FindStreams(replication.from);
    const auto sink = SinkOf(sync.connection);
    if (!sink.ok()) return sink.error();
    if (known == nullptr) continue;
    for (const Stream* stream : ChosenStreams(replication, *known)) {
      auto answer = WhyIn(sync, *stream, **sink, key);
      if (!answer.ok()) return answer.error();
      if (answer->kind != core::sync::ImportAnswer::Kind::kNeverSeen)
        answers.push_back(*std::move(answer));
    }
  }
  if (answers.empty()) {
    answers.emplace_back();
    answers.back().key = key;
  }
  return answers;
}

// ---- Working

Result<std::vector<Sync>> Replications::Running() {
  return deps_.syncs.Running(deps_.our_slots(), ports::SyncKind::kReplication);
}

Result<std::vector<SyncStream>> Replications::Due(int limit) {
  return deps_.syncs.Due(deps_.our_slots(), deps_.world.clock.Now(), limit);
}

Replications::Pace Replications::Step(SyncStream& at) {
  const std::int64_t before = at.written;
  const auto pace = TakeStep(at);
  if (!pace.ok()) {
    Hinder(pace.error(), at);
    return Pace::kRest;
  }
  if (at.written > before) CountRows(at.stream, "read", at.written - before);
  return *pace == StreamReader::Pace::kMore ? Pace::kMore : Pace::kRest;
}

void Replications::CountRows(const std::string& stream, const char* by, std::int64_t rows) {
  deps_.world.metrics.Count("switchboard_sync_rows_total", {{"by", by}, {"stream", stream}},
                            static_cast<double>(rows));
}

// What hinders events from being written is to be seen in the stream, until it looks again or a
// reading succeeds.
void Replications::NoteUnheard(const Sync& sync, const std::string& stream, const Error& error) {
  const auto streams = deps_.syncs.Streams(sync.slot, sync.account, sync.id);
  if (!streams.ok()) return;
  for (SyncStream at : *streams) {
    // What is said already stays said: a braked delete, too.
    if (at.stream != stream || !at.error.empty()) continue;
    at.error = error.code;
    at.due_at = std::min(at.due_at, deps_.world.clock.Now() + kAfterSyncHindrance);
    if (const auto saved = deps_.syncs.SaveStream(at); !saved.ok())
      Log::Debug("sync.hindrance_unsaved", {{"code", saved.error().code}});
  }
}

// What is stored is left as it is but for when it is tried again: the next one goes on from there.
void Replications::Hinder(const Error& error, SyncStream& at) {
  Log::Info("sync.hindered",
            {{"account", ToText(at.account)}, {"stream", at.stream}, {"code", error.code}});
  if (error.code == "SYNC_MOVED") return;  // it is read anew with what is due
  deps_.world.metrics.Count("switchboard_sync_errors_total", {{"code", error.code}});
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
  auto replication = ReadStoredReplication(sync, deps_.world.connectors, deps_.world.clock.Now());
  if (!replication.ok()) return replication.error();
  Reading reading{sync.version, *std::move(replication), {}};
  const StreamMap* known = deps_.world.connectors.FindStreams(reading.replication.from);
  std::set<std::string> types;
  if (known != nullptr) {
    for (const Stream* stream : ChosenStreams(reading.replication, *known)) {
      for (const core::sync::LiveEvent& live : stream->live) types.insert(live.type);
    }
  }
  reading.events.assign(types.begin(), types.end());
  auto shared = std::make_shared<const Reading>(std::move(reading));
  const std::lock_guard lock(mutex_);
  readings_[sync.id] = shared;
  return shared;
}

Result<Replications::Scenery> Replications::SceneryOf(const Sync& sync) {
  Scenery scenery;
  auto account = deps_.world.accounts.Get(sync.account);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  if (!account.ok() || account->state == ports::AccountState::kDisconnected)
    return NotFound(kGoneAccount, "the account was disconnected");
  scenery.account = std::move(*account);
  auto reading = ReadingOf(sync);
  if (!reading.ok()) return reading.error();
  scenery.reading = std::move(*reading);
  const std::string& from = scenery.reading->replication.from;
  const auto connector = FindConnector(deps_.world.connectors, from);
  if (!connector.ok()) return connector.error();
  scenery.connector = *connector;
  scenery.streams = &scenery.connector->streams;
  const auto sink = SinkOf(sync.connection);
  if (!sink.ok()) return sink.error();
  scenery.sink = *sink;
  scenery.schema = sync.schema;
  return scenery;
}

StreamScene Replications::SceneOf(const Scenery& scenery, const Stream& stream,
                                  const core::sync::StreamChoice& choice) {
  const Replication& replication = scenery.reading->replication;
  std::set<std::string> beside;
  for (const Stream* each : ChosenStreams(replication, *scenery.streams)) beside.insert(each->name);
  return {stream,
          scenery.schema,
          std::move(beside),
          CadenceOf(replication, choice),
          replication.deletes,
          replication.brake,
          ForAccount(deps_.world.actions, *scenery.connector, scenery.account.id,
                     core::quota::Lane::kBackfill),
          *scenery.sink,
          choice.only};
}

Status Replications::PauseWithout(Sync sync) {
  sync.state = SyncState::kPaused;
  sync.reason = kGoneAccount;
  Log::Info("sync.paused", {{"account", ToText(sync.account)}, {"code", sync.reason}});
  const auto saved = deps_.syncs.Save(sync);
  return saved.ok() ? Status() : Status(saved.error());
}

Result<StreamReader::Pace> Replications::TakeStep(SyncStream& at) {
  const auto sync = deps_.syncs.Get(at.account, at.sync);
  if (!sync.ok()) return sync.error();
  if (sync->state != SyncState::kRunning) return StreamReader::Pace::kDone;
  const auto scenery = SceneryOf(*sync);
  if (!scenery.ok()) {
    if (scenery.error().code != kGoneAccount) return scenery.error();
    const Status paused = PauseWithout(*sync);
    return paused.ok() ? Result<StreamReader::Pace>(StreamReader::Pace::kDone) : paused.error();
  }
  if (!ports::Works(scenery->account.state))
    return Unavailable("ACCOUNT_NEEDS_REAUTH", "the account does not work; connect it again");
  const auto* choice = FindChoice(scenery->reading->replication, at.stream);
  if (choice == nullptr || !scenery->streams->contains(at.stream)) {
    at.due_at = deps_.world.clock.Now() + kUnwantedRest;
    const auto saved = deps_.syncs.SaveStream(at);
    return saved.ok() ? Result<StreamReader::Pace>(StreamReader::Pace::kDone) : saved.error();
  }
  return reader_.Step(SceneOf(*scenery, scenery->streams->at(at.stream), *choice), at);
}

// ---- Hearing

Result<std::vector<std::string>> Replications::EventsOf(const Sync& sync) {
  const auto reading = ReadingOf(sync);
  if (!reading.ok()) return reading.error();
  return (*reading)->events;
}

Status Replications::Hear(const Sync& sync, const std::vector<ports::InboxItem>& events) {
  const auto scenery = SceneryOf(sync);
  if (!scenery.ok())
    return scenery.error().code == kGoneAccount ? Status() : Status(scenery.error());
  std::vector<HeardEvent> told;
  std::vector<HeardEvent> rows;
  for (const ports::InboxItem& item : events) {
    // What a client publishes says nothing about the provider.
    if (item.source == ports::InboxSource::kApi) continue;
    auto event = connector::ReadWebhook(*scenery->connector, item.body);
    if (!event.ok()) continue;  // an erasure, or a connector that was changed since
    rows.push_back({item.event, connector::EventRowObject(*scenery->connector, item, event->data),
                    item.received_at});
    // Without a time nobody knows what it is newer than: the next reading shows it.
    if (item.occurred_at) told.push_back({item.event, std::move(event->data), *item.occurred_at});
  }
  for (const auto& choice : scenery->reading->replication.streams) {
    if (!scenery->streams->contains(choice.stream)) continue;
    const auto written = HearFor(*scenery, sync, choice, told, rows);
    if (!written.ok()) {
      NoteUnheard(sync, choice.stream, written.error());
      return written.error();
    }
    if (*written > 0) CountRows(choice.stream, "event", *written);
  }
  return {};
}

Result<std::int64_t> Replications::HearFor(const Scenery& scenery, const Sync& sync,
                                           const core::sync::StreamChoice& choice,
                                           const std::vector<HeardEvent>& told,
                                           const std::vector<HeardEvent>& rows) {
  const Stream& stream = scenery.streams->at(choice.stream);
  SyncStream at;
  at.slot = sync.slot;
  at.account = sync.account;
  at.sync = sync.id;
  at.stream = stream.name;
  return reader_.HearAll(SceneOf(scenery, stream, choice), at, stream.from_inbox ? rows : told);
}

}  // namespace sb::accounts
