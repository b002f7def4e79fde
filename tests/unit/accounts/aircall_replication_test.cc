// The sandbox's company becomes tables: every object of it, once, wherever the process dies, and
// what happens next as soon as it is told.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/accounts/replications.h"
#include "engine/accounts/stream_reader.h"
#include "engine/core/sync/table_plan.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {
namespace {

using accounts::Replications;
using accounts::StreamReader;
using accounts::StreamScene;
using core::sync::Stream;
using std::chrono::hours;
using std::chrono::minutes;

/// Where the sandbox's clock stands.
constexpr WallTime kSandboxNow(std::chrono::seconds(1'790'700'000));
constexpr const char* kCompanyTables = "aircall";
constexpr Slot kReplicaSlot = 17;

class AircallReplication : public ::testing::Test {
 protected:
  AircallReplication() {
    world_.wanted = {"io.aircall.call.created", "io.aircall.call.ended",
                     "io.aircall.transcription.created", "io.aircall.summary.created",
                     "io.aircall.sentiment.created"};
    account_ = world_.ConnectByKey().value();
    world_.clock.Set(kSandboxNow + minutes(5));
    ports::Sync sync;
    sync.id = ports::SyncId(1);
    sync.slot = kReplicaSlot;
    sync.account = account_.id;
    std::vector<ports::SyncStream> streams;
    std::vector<const Stream*> all;
    for (const auto& [name, stream] : Streams()) {
      ports::SyncStream at;
      at.slot = sync.slot;
      at.account = sync.account;
      at.sync = sync.id;
      at.stream = name;
      streams.push_back(at);
      all.push_back(&stream);
    }
    EXPECT_THAT(syncs_.Open(sync, streams), IsOk());
    const auto plan = core::sync::PlanTables(core::sync::WantedTables(all), {});
    EXPECT_THAT(sink_.Prepare(kCompanyTables, plan), IsOk());
    Restart();
  }

  const std::map<std::string, Stream>& Streams() const {
    return *ShippedConnectors().FindStreams("aircall");
  }

  Result<Json> Perform(const std::string& action, const Json& input) {
    world_.clock.Advance(Millis(10));  // no two requests leave at once
    return accounts::ForAccount(world_.performer, aircall_, account_.id,
                                core::quota::Lane::kBackfill)(action, input);
  }

  StreamScene Scene(const Stream& stream) {
    std::set<std::string> beside;
    for (const auto& [name, each] : Streams()) beside.insert(name);
    return {stream,
            kCompanyTables,
            beside,
            {minutes(15), hours(24), WallTime()},
            core::sync::DeletePolicy::kMark,
            {},
            [this](const std::string& action, const Json& input) { return Perform(action, input); },
            sink_};
  }

  void Restart() {
    reader_ = std::make_unique<StreamReader>(
        StreamReader::Dependencies{syncs_, ledger_, skips_, SharedExpressions(), world_.clock});
  }

  ports::SyncStream At(const std::string& name) {
    const auto streams = syncs_.Streams(kReplicaSlot, account_.id, ports::SyncId(1));
    for (const ports::SyncStream& at : streams.value()) {
      if (at.stream == name) return at;
    }
    return {};
  }

  /// Until nothing is due; with `restless`, the process dies after every step.
  void Read(const std::string& name, bool restless) {
    const StreamScene scene = Scene(Streams().at(name));
    ports::SyncStream at = At(name);
    for (int steps = 0; steps < 500; ++steps) {
      const auto pace = reader_->Step(scene, at);
      ASSERT_THAT(pace, IsOk()) << name;
      if (*pace == StreamReader::Pace::kDone) return;
      // A window of several pages never ends where nobody lives to its end.
      if (restless && steps % 5 == 4) {
        Restart();
        at = At(name);
      }
    }
    FAIL() << name << " never ends";
  }

  void ReadCompany(bool restless = false) {
    for (const auto& [name, stream] : Streams()) Read(name, restless);
  }

  std::size_t RowsOf(const std::string& name) {
    return sink_
        .KeysIn(kCompanyTables, Streams().at(name), {WallTime(), world_.clock.Now() + hours(1)})
        .value()
        .size();
  }

  std::size_t Counted(const std::string& action) {
    return Perform(action, {{"per_page", 1}}).value().at("meta").at("total").get<std::size_t>();
  }

  void ExpectWholeCompany() {
    EXPECT_EQ(RowsOf("calls"), Counted("calls.list"));
    EXPECT_EQ(RowsOf("contacts"), Counted("contacts.list"));
    EXPECT_EQ(RowsOf("users"), Counted("users.list"));
    EXPECT_EQ(RowsOf("user_availability"), Counted("users.availabilities"));
    EXPECT_EQ(RowsOf("numbers"), Counted("numbers.list"));
    EXPECT_EQ(RowsOf("teams"), Counted("teams.list"));
    EXPECT_EQ(RowsOf("tags"), Counted("tags.list"));
    EXPECT_EQ(RowsOf("webhooks"), Counted("webhooks.list"));
    EXPECT_EQ(RowsOf("company"), 1U);
  }

  std::string PlaceCall() {
    const Json placed = world_.far_side.Control(
        "POST", "calls", {{"direction", "inbound"}, {"from", "+16175550142"}, {"answered", false}});
    return DumpJson(placed.at("call").at("id"));
  }

  AccountsWorld world_;
  const connector::Connector& aircall_ = *ShippedConnectors().FindConnector("aircall");
  ports::Account account_;
  MemorySyncStore syncs_;
  MemorySyncLedger ledger_;
  MemorySkipLedger skips_;
  MemoryRowSink sink_{&syncs_};
  std::unique_ptr<StreamReader> reader_;
};

TEST_F(AircallReplication, HasEveryObjectOfTheCompany) {
  for (int i = 0; i < 3; ++i) PlaceCall();
  ReadCompany();
  ExpectWholeCompany();
  EXPECT_GT(RowsOf("users"), 0U);
  EXPECT_GE(RowsOf("calls"), 3U);
}

TEST_F(AircallReplication, HasItAllTheSameWhereProcessesDie) {
  for (int i = 0; i < 3; ++i) PlaceCall();
  ReadCompany(/*restless=*/true);
  ExpectWholeCompany();
}

TEST_F(AircallReplication, KeepsNoTokenOfAWebhook) {
  ReadCompany();
  const auto keys = sink_.KeysIn(kCompanyTables, Streams().at("webhooks"), {}).value();
  ASSERT_FALSE(keys.empty());
  for (const std::string& key : keys) {
    const auto row = sink_.Row(kCompanyTables, "webhooks", key);
    EXPECT_FALSE(Json::parse(row->raw).contains("token"));
  }
}

TEST_F(AircallReplication, HearsOfACallAtOnce) {
  const std::string id = PlaceCall();
  const Stream& calls = Streams().at("calls");
  for (const std::string& body : world_.far_side.Deliveries()) {
    const auto event = connector::ReadWebhook(aircall_, body);
    ASSERT_THAT(event, IsOk());
    EXPECT_THAT(reader_->Hear(Scene(calls), At("calls"), event->type, event->data,
                              event->occurred_at.value_or(kSandboxNow)),
                IsOk());
  }
  ASSERT_TRUE(sink_.Row(kCompanyTables, "calls", id)) << "told by its events alone";
  ReadCompany();
  ExpectWholeCompany();
}

TEST_F(AircallReplication, ReadsWhatConversationIntelligenceHasMadeOfACall) {
  const std::string id = PlaceCall();
  world_.far_side.Control("POST", "calls/" + id + "/intelligence", Json::object());
  const std::vector<std::string> streams = {"call_transcriptions", "call_summaries",
                                            "call_sentiments"};
  for (const std::string& body : world_.far_side.Deliveries()) {
    const auto event = connector::ReadWebhook(aircall_, body);
    ASSERT_THAT(event, IsOk());
    for (const std::string& name : streams) {
      EXPECT_THAT(reader_->Hear(Scene(Streams().at(name)), At(name), event->type, event->data,
                                event->occurred_at.value_or(kSandboxNow)),
                  IsOk());
    }
  }
  for (const std::string& name : streams) {
    Read(name, /*restless=*/false);
    ASSERT_TRUE(sink_.Row(kCompanyTables, name, id)) << name;
    EXPECT_EQ(At(name).error, "");
  }
  const auto transcription = sink_.Row(kCompanyTables, "call_transcriptions", id);
  EXPECT_FALSE(transcription->children.at(0).empty()) << "what was said, line by line";
}

// ---- As a sync that is deployed

constexpr const char* kWholeCompany =
    R"(sync: { namespace: acme, name: warehouse, version: '1.0.0' }
replicate:
  from: aircall
  streams: all
  into: { connector: postgres, schema: 'aircall_{account}' }
)";

class DeployedReplication : public AircallReplication {
 protected:
  Result<ports::Sync> Deploy(const std::string& yaml) {
    const auto read = core::sync::ParseReplication(yaml, ShippedConnectors(), world_.clock.Now());
    EXPECT_TRUE(read.replication) << (read.errors.empty() ? "" : read.errors[0].message);
    return replications_.Deploy(account_, *read.replication, yaml);
  }

  static std::string With(const std::string& from, const std::string& to) {
    std::string yaml = kWholeCompany;
    return yaml.replace(yaml.find(from), from.size(), to);
  }

  /// Everything that is due, until nothing is.
  void WorkOff() {
    for (int rounds = 0; rounds < 50; ++rounds) {
      auto due = replications_.Due(20).value();
      if (due.empty()) return;
      for (ports::SyncStream& each : due) {
        while (replications_.Step(each) == Replications::Pace::kMore) {
        }
        EXPECT_EQ(each.error, "") << each.stream;
      }
    }
    FAIL() << "it is never done";
  }

  MemoryDatabase database_;
  MemoryEventFeed feed_{database_};
  Replications replications_{{world_.DependenciesOfConnections(), syncs_, ledger_, skips_,
                              [this](const std::string& connection) -> ports::RowSink* {
                                return connection.empty() ? &sink_ : nullptr;
                              },
                              [this] { return std::vector{account_.slot}; }, feed_}};
};

TEST_F(DeployedReplication, IsWorkedOffOnceItIsStarted) {
  const auto sync = Deploy(kWholeCompany);
  ASSERT_THAT(sync, IsOk());
  EXPECT_EQ(sync->state, ports::SyncState::kPaused);
  EXPECT_TRUE(replications_.Due(20).value().empty());
  ASSERT_THAT(replications_.SetState(account_.id, sync->id, ports::SyncState::kRunning), IsOk());
  WorkOff();
  const auto users = sink_.KeysIn(sync->schema, Streams().at("users"), {}).value();
  EXPECT_EQ(users.size(), Counted("users.list"));
  ASSERT_THAT(replications_.SetState(account_.id, sync->id, ports::SyncState::kPaused), IsOk());
  world_.clock.Advance(hours(48));
  EXPECT_TRUE(replications_.Due(20).value().empty());
}

TEST_F(DeployedReplication, TakesTheSameAgainAndANewVersion) {
  const auto first = Deploy(With("streams: all", "streams: [users, teams]"));
  ASSERT_THAT(first, IsOk());
  const auto again = Deploy(With("streams: all", "streams: [users, teams]"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->id, first->id);
  EXPECT_THAT(Deploy(With("streams: all", "streams: [users]")),
              FailsWith(ErrorKind::kConflict, "SYNC_VERSION_EXISTS"));
  const auto wider = Deploy(With("1.0.0", "1.1.0"));
  ASSERT_THAT(wider, IsOk());
  EXPECT_EQ(wider->id, first->id);
  EXPECT_EQ(syncs_.Streams(account_.slot, account_.id, first->id).value().size(), Streams().size());
}

TEST_F(DeployedReplication, SaysWhatCannotBe) {
  ASSERT_THAT(Deploy(kWholeCompany), IsOk());
  EXPECT_THAT(Deploy(With("aircall_{account}", "elsewhere")),
              FailsWith(ErrorKind::kConflict, "SYNC_SCHEMA_FIXED"));
  EXPECT_THAT(Deploy(With("name: warehouse", "name: second")),
              FailsWith(ErrorKind::kConflict, "SYNC_SCHEMA_TAKEN"));
  EXPECT_THAT(Deploy(With("connector: postgres,", "connector: postgres, connection: moon,")),
              FailsWith(ErrorKind::kNotFound, "SYNC_CONNECTION_NOT_FOUND"));
}

TEST_F(DeployedReplication, LeavesTwoWaySyncsAlone) {
  ports::Sync contacts;
  contacts.id = ports::SyncId(99);
  contacts.slot = account_.slot;
  contacts.account = account_.id;
  contacts.kind = ports::SyncKind::kTwoWay;
  contacts.workspace = "acme";
  contacts.name = "warehouse";
  contacts.definition = "no definition of a replication";
  contacts.schema = "two-way/1/acme/warehouse";
  contacts.state = ports::SyncState::kRunning;
  ASSERT_THAT(syncs_.Open(contacts, {}), IsOk());
  EXPECT_THAT(Deploy(kWholeCompany), FailsWith(ErrorKind::kConflict, "SYNC_EXISTS"));
  EXPECT_TRUE(replications_.Running().value().empty());
  EXPECT_TRUE(replications_.WantedEvents(account_).value().empty());
  const auto why = replications_.Why(account_, "7");
  ASSERT_THAT(why, IsOk());
  ASSERT_EQ(why->size(), 1U);
  EXPECT_EQ(why->front().kind, core::sync::ImportAnswer::Kind::kNeverSeen);
}

// ---- As calls are imported for coaching

constexpr const char* kCoaching =
    R"(sync: { namespace: acme, name: coaching, version: '1.0.0' }
replicate:
  from: aircall
  streams:
    - users
    - stream: calls
      only:
        rules: [{ max_age: P14D }, agent_email_known, recording_present, { recording_size: 200 MB }]
        first_import: { most: 2 }
  into: { connector: postgres, schema: coaching }
)";

class CoachingImport : public DeployedReplication {
 protected:
  std::string PlaceAnswered() {
    const Json placed = world_.far_side.Control(
        "POST", "calls", {{"direction", "inbound"}, {"from", "+16175550142"}, {"answered", true}});
    return DumpJson(placed.at("call").at("id"));
  }

  std::string Why(const std::string& id) {
    const auto answers = replications_.Why(account_, id);
    EXPECT_THAT(answers, IsOk());
    return answers.ok() ? core::sync::Sentence(answers->at(0)) : "";
  }

  void Import() {
    const auto sync = Deploy(kCoaching);
    ASSERT_THAT(sync, IsOk());
    ASSERT_THAT(replications_.SetState(account_.id, sync->id, ports::SyncState::kRunning), IsOk());
    WorkOff();
  }

  std::vector<std::string> Imported() {
    return sink_
        .KeysIn("coaching", Streams().at("calls"), {WallTime(), world_.clock.Now() + hours(1)})
        .value();
  }
};

TEST_F(CoachingImport, TakesRecordedCallsOfAgentsAndSaysWhyNotTheOthers) {
  const std::string missed = PlaceCall();
  for (int i = 0; i < 3; ++i) PlaceAnswered();
  Import();
  const auto imported = Imported();
  ASSERT_LE(imported.size(), 2U);
  for (const std::string& id : imported) {
    const auto row = sink_.Row("coaching", "calls", id);
    EXPECT_TRUE(Json::parse(row->raw).at("answered_at").is_number());
    EXPECT_EQ(Why(id), "calls " + id + " is imported by acme/coaching");
  }
  EXPECT_THAT(Why(missed), ::testing::HasSubstr("calls " + missed + " is not imported"));
  EXPECT_THAT(Why(missed), ::testing::HasSubstr("RULE_NOT_MET"));
  EXPECT_THAT(Why("17"), ::testing::HasSubstr("was never seen"));
  // Whatever the provider counts is either here or accounted for.
  std::size_t skipped = 0;
  const auto records = skips_.List(account_.slot, account_.id, "", "", {0, 10'000});
  for (const ports::SkippedRecord& each : records.value().items) {
    EXPECT_FALSE(each.skip.reason.empty());
    skipped += each.stream == "calls" ? 1U : 0U;
  }
  EXPECT_EQ(imported.size() + skipped, Counted("calls.list"));
}

TEST_F(CoachingImport, RefusesAnExpressionThatDoesNotCompile) {
  std::string yaml = kCoaching;
  const std::string rules = "first_import: { most: 2 }";
  yaml.replace(yaml.find(rules), rules.size(), "when: '.direction =='");
  EXPECT_THAT(Deploy(yaml), FailsWith(ErrorKind::kInvalid, "SYNC_WHEN_INVALID"));
}

// ---- Destinations that are no good

TEST_F(DeployedReplication, TouchesNothingWhereATableHasOtherColumns) {
  core::sync::WantedTable users{
      "users", "", {{"id", core::sync::ColumnType::kText, true, ""}}, {"id"}, {}};
  core::sync::TablePlan theirs;
  theirs.create = {users};
  ASSERT_THAT(sink_.Prepare("theirs", theirs), IsOk());
  const auto deployed = Deploy(With("aircall_{account}", "theirs"));
  EXPECT_THAT(deployed, FailsWith(ErrorKind::kConflict, "SYNC_TABLES_CONFLICT"));
  EXPECT_THAT(deployed.error().message, ::testing::HasSubstr("users.id"));
  EXPECT_EQ(sink_.Describe("theirs", {"users", "calls"}).value().size(), 1U);
  EXPECT_EQ(syncs_.List(account_.id).value().size(), 1U) << "only that of the fixture";
}

TEST_F(DeployedReplication, IsRefusedWhereTheDestinationIsDown) {
  sink_.failure = Unavailable("DATABASE_UNAVAILABLE", "cannot connect");
  EXPECT_THAT(Deploy(kWholeCompany), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  sink_.failure.reset();
  EXPECT_THAT(Deploy(kWholeCompany), IsOk()) << "nothing is left of the first attempt";
}

// Down, full, or lacking rights: each stream says so, rests, and goes on once it is mended.
TEST_F(DeployedReplication, GoesOnOnceItsDestinationIsMended) {
  const auto sync = Deploy(kWholeCompany);
  ASSERT_THAT(sync, IsOk());
  ASSERT_THAT(replications_.SetState(account_.id, sync->id, ports::SyncState::kRunning), IsOk());
  for (const Error& trouble : {Unavailable("DATABASE_UNAVAILABLE", "cannot connect"),
                               Unavailable("SYNC_DESTINATION_FULL", "no room"),
                               Forbidden("SYNC_DESTINATION_FORBIDDEN", "not allowed")}) {
    sink_.failure = trouble;
    auto due = replications_.Due(20).value();
    ASSERT_FALSE(due.empty());
    for (ports::SyncStream& each : due) {
      if (!Streams().at(each.stream).is_listed()) continue;  // nothing is read of it
      while (replications_.Step(each) == Replications::Pace::kMore) {
      }
      EXPECT_EQ(each.error, trouble.code) << each.stream;
      EXPECT_GT(each.due_at, world_.clock.Now()) << "it rests";
    }
    world_.clock.Advance(minutes(2));
  }
  sink_.failure.reset();
  WorkOff();
  const auto users = sink_.KeysIn(sync->schema, Streams().at("users"), {}).value();
  EXPECT_EQ(users.size(), Counted("users.list"));
}

// Events alone tell of some streams: what hinders these is over when they are written again.
TEST_F(DeployedReplication, SaysWhatHindersEventsAndThatItIsOver) {
  const auto sync = Deploy(kWholeCompany);
  ASSERT_THAT(sync, IsOk());
  const auto running = replications_.SetState(account_.id, sync->id, ports::SyncState::kRunning);
  ASSERT_THAT(running, IsOk());
  WorkOff();
  PlaceCall();
  std::vector<ports::InboxItem> items;
  for (const std::string& body : world_.far_side.Deliveries()) {
    const auto event = connector::ReadWebhook(aircall_, body);
    ASSERT_THAT(event, IsOk());
    ports::InboxItem item;
    item.slot = account_.slot;
    item.account = account_.id;
    item.id = EventId(static_cast<std::int64_t>(items.size()) + 1);
    item.event = event->type;
    item.body = body;
    item.occurred_at = event->occurred_at;
    item.received_at = world_.clock.Now();
    items.push_back(item);
  }
  const auto error_of = [&](const std::string& stream) {
    for (const auto& each : replications_.Standing(*running).value()) {
      if (each.at.stream == stream) return each.at.error;
    }
    return std::string("no such stream");
  };
  sink_.failure = Unavailable("SYNC_DESTINATION_FULL", "no room");
  EXPECT_FALSE(replications_.Hear(*running, items).ok());
  EXPECT_EQ(error_of("calls"), "SYNC_DESTINATION_FULL") << "the first that has something to write";
  sink_.failure.reset();
  ASSERT_THAT(replications_.Hear(*running, items), IsOk());
  world_.clock.Advance(minutes(20));
  WorkOff();
  for (const auto& each : replications_.Standing(*running).value())
    EXPECT_EQ(each.at.error, "") << each.at.stream;
}

}  // namespace
}  // namespace sb::testing
