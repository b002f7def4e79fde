// Tables are held against their provider: what is missing, too many or otherwise is found and
// named, what merely changes meanwhile is not blamed, and what could not be looked at is said.
#include "engine/accounts/stream_comparison.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/accounts/stream_reader.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/core/sync/table_plan.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_store.h"
#include "tests/unit/accounts/depot.h"

namespace sb::accounts {
namespace {

using core::sync::DeletePolicy;
using core::sync::ProofDepth;
using core::sync::StreamProof;
using core::sync::Verdict;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

constexpr const char* kCompared = "parcels_of_acme";
constexpr int kParcels = 100;

class StreamComparing : public ::testing::Test {
 protected:
  StreamComparing() {
    start_ = clock_.Now() - hours(24);
    for (int id = 1; id <= kParcels; ++id) depot_.Send(id, start_ + minutes(10 * id));
    ports::Sync sync;
    sync.id = ports::SyncId(1);
    sync.slot = 17;
    sync.account = AccountId(1001);
    at_.slot = sync.slot;
    at_.account = sync.account;
    at_.sync = sync.id;
    at_.stream = "parcels";
    EXPECT_THAT(syncs_.Open(sync, {at_}), IsOk());
    const auto plan = core::sync::PlanTables(core::sync::WantedTables({&stream_}), {});
    EXPECT_THAT(sink_.Prepare(kCompared, plan), IsOk());
    Replicate();
    depot_.requests = 0;
  }

  static const core::workflow::Expressions& Jq() {
    static const adapters::jq::JqExpressions expressions;
    return expressions;
  }

  PerformAction ThroughDepot() {
    return [this](const std::string& action, const Json& input) {
      if (before_action_) before_action_(action);
      return depot_.Perform(action, input);
    };
  }

  void Replicate() {
    StreamReader reader({syncs_, ledger_, skips_, Jq(), clock_});
    const StreamScene scene{
        stream_,        kCompared, {},   {minutes(15), hours(24), start_}, {}, {},
        ThroughDepot(), sink_,     only_};
    for (int steps = 0; steps < 1000; ++steps) {
      const auto pace = reader.Step(scene, at_);
      ASSERT_THAT(pace, IsOk());
      if (*pace == StreamReader::Pace::kDone) return;
    }
    FAIL() << "it never ends";
  }

  StreamProof Compare(ProofDepth depth, DeletePolicy deletes = DeletePolicy::kMark) {
    ComparisonScene scene{
        stream_,
        kCompared,
        {start_, clock_.Now()},
        depth,
        20,
        deletes,
        ThroughDepot(),
        sink_,
        [this](const auto& /*window*/, const auto& /*total*/, const StreamProof& so_far) {
          return !patience_ || so_far.requests < *patience_;
        }};
    if (!only_.empty()) {
      scene.left_out = [this](const auto& keys) {
        return skips_.Skipped({at_.slot, at_.account, at_.sync, at_.stream}, keys);
      };
    }
    StreamComparison comparison(fetcher_, clock_, scene);
    StreamProof proof = comparison.Run();
    stopped_ = comparison.stopped();
    return proof;
  }

  static Verdict VerdictOn(const StreamProof& proof) {
    core::sync::VerifyReceipt receipt;
    receipt.streams = {proof};
    core::sync::Conclude(receipt);
    return receipt.verdict;
  }

  core::sync::StoredRow Row(int id) {
    return sink_.Row(kCompared, "parcels", std::to_string(id)).value();
  }

  void Tamper(int id, std::optional<core::sync::StoredRow> row) {
    sink_.Tamper(kCompared, "parcels", std::to_string(id), std::move(row));
  }

