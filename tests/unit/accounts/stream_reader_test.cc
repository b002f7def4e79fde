// A provider's collection becomes a table, whatever happens meanwhile: objects come, change and go,
// and processes die.
#include "engine/accounts/stream_reader.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/table_plan.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_store.h"
#include "tests/unit/accounts/depot.h"

namespace sb::accounts {
namespace {

using core::sync::Source;
using core::sync::Stream;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

constexpr const char* kTables = "parcels_of_acme";

class StreamReading : public ::testing::Test {
 protected:
  StreamReading() {
    start_ = clock_.Now() - hours(24);
    at_.slot = 17;
    at_.account = AccountId(1001);
    at_.sync = ports::SyncId(1);
    at_.stream = "parcels";
    at_.due_at = clock_.Now();
    ports::Sync sync;
    sync.id = at_.sync;
    sync.slot = at_.slot;
    sync.account = at_.account;
    EXPECT_THAT(syncs_.Open(sync, {at_}), IsOk());
    const auto plan = core::sync::PlanTables(core::sync::WantedTables({&stream_}), {});
    EXPECT_THAT(sink_.Prepare(kTables, plan), IsOk());
    Restart();
  }

  /// The process dies and another one goes on with what is stored.
  void Restart() {
    reader_ = std::make_unique<StreamReader>(
        StreamReader::Dependencies{syncs_, ledger_, skips_, Jq(), clock_});
    at_ = syncs_.Streams(at_.slot, at_.account, at_.sync).value().at(0);
  }

  static const core::workflow::Expressions& Jq() {
    static const adapters::jq::JqExpressions expressions;
    return expressions;
  }

  StreamScene Scene() {
    return {stream_,
            kTables,
            {},
            {minutes(15), hours(24), start_},
            core::sync::DeletePolicy::kMark,
            brake_,
            [this](const std::string& action, const Json& input) {
              return depot_.Perform(action, input);
            },
            sink_,
            only_};
  }

  Result<StreamReader::Pace> Step() { return reader_->Step(Scene(), at_); }

  void Hear(const std::string& type, const Json& parcel, WallTime at) {
    EXPECT_THAT(reader_->Hear(Scene(), at_, type, {{"parcel", parcel}}, at), IsOk());
  }

  /// Until nothing is due any more.
  void ReadAll() {
    for (int steps = 0; steps < 2000; ++steps) {
      const auto pace = Step();
      ASSERT_THAT(pace, IsOk());
      if (*pace == StreamReader::Pace::kDone) return;
    }
    FAIL() << "it never ends";
  }

  void ReadAllAgainAfter(Millis time) {
    clock_.Advance(time);
    ReadAll();
  }

  std::string Label(int id) {
    const auto row = sink_.Row(kTables, "parcels", std::to_string(id));
    if (!row) return "none";
    return row->deleted_at ? "gone" : row->cells[1].value_or("null");
  }

  std::size_t Rows() {
    return sink_.KeysIn(kTables, stream_, {WallTime(), clock_.Now() + hours(1)}).value().size();
  }

  /// What the ledger says of a parcel: the code of what leaves it out, "imported", or "nothing".
  std::string Ledger(int id) {
    const auto found = skips_.Find(Place(), std::to_string(id)).value();
    if (!found) return "nothing";
    return found->imported_at ? "imported" : found->skip.code;
  }

  ports::SyncPlace Place() const { return {at_.slot, at_.account, at_.sync, at_.stream}; }

  std::vector<ports::SyncReceipt> Receipts() { return ledger_.Receipts(Place(), 1000).value(); }

