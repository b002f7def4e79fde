#include "engine/runtime/commit_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/run_story.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CommitWriterStory : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};

  CommitWriterStory() { writer_.SetFence(Register()); }

  ports::WriterFence Register() {
    return {kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation};
  }

  /// A unit that starts a run of its own and remembers its answer.
  CommitUnit StartingUnit(const std::string& trigger) {
    ports::CommitBatch rows;
    testing::RunStory::Start(rows, story_.NewKey(), trigger);
    CommitUnit unit;
    unit.new_runs = rows.new_runs;
    unit.journal = rows.journal;
    unit.steps = rows.steps;
    unit.done = [this](const Result<ports::CommitReceipt>& result) {
      answers_.push_back(result.ok() ? "stored" : result.error().code);
      if (result.ok() && !result->rejected.empty()) answers_.back() = "rejected";
    };
    return unit;
  }

  /// A unit that goes on from a journal that is not there.
  CommitUnit ImpossibleUnit() {
    CommitUnit unit = StartingUnit("impossible");
    unit.new_runs.clear();
    unit.steps[0].from_seq = 41;
    return unit;
  }

  void Write(std::vector<CommitUnit> units) {
    for (CommitUnit& unit : units) writer_.Write(std::move(unit));
    executor_.RunReady();
  }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::MemoryDatabase database_;
  testing::MemoryRunStore runs_{database_};
  testing::MemoryOwnershipStore ownership_{database_, clock_};
  testing::SeededRandom random_;
  testing::RunStory story_;
  Metrics metrics_;
  int fenced_ = 0;
  std::vector<std::string> answers_;
  CommitWriter writer_{
      {runs_, executor_, executor_, clock_, random_, metrics_, [this] { ++fenced_; }}};
};

TEST_F(CommitWriterStory, WritesTheUnitsOfManyRunsInOneCommit) {
  std::vector<CommitUnit> units;
  for (const char* trigger : {"a", "b", "c"}) units.push_back(StartingUnit(trigger));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("stored", "stored", "stored"));
  EXPECT_EQ(runs_.commit_count(), 1);
}

TEST_F(CommitWriterStory, TellsWhichRunsHadBeenStartedBefore) {
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("same"));
  Write(std::move(units));
  units.clear();
  units.push_back(StartingUnit("same"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("stored", "rejected"));
}

TEST_F(CommitWriterStory, WaitsForADatabaseThatIsAway) {
  runs_.FailNext(Unavailable("DATABASE_UNAVAILABLE", "away"));
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("a"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("stored"));
}

TEST_F(CommitWriterStory, SettlesALostAnswerOfACommitThatHappenedWithoutWritingTwice) {
  runs_.LoseNextAnswer(/*stored=*/true);
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("a"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("stored"));
  EXPECT_EQ(runs_.commit_count(), 1);
}

TEST_F(CommitWriterStory, WritesAgainWhatALostCommitDidNotStore) {
  runs_.LoseNextAnswer(/*stored=*/false);
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("a"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("stored"));
  EXPECT_EQ(runs_.commit_count(), 1);
}

TEST_F(CommitWriterStory, LetsOnlyTheRunAtFaultSufferFromASequenceConflict) {
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("a"));
  units.push_back(ImpossibleUnit());
  units.push_back(StartingUnit("b"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("stored", "RUN_SEQUENCE_CONFLICT", "stored"));
  EXPECT_EQ(fenced_, 0);
}

TEST_F(CommitWriterStory, StopsForGoodWhenAnotherIncarnationHasTakenOver) {
  Register();
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("a"));
  Write(std::move(units));
  units.clear();
  units.push_back(StartingUnit("b"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("WRITER_FENCED", "WRITER_FENCED"));
  EXPECT_EQ(fenced_, 1);
  EXPECT_THAT(database_.runs, IsEmpty());
}

TEST_F(CommitWriterStory, AnswersThatItIsStoppingOnceItIs) {
  writer_.Stop();
  std::vector<CommitUnit> units;
  units.push_back(StartingUnit("a"));
  Write(std::move(units));
  EXPECT_THAT(answers_, ElementsAre("ENGINE_STOPPING"));
}

TEST(Uuids, AreVersionFour) {
  testing::SeededRandom random;
  const std::string uuid = NewUuid(random);
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_THAT(std::string("89ab"), ::testing::HasSubstr(std::string(1, uuid[19])));
}

}  // namespace
}  // namespace sb::runtime