  testing::FakeClock clock_;
  WallTime start_;
  testing::Depot depot_{clock_};
  core::sync::Stream stream_ = testing::ParcelStream();
  core::sync::ImportFilter only_;  ///< What of it is imported; empty: everything.
  testing::MemorySyncStore syncs_;
  testing::MemorySyncLedger ledger_;
  testing::MemorySkipLedger skips_;
  testing::MemoryRowSink sink_{&syncs_};
  ports::SyncStream at_;
  StreamFetcher fetcher_{Jq(), clock_};
  std::function<void(const std::string&)> before_action_;
  std::optional<std::int64_t> patience_;  ///< So many requests are waited for.
  bool stopped_ = false;
};

TEST_F(StreamComparing, CountsWindowsWithARequestOrTwoForEach) {
  const StreamProof proof = Compare(ProofDepth::kCounts);
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
  EXPECT_EQ(proof.sum.counted, kParcels);
  EXPECT_EQ(proof.sum.rows, kParcels);
  EXPECT_EQ(proof.sum.compared, 0);
  // All of it, three thirds of a day, and the halves of two of them.
  EXPECT_LE(proof.requests, 10);
  EXPECT_EQ(proof.requests, depot_.requests);
}

TEST_F(StreamComparing, ComparesEveryRow) {
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
  EXPECT_GE(proof.sum.compared, kParcels);
  EXPECT_EQ(proof.sum.shown, kParcels);
}

TEST_F(StreamComparing, FindsCompleteWhatRulesHaveMadeOfIt) {
  only_.when = ".id != 101";
  depot_.Send(101, clock_.Now() - minutes(5));
  clock_.Advance(hours(25));
  Replicate();
  for (const ProofDepth depth : {ProofDepth::kCounts, ProofDepth::kAll}) {
    const StreamProof proof = Compare(depth);
    EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
    EXPECT_EQ(proof.sum.shown, kParcels + 1);
    EXPECT_EQ(proof.sum.rows, kParcels);
    EXPECT_EQ(proof.sum.left_out, 1);
  }
  Tamper(7, {});
  EXPECT_THAT(Compare(ProofDepth::kCounts).missing, ElementsAre("7")) << "no rule left that out";
}

TEST_F(StreamComparing, NamesTheRowThatIsMissingThoughItOnlyCounts) {
  Tamper(7, {});
  const StreamProof proof = Compare(ProofDepth::kCounts);
  EXPECT_EQ(VerdictOn(proof), Verdict::kDiffers);
  EXPECT_THAT(proof.missing, ElementsAre("7"));
  EXPECT_EQ(proof.sum.rows, kParcels - 1);
  EXPECT_EQ(proof.miscounts, 0) << "the window whose count differs is read";
}

TEST_F(StreamComparing, MissesARowThatWasTakenForGone) {
  core::sync::StoredRow row = Row(7);
  row.deleted_at = clock_.Now() - hours(1);
  Tamper(7, row);
  EXPECT_THAT(Compare(ProofDepth::kAll).missing, ElementsAre("7"));
}

TEST_F(StreamComparing, NamesTheRowWhoseObjectIsGone) {
  depot_.parcels.erase(7);
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_THAT(proof.surplus, ElementsAre("7"));
  EXPECT_EQ(VerdictOn(proof), Verdict::kDiffers);
}

TEST_F(StreamComparing, SaysThatAnObjectIsGoneThoughTheListShowsIt) {
  Tamper(7, {});
  before_action_ = [&](const std::string& action) {
    if (action == "parcels.get") depot_.parcels.erase(7);
  };
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_EQ(proof.sum.gone, 1);
  EXPECT_EQ(proof.sum.changed, 0) << "nobody changed it";
  EXPECT_THAT(proof.missing, IsEmpty()) << "the table is right";
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
}

TEST_F(StreamComparing, BlamesNoRowThatIsKeptOnPurpose) {
  depot_.parcels.erase(7);
  const StreamProof proof = Compare(ProofDepth::kAll, DeletePolicy::kKeep);
  EXPECT_EQ(proof.sum.kept, 1);
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
}

TEST_F(StreamComparing, NamesTheColumnsThatDiffer) {
  core::sync::StoredRow row = Row(7);
  row.cells[1] = "coffee";
  Tamper(7, row);
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_THAT(proof.differing, ElementsAre(core::sync::DifferingRow{"7", {"label"}}));
  EXPECT_EQ(VerdictOn(proof), Verdict::kDiffers);
  EXPECT_EQ(VerdictOn(Compare(ProofDepth::kCounts)), Verdict::kComplete) << "counts agree";
}

TEST_F(StreamComparing, FindsInASampleWhatHoldsForAllRows) {
  for (int id = 1; id <= kParcels; ++id) {
    core::sync::StoredRow row = Row(id);
    row.cells[1] = "coffee";
    Tamper(id, row);
  }
  const StreamProof proof = Compare(ProofDepth::kSample);
  EXPECT_EQ(VerdictOn(proof), Verdict::kDiffers);
  EXPECT_GE(proof.sum.compared, 20);
  EXPECT_LT(proof.sum.compared, kParcels);
  EXPECT_EQ(proof.sum.differing, proof.sum.compared);
}

// A call that changes during the scan.
TEST_F(StreamComparing, LooksOnceMoreAtWhatChangesMeanwhile) {
  before_action_ = [&](const std::string& action) {
    // It changes as the list is read, and its event is there by the time of the second look.
    depot_.Send(7, start_ + minutes(70), "coffee");
    if (action != "parcels.get") return;
    core::sync::StoredRow row = Row(7);
    row.cells[1] = "coffee";
    row.synced_at = clock_.Now();
    Tamper(7, row);
  };
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_EQ(proof.sum.changed, 1);
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
}

TEST_F(StreamComparing, BlamesNoRowThatIsNewerThanTheAnswer) {
  core::sync::StoredRow row = Row(7);
  row.cells[1] = "told by an event since";
  row.synced_at = clock_.Now() + hours(1);
  Tamper(7, row);
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_EQ(proof.sum.changed, 1);
  EXPECT_THAT(proof.differing, IsEmpty());
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
}

TEST_F(StreamComparing, CountsAgainWhereAPageMoves) {
  int requests = 0;
  depot_.before = [&] {
    if (++requests == 4) {
      depot_.parcels.erase(1);
      Tamper(1, {});
    }
  };
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_TRUE(proof.sum.proven);
  EXPECT_EQ(proof.sum.shown, kParcels - 1);
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
}

// A poisoned record: it is no row, and the receipt does not pretend that it were.
TEST_F(StreamComparing, SaysThatAnObjectIsInQuarantine) {
  depot_.parcels[7].erase("id");
  Tamper(7, {});
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_GE(proof.sum.quarantined, 1);
  EXPECT_THAT(proof.missing, IsEmpty());
  EXPECT_EQ(VerdictOn(proof), Verdict::kDiffers);
}

TEST_F(StreamComparing, TriesARequestThatFailsForAPassingReason) {
  int requests = 0;
  depot_.before = [&] {
    depot_.failure.reset();
    if (++requests == 2) depot_.failure = Unavailable("DEPOT_DOWN", "come back later");
  };
  EXPECT_EQ(VerdictOn(Compare(ProofDepth::kAll)), Verdict::kComplete);
}

TEST_F(StreamComparing, KeepsWhatItFoundBeforeTheProviderWentAway) {
  int requests = 0;
  depot_.before = [&] {
    if (++requests > 6) depot_.failure = Unavailable("DEPOT_DOWN", "come back later");
  };
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_EQ(proof.error, "DEPOT_DOWN");
  EXPECT_FALSE(proof.windows.empty());
  EXPECT_EQ(VerdictOn(proof), Verdict::kInconclusive);
}

TEST_F(StreamComparing, SaysThatTheDestinationIsDown) {
  sink_.failure = Unavailable("DATABASE_UNAVAILABLE", "cannot connect");
  const StreamProof proof = Compare(ProofDepth::kCounts);
  EXPECT_EQ(proof.error, "DATABASE_UNAVAILABLE");
  EXPECT_EQ(VerdictOn(proof), Verdict::kInconclusive);
}

TEST_F(StreamComparing, StopsWhenNobodyWaitsAnyMore) {
  patience_ = 3;
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(proof.requests, 3);
  EXPECT_EQ(proof.error, "") << "that is no error";
}

TEST_F(StreamComparing, SaysHowFarBackItCouldNotLook) {
  stream_.shape.reach = hours(12);
  const StreamProof proof = Compare(ProofDepth::kCounts);
  ASSERT_TRUE(proof.unreachable);
  EXPECT_EQ(proof.unreachable->from, start_);
  EXPECT_EQ(VerdictOn(proof), Verdict::kComplete);
  EXPECT_LT(proof.sum.rows, kParcels);
}

TEST_F(StreamComparing, SaysHowManyObjectsStandBehindAWall) {
  for (int id = 1; id <= 30; ++id) depot_.Send(1000 + id, start_ + hours(20));
  stream_.shape.most = 20;
  const StreamProof proof = Compare(ProofDepth::kAll);
  EXPECT_EQ(proof.sum.behind_wall, 10);
  EXPECT_NE(VerdictOn(proof), Verdict::kComplete);
}

// A company with 200,000 calls: windows are cut until they can be counted, and memory is that of
// one window.
TEST_F(StreamComparing, CountsAVeryLargeCollectionWithFewRequests) {
  constexpr int kVeryMany = 200'000;
  stream_.shape.comfortable = 2'000;
  stream_.shape.most = 10'000;
  std::int64_t requests = 0;
  const auto total_in = [&](std::int64_t from, std::int64_t to) {
    // Spread evenly over the day, to the second.
    const auto start = start_.time_since_epoch() / seconds(1);
    const auto upto = [&](std::int64_t second) {
      return std::clamp<std::int64_t>(second - start, 0, 86'400) * kVeryMany / 86'400;
    };
    return upto(to + 1) - upto(from);
  };
  const ComparisonScene scene{
      stream_,
      kCompared,
      {start_, clock_.Now()},
      ProofDepth::kCounts,
      0,
      DeletePolicy::kMark,
      [&](const std::string& /*action*/, const Json& input) -> Result<Json> {
        ++requests;
        if (input.at("page") != 1) return Unavailable("TOO_MANY", "not asked for");
        return Json{{"found", Json::array()},
                    {"total", total_in(input.at("from").get<std::int64_t>(),
                                       input.at("to").get<std::int64_t>())},
                    {"more", false}};
      },
      sink_,
      [](const auto& /*window*/, const auto& /*total*/, const auto& /*proof*/) { return true; }};
  const StreamProof proof = StreamComparison(fetcher_, clock_, scene).Run();
  EXPECT_EQ(proof.error, "");
  EXPECT_LT(requests, 600);
  EXPECT_LE(proof.windows.size(), core::sync::kMostProofWindows);
  EXPECT_GT(proof.miscounts, 50) << "the table has next to nothing of it";
  EXPECT_GE(proof.sum.counted.value_or(0), kVeryMany - 10);
  EXPECT_EQ(VerdictOn(proof), Verdict::kDiffers);
}

}  // namespace
}  // namespace sb::accounts