  testing::FakeClock clock_;
  WallTime start_;
  testing::Depot depot_{clock_};
  Stream stream_ = testing::ParcelStream();
  core::sync::DeleteBrake brake_;
  testing::MemorySyncStore syncs_;
  testing::MemorySyncLedger ledger_{&syncs_};
  testing::MemorySkipLedger skips_;
  core::sync::ImportFilter only_;
  testing::MemoryRowSink sink_{&syncs_};
  ports::SyncStream at_;
  std::unique_ptr<StreamReader> reader_;
};

TEST_F(StreamReading, TakesEverythingAndProvesIt) {
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  EXPECT_EQ(Rows(), 100U);
  EXPECT_EQ(Label(7), "tea");
  std::int64_t counted = 0;
  for (const ports::SyncReceipt& receipt : Receipts()) {
    EXPECT_TRUE(receipt.proven);
    counted += receipt.counted.value_or(0);
  }
  EXPECT_EQ(counted, 100);
  EXPECT_GE(at_.written, 100) << "the first page of a window that is cut is written twice";
  EXPECT_EQ(at_.requests, depot_.requests);
  EXPECT_GT(at_.due_at, clock_.Now());
}

TEST_F(StreamReading, GoesOnAfterACrashWithoutReadingWhatIsDone) {
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  for (int steps = 0; steps < 9; ++steps) ASSERT_THAT(Step(), IsOk());
  Restart();
  ReadAll();
  EXPECT_EQ(Rows(), 100U);
  // Of 100 parcels in windows of at most 40: ten full pages or parts of such, and what is cut.
  constexpr int kUndisturbed = 16;
  EXPECT_LE(depot_.requests, kUndisturbed + 3) << "at most the pages of one window again";
}

TEST_F(StreamReading, LosesAndDoublesNothingWhereverItDies) {
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  for (int dies = 1; dies <= 20; ++dies) {
    for (int steps = 0; steps < dies % 4 + 1; ++steps) ASSERT_THAT(Step(), IsOk());
    Restart();
  }
  ReadAll();
  EXPECT_EQ(Rows(), 100U);
}

TEST_F(StreamReading, TakesTheStepAgainThatFailed) {
  for (int id = 1; id <= 30; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ASSERT_THAT(Step(), IsOk());
  depot_.failure = Unavailable("DEPOT_UNAVAILABLE", "closed");
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kUnavailable, "DEPOT_UNAVAILABLE"));
  depot_.failure.reset();
  sink_.failure = Unavailable("DATABASE_UNAVAILABLE", "away");
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  sink_.failure.reset();
  ReadAll();
  EXPECT_EQ(Rows(), 30U);
  for (const ports::SyncReceipt& receipt : Receipts()) EXPECT_TRUE(receipt.proven);
}

TEST_F(StreamReading, MissesNothingWhereAPageMoves) {
  for (int id = 1; id <= 35; ++id) depot_.Send(id, start_ + minutes(10 * id));
  depot_.before = [this] {
    if (depot_.requests == 2) depot_.parcels.erase(3);
  };
  ReadAll();
  for (int id = 1; id <= 35; ++id) {
    if (id == 3) continue;
    EXPECT_EQ(Label(id), "tea") << id;
  }
}

TEST_F(StreamReading, TakesARowForGoneAfterTwoReadingsAndAQuestion) {
  for (int id = 1; id <= 20; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  depot_.parcels.erase(5);
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(5), "tea") << "one reading proves nothing";
  EXPECT_THAT(ledger_.Suspects(Place()).value(), SizeIs(1));
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(5), "gone");
  EXPECT_EQ(Label(6), "tea");
  EXPECT_THAT(ledger_.Suspects(Place()).value(), IsEmpty());
}

TEST_F(StreamReading, AsksAPersonBeforeManyRowsGo) {
  for (int id = 1; id <= 30; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  for (int id = 1; id <= 10; ++id) depot_.parcels.erase(id);
  ReadAllAgainAfter(hours(24));
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(1), "tea");
  EXPECT_EQ(at_.error, "SYNC_DELETES_BRAKED");
  brake_ = {.count = 100, .percent = 100};
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(1), "gone");
  EXPECT_EQ(at_.error, "");
}

