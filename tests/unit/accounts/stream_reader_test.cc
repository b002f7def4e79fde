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
#include "tests/support/memory_sync_store.h"

namespace sb::accounts {
namespace {

using core::sync::Column;
using core::sync::ColumnType;
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

constexpr int kPerPage = 10;
constexpr const char* kTables = "parcels_of_acme";

Column ParcelColumn(const std::string& name, ColumnType type) {
  Column column;
  column.name = name;
  column.type = type;
  column.from.path = {name};
  return column;
}

Stream ParcelStream() {
  Stream stream;
  stream.name = "parcels";
  stream.singular = "parcel";
  stream.key = {"id"};
  stream.columns = {ParcelColumn("id", ColumnType::kBigint),
                    ParcelColumn("label", ColumnType::kText),
                    ParcelColumn("sent_at", ColumnType::kTimestamp)};
  stream.list.action = "parcels.list";
  stream.list.with = {{"from", "${ $from }"}, {"to", "${ $to }"}, {"page", "${ $page }"}};
  stream.list.items.path = {"found"};
  stream.list.more = Source{{"more"}, {}};
  stream.list.total = Source{{"total"}, {}};
  stream.shape = {
      .windowed = true, .most = 0, .per_page = kPerPage, .reach = Millis(0), .comfortable = 40};
  stream.window_at = Source{{"sent_at"}, {}};
  stream.overlap = hours(1);
  core::sync::Reading get;
  get.action = "parcels.get";
  get.with = {{"id", "${ $id }"}};
  stream.get = get;
  stream.live = {{"parcel.sent", 0, false}, {"parcel.weighed", 1, false}, {"parcel.lost", 2, true}};
  stream.event_program = ".parcel";
  return stream;
}

/// A parcel service and its API.
class Depot {
 public:
  explicit Depot(testing::FakeClock& clock) : clock_(clock) {}

  void Send(int id, WallTime at, const std::string& label = "tea") {
    const auto second = std::chrono::floor<seconds>(at).time_since_epoch().count();
    parcels[id] = {{"id", id}, {"label", label}, {"sent_at", second}, {"changed_at", second}};
  }

  Result<Json> Perform(const std::string& action, const Json& input) {
    ++requests;
    clock_.Advance(Millis(10));
    if (before) before();
    if (failure) return *failure;
    if (action == "parcels.get") return Get(input);
    return List(input, action == "parcels.changes");
  }

  std::map<int, Json> parcels;
  std::function<void()> before;  ///< Happens before each answer.
  std::optional<Error> failure;
  int requests = 0;

 private:
  Result<Json> Get(const Json& input) {
    const auto found = parcels.find(std::stoi(input.at("id").get<std::string>()));
    if (found == parcels.end()) return NotFound("DEPOT_NOT_FOUND", "no such parcel");
    return found->second;
  }

  Result<Json> List(const Json& input, bool changes) {
    std::vector<Json> found;
    for (const auto& [id, parcel] : parcels) {
      const Json& sent = Member(parcel, "sent_at");
      const bool inside =
          changes || !sent.is_number() || (sent >= input.at("from") && sent <= input.at("to"));
      if (inside) found.push_back(parcel);
    }
    const char* order = changes ? "changed_at" : "sent_at";
    std::ranges::stable_sort(found, [&](const Json& a, const Json& b) {
      return changes ? a.at(order) > b.at(order) : Member(a, order) < Member(b, order);
    });
    const auto first = static_cast<std::size_t>(input.at("page").get<int>() - 1) * kPerPage;
    Json page = Json::array();
    for (std::size_t i = first; i < std::min(found.size(), first + kPerPage); ++i)
      page.push_back(found[i]);
    return Json{
        {"found", page}, {"total", found.size()}, {"more", found.size() > first + kPerPage}};
  }

  testing::FakeClock& clock_;
};

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
    reader_ =
        std::make_unique<StreamReader>(StreamReader::Dependencies{syncs_, ledger_, Jq(), clock_});
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
            sink_};
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

  ports::SyncPlace Place() const { return {at_.slot, at_.account, at_.sync, at_.stream}; }

  std::vector<ports::SyncReceipt> Receipts() { return ledger_.Receipts(Place(), 1000).value(); }

  testing::FakeClock clock_;
  WallTime start_;
  Depot depot_{clock_};
  Stream stream_ = ParcelStream();
  core::sync::DeleteBrake brake_;
  testing::MemorySyncStore syncs_;
  testing::MemorySyncLedger ledger_;
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

TEST_F(StreamReading, ReadsEachByItselfWhereTheListLeavesPartsOut) {
  stream_.detailed = true;
  for (int id = 1; id <= 5; ++id) depot_.Send(id, start_ + minutes(10 * id));
  ReadAll();
  EXPECT_EQ(Rows(), 5U);
  EXPECT_EQ(depot_.requests, 6);
  EXPECT_EQ(at_.requests, 6);
}

}  // namespace
}  // namespace sb::accounts
