#include "engine/runtime/group_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"

namespace sb::runtime {
namespace {

using ::testing::ElementsAre;

class Groups : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  testing::ManualExecutor pool_{clock_};
  std::vector<std::vector<int>> written_;
};

TEST_F(Groups, WritesASingleItemAtOnce) {
  GroupWriter<int> writer(pool_, pool_,
                          [&](std::vector<int> group) { written_.push_back(std::move(group)); });
  writer.Add(1);
  pool_.RunReady();
  EXPECT_THAT(written_, ElementsAre(ElementsAre(1)));
}

TEST_F(Groups, GrowWhileTheOneBeforeIsBeingWritten) {
  GroupWriter<int>* running = nullptr;
  GroupWriter<int> writer(pool_, pool_, [&](std::vector<int> group) {
    if (written_.empty()) {
      for (const int late : {2, 3, 4}) running->Add(late);
    }
    written_.push_back(std::move(group));
  });
  running = &writer;
  writer.Add(1);
  pool_.RunReady();
  EXPECT_THAT(written_, ElementsAre(ElementsAre(1), ElementsAre(2, 3, 4)));
}

TEST_F(Groups, NeverExceedTheirLargestSize) {
  GroupWriter<int> writer(
      pool_, pool_, [&](std::vector<int> group) { written_.push_back(std::move(group)); }, 2);
  for (const int item : {1, 2, 3}) writer.Add(item);
  pool_.RunReady();
  EXPECT_THAT(written_, ElementsAre(ElementsAre(1, 2), ElementsAre(3)));
}

TEST_F(Groups, TakeAlongWhatIsAboutToBeAdded) {
  testing::ManualExecutor home(clock_);
  GroupWriter<int> writer(home, pool_,
                          [&](std::vector<int> group) { written_.push_back(std::move(group)); });
  for (const int item : {1, 2, 3}) home.Post([&, item] { writer.Add(item); });
  home.RunReady();
  pool_.RunReady();
  EXPECT_THAT(written_, ElementsAre(ElementsAre(1, 2, 3)));
}

TEST_F(Groups, WeighTheirItemsAndLetAHeavyOneGoAlone) {
  GroupWriter<int> writer(
      pool_, pool_, [&](std::vector<int> group) { written_.push_back(std::move(group)); }, 10,
      [](const int& item) { return static_cast<std::size_t>(item); });
  for (const int weight : {4, 5, 2, 30, 1}) writer.Add(weight);
  pool_.RunReady();
  EXPECT_THAT(written_,
              ElementsAre(ElementsAre(4, 5), ElementsAre(2), ElementsAre(30), ElementsAre(1)));
}

}  // namespace
}  // namespace sb::runtime