TEST_F(StreamReading, HoldsDeletesUntilSomebodyApprovesThem) {
  brake_ = {.count = 1, .percent = 0};
  for (int id = 1; id <= 40; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  for (int id = 1; id <= 5; ++id) depot_.parcels.erase(id);
  ReadAllAgainAfter(hours(24));
  ReadAllAgainAfter(hours(24));
  ASSERT_EQ(at_.error, kDeletesBraked);
  ReadAllAgainAfter(minutes(15));
  EXPECT_EQ(at_.error, kDeletesBraked) << "a look at what is new says nothing of what is gone";
  at_.error = kDeletesApproved;
  at_.whole_at.reset();
  ReadAllAgainAfter(minutes(1));
  EXPECT_EQ(Label(1), "gone");
  EXPECT_EQ(at_.error, "") << "it was for one reading only";
}

TEST_F(StreamReading, ReadsOnlyWhatIsNewBetweenReadingsOfEverything) {
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  const int before = depot_.requests;
  depot_.Send(101, clock_.Now() + minutes(5), "new");
  ReadAllAgainAfter(minutes(15));
  EXPECT_EQ(Label(101), "new");
  EXPECT_LE(depot_.requests - before, 2);
}

TEST_F(StreamReading, ReadsChangesUntilTheyAreKnown) {
  core::sync::Reading changes = stream_.list;
  changes.action = "parcels.changes";
  stream_.changes = changes;
  stream_.changed_at = Source{{"changed_at"}, {}};
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  const int before = depot_.requests;
  const auto second = std::chrono::floor<seconds>(clock_.Now() + minutes(1));
  depot_.parcels[4]["label"] = "changed";
  depot_.parcels[4]["changed_at"] = second.time_since_epoch().count();
  ReadAllAgainAfter(minutes(15));
  EXPECT_EQ(Label(4), "changed");
  EXPECT_LE(depot_.requests - before, 2);
}

TEST_F(StreamReading, HearsEventsAtOnceAndInAnyOrder) {
  const WallTime noon = clock_.Now();
  const auto parcel = [](const char* label) { return Json{{"id", 1}, {"label", label}}; };
  Hear("parcel.weighed", parcel("weighed"), noon);
  Hear("parcel.sent", parcel("sent"), noon);
  EXPECT_EQ(Label(1), "weighed") << "of one second the later stands";
  Hear("parcel.painted", parcel("painted"), noon + hours(1));
  EXPECT_EQ(Label(1), "weighed") << "of which the stream knows nothing";
  Hear("parcel.lost", parcel(""), noon + minutes(1));
  EXPECT_EQ(Label(1), "gone");
  Hear("parcel.weighed", parcel("late"), noon + seconds(30));
  EXPECT_EQ(Label(1), "gone");
  EXPECT_EQ(sink_.Row(kTables, "parcels", "1")->cells[1], "late") << "it is marked, not emptied";
}

TEST_F(StreamReading, LetsNoOldPageStandAgainstAnEvent) {
  depot_.Send(1, start_ + minutes(10), "as listed");
  Hear("parcel.weighed", {{"id", 1}, {"label", "as told"}}, clock_.Now() + minutes(1));
  ReadAll();
  EXPECT_EQ(Label(1), "as told");
}

TEST_F(StreamReading, SetsAsideAnEventThatCannotBecomeARow) {
  Hear("parcel.sent", {{"label", "tea"}}, clock_.Now());
  EXPECT_THAT(ledger_.Rejected(Place(), 10).value(), SizeIs(1));
}

TEST_F(StreamReading, SetsAsideWhatCannotBecomeARow) {
  for (int id = 1; id <= 20; ++id) depot_.Send(id, start_ + minutes(10 * id));
  depot_.parcels[7].erase("id");
  ReadAll();
  EXPECT_EQ(Rows(), 19U);
  const auto rejected = ledger_.Rejected(Place(), 10).value();
  ASSERT_THAT(rejected, SizeIs(1));
  EXPECT_EQ(rejected[0].code, "SYNC_OBJECT_WITHOUT_KEY");
  EXPECT_TRUE(Receipts().at(0).proven) << "it was counted and read";
}

TEST_F(StreamReading, SetsAsideARowThatTheTableRefuses) {
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  sink_.refused_keys = {"7", "64"};
  ReadAll();
  EXPECT_EQ(Rows(), 98U);
  EXPECT_EQ(at_.error, "");
  EXPECT_THAT(ledger_.RejectsOf(Place(), "7").value(),
              ElementsAre(::testing::Field(&ports::SyncReject::code, "SYNC_ROW_REFUSED")));
  EXPECT_THAT(ledger_.RejectsOf(Place(), "64").value(), SizeIs(1));
  EXPECT_GE(at_.rejected, 2);
  sink_.refused_keys.clear();
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Rows(), 100U) << "the constraint is gone, and the next reading brings them";
}

