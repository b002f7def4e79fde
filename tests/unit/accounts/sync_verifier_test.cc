// The sandbox's company in tables is compared with the company itself, and a receipt is kept.
#include "engine/accounts/sync_verifier.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/accounts/stream_reader.h"
#include "engine/core/sync/table_plan.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_proof_store.h"
#include "tests/support/memory_sync_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {
namespace {

using accounts::ProofDepth;
using accounts::SyncVerifier;
using accounts::VerifyOptions;
using accounts::VerifyProgress;
using core::sync::Stream;
using core::sync::StreamProof;
using core::sync::Verdict;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Where the sandbox's clock stands.
constexpr WallTime kVerifiedAt(std::chrono::seconds(1'790'700'000));

constexpr const char* kVerifiedSync =
    R"(sync: { namespace: acme, name: warehouse, version: '1.0.0' }
replicate:
  from: aircall
  streams: all
  into: { connector: postgres, schema: aircall }
)";

class SyncVerifying : public ::testing::Test {
 protected:
  SyncVerifying() {
    world_.wanted = {"io.aircall.call.created"};
    account_ = world_.ConnectByKey().value();
    world_.clock.Set(kVerifiedAt + minutes(5));
    PlaceCall();
    sync_.id = ports::SyncId(1);
    sync_.slot = account_.slot;
    sync_.account = account_.id;
    sync_.name = "warehouse";
    sync_.version = "1.0.0";
    sync_.definition = kVerifiedSync;
    sync_.schema = "aircall";
    sync_.state = ports::SyncState::kRunning;
    std::vector<ports::SyncStream> streams;
    std::vector<const Stream*> all;
    for (const auto& [name, stream] : Streams()) {
      ports::SyncStream at;
      at.slot = sync_.slot;
      at.account = sync_.account;
      at.sync = sync_.id;
      at.stream = name;
      streams.push_back(at);
      all.push_back(&stream);
    }
    EXPECT_THAT(syncs_.Open(sync_, streams), IsOk());
    const auto plan = core::sync::PlanTables(core::sync::WantedTables(all), {});
    EXPECT_THAT(sink_.Prepare(sync_.schema, plan), IsOk());
    Replicate();
  }

  static const std::map<std::string, Stream>& Streams() {
    return *ShippedConnectors().FindStreams("aircall");
  }

  std::string PlaceCall() {
    const Json placed = world_.far_side.Control(
        "POST", "calls", {{"direction", "inbound"}, {"from", "+16175550142"}, {"answered", false}});
    return DumpJson(placed.at("call").at("id"));
  }

  Result<Json> Perform(const std::string& action, const Json& input) {
    world_.clock.Advance(Millis(10));  // no two requests leave at once
    return accounts::ForAccount(world_.performer, aircall_, account_.id,
                                core::quota::Lane::kBackfill)(action, input);
  }

  /// Everything that is due, of all streams.
  void Replicate() {
    accounts::StreamReader reader({syncs_, ledger_, skips_, SharedExpressions(), world_.clock});
    std::set<std::string> beside;
    for (const auto& [name, stream] : Streams()) beside.insert(name);
    const auto perform = [this](const std::string& action, const Json& input) {
      return Perform(action, input);
    };
    const auto all = syncs_.Streams(sync_.slot, sync_.account, sync_.id);
    for (ports::SyncStream at : all.value()) {
      const accounts::StreamScene scene{Streams().at(at.stream),
                                        sync_.schema,
                                        beside,
                                        {minutes(15), hours(24), WallTime()},
                                        core::sync::DeletePolicy::kMark,
                                        {},
                                        perform,
                                        sink_};
      bool done = false;
      for (int steps = 0; steps < 500 && !done; ++steps) {
        const auto pace = reader.Step(scene, at);
        ASSERT_THAT(pace, IsOk()) << at.stream;
        done = *pace == accounts::StreamReader::Pace::kDone;
      }
      ASSERT_TRUE(done) << at.stream << " never ends";
    }
  }

  Result<ports::SyncProof> Verify(const VerifyOptions& options) {
    return verifier_.Verify(account_, sync_, options, [this](const VerifyProgress& progress) {
      told_.push_back(progress);
      world_.clock.Advance(Millis(10));
      return true;
    });
  }

  const StreamProof& ProofOf(const ports::SyncProof& proof, const std::string& stream) {
    for (const StreamProof& each : proof.receipt.streams) {
      if (each.stream == stream) return each;
    }
    ADD_FAILURE() << "no proof of " << stream;
    return proof.receipt.streams.front();
  }

  ports::RowSink* SinkOf(const std::string& connection) {
    return connection.empty() ? &sink_ : nullptr;
  }

  AccountsWorld world_;
  const connector::Connector& aircall_ = *ShippedConnectors().FindConnector("aircall");
  ports::Account account_;
  MemorySyncStore syncs_;
  MemorySyncLedger ledger_;
  MemorySkipLedger skips_;
  MemorySyncProofStore proofs_;
  MemoryRowSink sink_{&syncs_};
  SyncVerifier verifier_{{world_.DependenciesOfConnections(), proofs_, skips_,
                          [this](const std::string& connection) { return SinkOf(connection); }}};
  ports::Sync sync_;
  std::vector<VerifyProgress> told_;
};

TEST_F(SyncVerifying, FindsTheWholeCompanyComplete) {
  for (const ProofDepth depth : {ProofDepth::kCounts, ProofDepth::kSample, ProofDepth::kAll}) {
    const auto proof =
        Verify({.streams = {}, .depth = depth, .sample = 5, .from = {}, .until = {}});
    ASSERT_THAT(proof, IsOk());
    EXPECT_EQ(proof->receipt.verdict, Verdict::kComplete) << proof->receipt.reason;
    EXPECT_GE(ProofOf(*proof, "calls").sum.rows, 1);
    EXPECT_GT(ProofOf(*proof, "users").sum.rows, 0);
  }
}

TEST_F(SyncVerifying, FindsACallThatNobodyToldOf) {
  const std::string id = PlaceCall();
  world_.clock.Advance(minutes(10));
  const auto proof =
      Verify({.streams = {"calls"}, .depth = ProofDepth::kCounts, .from = {}, .until = {}});
  ASSERT_THAT(proof, IsOk());
  EXPECT_EQ(proof->receipt.verdict, Verdict::kDiffers);
  EXPECT_THAT(ProofOf(*proof, "calls").missing, ElementsAre(id));
  world_.clock.Advance(minutes(20));
  Replicate();
  EXPECT_EQ(Verify({.streams = {"calls"}, .from = {}, .until = {}}).value().receipt.verdict,
            Verdict::kComplete);
}

TEST_F(SyncVerifying, KeepsItsReceipts) {
  const WallTime until = world_.clock.Now() - minutes(1);
  const VerifyOptions options{
      .streams = {"users", "calls"}, .from = kVerifiedAt - minutes(60), .until = until};
  const auto first = Verify(options);
  world_.clock.Advance(minutes(1));
  const auto second = Verify(options);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->receipt.digest, second->receipt.digest) << "nothing has changed";
  EXPECT_THAT(proofs_.List(sync_.slot, account_.id, sync_.id, 10).value(),
              ElementsAre(*second, *first));
}

TEST_F(SyncVerifying, TellsHowFarItIs) {
  ASSERT_THAT(Verify({.streams = {"users", "teams"}, .from = {}, .until = {}}), IsOk());
  ASSERT_FALSE(told_.empty());
  EXPECT_EQ(told_.front().streams, 2);
  EXPECT_EQ(told_.back().stream_index, 1);
  EXPECT_EQ(told_.back().requests, static_cast<std::int64_t>(told_.size()) - 1)
      << "it is asked before each request";
}

TEST_F(SyncVerifying, EndsWhenItIsStoppedAndSaysSo) {
  const auto proof = verifier_.Verify(account_, sync_, {},
                                      [](const VerifyProgress& /*progress*/) { return false; });
  ASSERT_THAT(proof, IsOk());
  EXPECT_TRUE(proof->receipt.stopped);
  EXPECT_EQ(proof->receipt.verdict, Verdict::kInconclusive);
  EXPECT_THAT(proof->receipt.streams, SizeIs(1));
}

TEST_F(SyncVerifying, SaysThatTheDestinationIsDown) {
  sink_.failure = Unavailable("DATABASE_UNAVAILABLE", "cannot connect");
  const auto proof = Verify({.streams = {"users", "teams"}, .from = {}, .until = {}});
  ASSERT_THAT(proof, IsOk());
  EXPECT_EQ(proof->receipt.verdict, Verdict::kInconclusive);
  EXPECT_EQ(ProofOf(*proof, "users").error, "DATABASE_UNAVAILABLE");
  EXPECT_EQ(ProofOf(*proof, "teams").error, "DATABASE_UNAVAILABLE") << "each is tried";
}

TEST_F(SyncVerifying, RefusesWhatMakesNoSense) {
  EXPECT_THAT(Verify({.streams = {"phones"}, .from = {}, .until = {}}),
              FailsWith(ErrorKind::kNotFound, "SYNC_STREAM_NOT_CHOSEN"));
  EXPECT_THAT(
      Verify({.streams = {}, .depth = ProofDepth::kSample, .sample = 0, .from = {}, .until = {}}),
      FailsWith(ErrorKind::kInvalid, "SYNC_VERIFY_INVALID"));
  EXPECT_THAT(Verify({.streams = {}, .from = kVerifiedAt, .until = kVerifiedAt - minutes(1)}),
              FailsWith(ErrorKind::kInvalid, "SYNC_VERIFY_INVALID"));
  sync_.connection = "moon";
  EXPECT_THAT(Verify({}), FailsWith(ErrorKind::kNotFound, "SYNC_CONNECTION_NOT_FOUND"));
  sync_.state = ports::SyncState::kDeleted;
  EXPECT_THAT(Verify({}), FailsWith(ErrorKind::kNotFound, "SYNC_NOT_FOUND"));
  EXPECT_THAT(proofs_.List(sync_.slot, account_.id, sync_.id, 10).value(), IsEmpty());
}

}  // namespace
}  // namespace sb::testing