TEST_F(StreamReading, StandsStillWhereTheTableRefusesNearlyEverything) {
  stream_.shape.per_page = 40;
  std::vector<HeardEvent> events;
  for (int id = 1; id <= 40; ++id) {
    sink_.refused_keys.insert(std::to_string(id));
    events.push_back({"parcel.sent", {{"parcel", {{"id", id}, {"label", "tea"}}}}, clock_.Now()});
  }
  EXPECT_THAT(reader_->HearAll(Scene(), at_, events),
              FailsWith(ErrorKind::kInvalid, "SYNC_ROW_REFUSED"));
}

TEST_F(StreamReading, LetsOneRefusedEventHoldUpNoOther) {
  sink_.refused_keys = {"2"};
  const auto heard = reader_->HearAll(
      Scene(), at_,
      {{"parcel.sent", {{"parcel", {{"id", 1}, {"label", "tea"}}}}, clock_.Now()},
       {"parcel.sent", {{"parcel", {{"id", 2}, {"label", "sand"}}}}, clock_.Now()},
       {"parcel.sent", {{"parcel", {{"id", 3}, {"label", "salt"}}}}, clock_.Now()}});
  ASSERT_THAT(heard, IsOk());
  EXPECT_EQ(*heard, 2);
  EXPECT_EQ(Label(1), "tea");
  EXPECT_EQ(Label(2), "none");
  EXPECT_EQ(Label(3), "salt");
}

TEST_F(StreamReading, ReadsEachByItselfWhereTheListLeavesPartsOut) {
  stream_.detailed = true;
  for (int id = 1; id <= 5; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  EXPECT_EQ(Rows(), 5U);
  EXPECT_EQ(depot_.requests, 6);
  EXPECT_EQ(at_.requests, 6);
}

// ---- What events name

class NamedReading : public StreamReading {
 protected:
  NamedReading() {
    stream_.by_name = true;
    stream_.event_program = ".parcel_id";
    ReadAll();
    EXPECT_EQ(depot_.requests, 0) << "there is no list to read";
    EXPECT_GT(at_.due_at, clock_.Now());
  }

  void Name(int id) {
    ASSERT_THAT(reader_->Hear(Scene(), at_, "parcel.sent", {{"parcel_id", id}}, clock_.Now()),
                IsOk());
    Restart();  // the stream has moved
  }

  std::vector<std::string> RejectsOf(int id) {
    std::vector<std::string> codes;
    for (const auto& each : ledger_.RejectsOf(Place(), std::to_string(id)).value())
      codes.push_back(each.code);
    return codes;
  }
};

TEST_F(NamedReading, ReadsEachThatAnEventNames) {
  depot_.Send(5, start_, "tea");
  depot_.Send(6, start_, "salt");
  Name(5);
  EXPECT_LE(at_.due_at, clock_.Now()) << "it looks now";
  ReadAll();
  EXPECT_EQ(Label(5), "tea");
  EXPECT_EQ(Label(6), "none") << "nobody has named it";
  EXPECT_EQ(depot_.requests, 1);
}

TEST_F(NamedReading, ReadsAgainWhatIsNamedAgain) {
  depot_.Send(5, start_, "tea");
  Name(5);
  ReadAll();
  depot_.Send(5, start_, "green tea");
  clock_.Advance(minutes(1));
  Name(5);
  ReadAll();
  EXPECT_EQ(Label(5), "green tea");
}

TEST_F(NamedReading, LooksAgainForWhatIsNotThereYet) {
  Name(5);
  ReadAll();
  EXPECT_EQ(Label(5), "none");
  depot_.Send(5, start_, "late");
  ReadAllAgainAfter(minutes(2));
  EXPECT_EQ(Label(5), "late");
  EXPECT_THAT(RejectsOf(5), IsEmpty());
}

TEST_F(NamedReading, SaysInTheEndThatItNeverWasThere) {
  Name(5);
  for (int day = 0; day < 10; ++day) ReadAllAgainAfter(hours(25));
  EXPECT_THAT(RejectsOf(5), ElementsAre("SYNC_OBJECT_NEVER_SHOWN"));
  EXPECT_EQ(depot_.requests, 6);
}

TEST_F(NamedReading, SaysThatTheCompanyIsNotEntitled) {
  depot_.failure = Forbidden("DEPOT_FORBIDDEN", "the add-on was not bought");
  Name(5);
  ReadAll();
  EXPECT_EQ(at_.error, kNotEntitled);
  EXPECT_THAT(RejectsOf(5), ElementsAre(kNotEntitled));
  depot_.failure.reset();
  depot_.Send(6, start_, "tea");
  Name(6);
  ReadAll();
  EXPECT_EQ(at_.error, "") << "it was bought";
  EXPECT_EQ(Label(6), "tea");
}

TEST_F(NamedReading, AsksAgainWhereTheProviderIsAway) {
  depot_.Send(5, start_, "tea");
  Name(5);
  depot_.failure = Unavailable("DEPOT_UNAVAILABLE", "closed");
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kUnavailable, "DEPOT_UNAVAILABLE"));
  depot_.failure.reset();
  Restart();
  ReadAllAgainAfter(minutes(2));
  EXPECT_EQ(Label(5), "tea");
}

TEST_F(NamedReading, LetsOneThatFailsHoldUpNoOther) {
  for (const int id : {4, 5, 6}) {
    depot_.Send(id, start_, "tea");
    Name(id);
  }
  depot_.before = [this] {  // the second that is asked for, each time
    depot_.failure.reset();
    if (depot_.asked_for == 5) depot_.failure = Unavailable("DEPOT_UNAVAILABLE", "closed");
  };
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kUnavailable, "DEPOT_UNAVAILABLE"));
  Restart();
  ReadAll();
  EXPECT_EQ(Label(4), "tea");
  EXPECT_EQ(Label(5), "none");
  EXPECT_EQ(Label(6), "tea") << "it stood behind the one that fails";
  depot_.before = nullptr;
  depot_.failure.reset();
  ReadAllAgainAfter(minutes(2));
  EXPECT_EQ(Label(5), "tea");
}

TEST_F(NamedReading, KeepsWhatItReadWhileOthersAreNamed) {
  for (int id = 1; id <= 5; ++id) {
    depot_.Send(id, start_, "tea");
    Name(id);
  }
  int others = 100;
  depot_.before = [&] {  // news come as fast as it reads
    depot_.Send(++others, start_, "more");
    EXPECT_THAT(reader_->Hear(Scene(), at_, "parcel.sent", {{"parcel_id", others}}, clock_.Now()),
                IsOk());
  };
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kConflict, "SYNC_MOVED"));
  for (int id = 1; id <= 5; ++id) EXPECT_EQ(Label(id), "tea");
  EXPECT_EQ(depot_.requests, 5);
  depot_.before = nullptr;
  Restart();
  ReadAll();
  EXPECT_EQ(Label(105), "more");
  EXPECT_EQ(depot_.requests, 10) << "nothing was read twice";
}

TEST_F(NamedReading, SetsAsideWhatIsNoObject) {
  depot_.parcels[5] = Json();
  Name(5);
  for (int day = 0; day < 10; ++day) ReadAllAgainAfter(hours(25));
  EXPECT_THAT(RejectsOf(5), ElementsAre("SYNC_OBJECT_UNREADABLE"));
  EXPECT_EQ(at_.error, "");
}

TEST_F(NamedReading, SaysNoMoreThatSomethingHinderedItOnceNothingIsDue) {
  at_.error = "DATABASE_UNAVAILABLE";
  ReadAllAgainAfter(hours(25));
  EXPECT_EQ(at_.error, "");
}

TEST_F(NamedReading, SetsAsideAnEventThatNamesNothing) {
  ASSERT_THAT(reader_->Hear(Scene(), at_, "parcel.sent", {{"other", 1}}, clock_.Now()), IsOk());
  EXPECT_THAT(RejectsOf(0), IsEmpty());
  EXPECT_THAT(ledger_.Rejected(Place(), 10).value(), SizeIs(1));
}

// ---- What rules leave out

TEST_F(StreamReading, LeavesOutWhatTheRulesDoNotLetInAndStillProvesTheWindow) {
  only_.when = ".label == \"tea\"";
  for (int id = 1; id <= 30; ++id)
    depot_.Send(id, start_ + minutes(10 * id), id % 3 == 0 ? "salt" : "tea");
  ReadAll();
  EXPECT_EQ(Rows(), 20U);
  EXPECT_EQ(Label(3), "none");
  EXPECT_EQ(Ledger(3), "WHEN_NOT_MET");
  EXPECT_EQ(Ledger(1), "nothing");
  EXPECT_EQ(skips_.Counts(Place()).value().at("when"), 10);
  for (const ports::SyncReceipt& receipt : Receipts()) EXPECT_TRUE(receipt.proven);
}

TEST_F(StreamReading, LetsInLaterWhatPassesThen) {
  only_.when = ".label == \"tea\"";
  depot_.Send(1, start_ + minutes(10), "salt");
  ReadAll();
  ASSERT_EQ(Ledger(1), "WHEN_NOT_MET");
  depot_.parcels[1]["label"] = "tea";
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(1), "tea");
  EXPECT_EQ(Ledger(1), "imported");
}

TEST_F(StreamReading, KeepsAndRenewsWhatWouldNotPassAnyMore) {
  only_.when = ".label == \"tea\"";
  depot_.Send(1, start_ + minutes(10), "tea");
  ReadAll();
  depot_.parcels[1]["label"] = "salt";
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(1), "salt") << "rules stand at the door only";
  EXPECT_EQ(Ledger(1), "nothing");
  depot_.parcels.erase(1);
  ReadAllAgainAfter(hours(24));
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(1), "gone");
}

TEST_F(StreamReading, TakesNothingForGoneThatWasLeftOut) {
  only_.when = ".label == \"tea\"";
  for (int id = 1; id <= 20; ++id) depot_.Send(id, start_ + minutes(10 * id), "salt");
  ReadAll();
  ReadAllAgainAfter(hours(24));
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Rows(), 0U);
  EXPECT_THAT(ledger_.Suspects(Place()).value(), IsEmpty());
  EXPECT_EQ(skips_.Find(Place(), "1").value()->looks, 3);
}

TEST_F(StreamReading, AsksTheRulesAboutEventsAsWell) {
  only_.when = ".label == \"tea\"";
  const WallTime noon = clock_.Now();
  Hear("parcel.sent", {{"id", 1}, {"label", "salt"}}, noon);
  EXPECT_EQ(Label(1), "none");
  EXPECT_EQ(Ledger(1), "WHEN_NOT_MET");
  Hear("parcel.lost", {{"id", 1}, {"label", "tea"}}, noon + seconds(1));
  EXPECT_EQ(Label(1), "none") << "what has no row is not marked";
  Hear("parcel.weighed", {{"id", 1}, {"label", "tea"}}, noon + seconds(2));
  EXPECT_EQ(Label(1), "tea");
  EXPECT_EQ(Ledger(1), "imported");
  Hear("parcel.lost", {{"id", 1}, {"label", "salt"}}, noon + seconds(3));
  EXPECT_EQ(Label(1), "gone");
}

TEST_F(StreamReading, LeavesOutARecordThatARuleFailsOnAndGoesOn) {
  only_.when = ".label | startswith(\"t\")";
  for (int id = 1; id <= 20; ++id) depot_.Send(id, start_ + minutes(10 * id));
  depot_.parcels[7]["label"] = 7;
  ReadAll();
  EXPECT_EQ(Rows(), 19U);
  EXPECT_EQ(Ledger(7), "RULE_FAILED");
}

TEST_F(StreamReading, TakesTheStepAgainThatTheLedgerFailed) {
  only_.when = ".label == \"tea\"";
  for (int id = 1; id <= 20; ++id)
    depot_.Send(id, start_ + minutes(10 * id), id == 5 ? "salt" : "tea");
  ASSERT_THAT(Step(), IsOk());
  skips_.failure = Unavailable("DATABASE_UNAVAILABLE", "away");
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  skips_.failure.reset();
  ReadAll();
  EXPECT_EQ(Rows(), 19U);
  EXPECT_EQ(Ledger(5), "WHEN_NOT_MET");
}

// ---- The first import

TEST_F(StreamReading, ImportsTheNewestOfTheFirstReadingAndEverythingAfterIt) {
  only_.first_import = 15;
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  EXPECT_EQ(Rows(), 15U);
  EXPECT_EQ(Label(85), "none");
  EXPECT_EQ(Ledger(85), "FIRST_IMPORT_CAP");
  EXPECT_EQ(Label(86), "tea");
  EXPECT_EQ(Ledger(86), "imported");
  for (int id = 101; id <= 130; ++id) depot_.Send(id, clock_.Now() + seconds(id));
  ReadAllAgainAfter(minutes(15));
  EXPECT_EQ(Rows(), 45U) << "all that is new";
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Rows(), 45U) << "what is older than the line stays outside";
}

TEST_F(StreamReading, CountsOnlyWhatTheRulesLetIn) {
  only_.first_import = 10;
  only_.when = ".label == \"tea\"";
  for (int id = 1; id <= 100; ++id)
    depot_.Send(id, start_ + minutes(10 * id), id % 2 == 0 ? "salt" : "tea");
  ReadAll();
  EXPECT_EQ(Rows(), 10U);
  EXPECT_EQ(Label(81), "tea");
  EXPECT_EQ(Label(79), "none");
  EXPECT_EQ(Ledger(82), "WHEN_NOT_MET");
  EXPECT_EQ(Ledger(79), "FIRST_IMPORT_CAP");
}

TEST_F(StreamReading, ImportsAllOfTheFirstReadingWhereItIsLessThanTheCap) {
  only_.first_import = 200;
  for (int id = 1; id <= 30; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  EXPECT_EQ(Rows(), 30U);
}

TEST_F(StreamReading, DrawsTheSameLineWhereverItDies) {
  only_.first_import = 15;
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  for (int dies = 1; dies <= 30; ++dies) {
    for (int steps = 0; steps < dies % 4 + 1; ++steps) ASSERT_THAT(Step(), IsOk());
    Restart();
  }
  ReadAll();
  EXPECT_EQ(Rows(), 15U);
  EXPECT_EQ(Label(86), "tea");
}

TEST_F(StreamReading, DrawsTheLineAgainWhereTheLedgerFailedJustThen) {
  only_.first_import = 15;
  for (int id = 1; id <= 30; ++id) depot_.Send(id, start_ + minutes(10 * id));
  for (int steps = 0; steps < 100 && !(at_.reading && at_.reading->position.windows.empty());
       ++steps)
    ASSERT_THAT(Step(), IsOk());
  skips_.failure = Unavailable("DATABASE_UNAVAILABLE", "away");
  EXPECT_THAT(Step(), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  EXPECT_FALSE(at_.whole_at) << "it may be stored as it stands, with what hindered it";
  skips_.failure.reset();
  ReadAll();
  EXPECT_EQ(Rows(), 15U);
}

TEST_F(StreamReading, TakesWhatIsNewWhileTheFirstReadingGoesOn) {
  only_.first_import = 5;
  for (int id = 1; id <= 100; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ASSERT_THAT(Step(), IsOk());
  ASSERT_THAT(Step(), IsOk());
  const auto sent = [](WallTime at) {
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
  };
  const WallTime later = clock_.Now() + minutes(1);
  Hear("parcel.sent", {{"id", 101}, {"label", "new"}, {"sent_at", sent(later)}}, later);
  EXPECT_EQ(Label(101), "new");
  Hear("parcel.weighed", {{"id", 1}, {"label", "old"}, {"sent_at", sent(start_)}}, later);
  EXPECT_EQ(Label(1), "none");
  ReadAll();
  EXPECT_EQ(Rows(), 6U);
}

TEST_F(StreamReading, HasNoCapThatComesAfterTheFirstReading) {
  for (int id = 1; id <= 30; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  only_.first_import = 5;
  depot_.Send(31, start_ + minutes(15));
  ReadAllAgainAfter(hours(24));
  EXPECT_EQ(Label(31), "tea");
}

}  // namespace
}  // namespace sb::accounts
