#include "engine/core/quota/stride.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace sb::core::quota {
namespace {

/// Serves whose turn it is.
class Queue {
 public:
  Stride<std::string>& stride() { return stride_; }

  std::string ServeOne() {
    const auto next = stride_.Next([](const std::string&) { return true; });
    if (!next) return "nobody";
    stride_.Serve(*next);
    ++served_[*next];
    return *next;
  }

  int served(const std::string& who) { return served_[who]; }

 private:
  Stride<std::string> stride_;
  std::map<std::string, int> served_;
};

TEST(Stride, GivesEqualSharesToAllThatWait) {
  Queue queue;
  for (const char* who : {"acme", "bolt", "cove"}) queue.stride().Wake(who);
  for (int i = 0; i < 300; ++i) queue.ServeOne();
  EXPECT_EQ(queue.served("acme"), 100);
  EXPECT_EQ(queue.served("bolt"), 100);
  EXPECT_EQ(queue.served("cove"), 100);
}

TEST(Stride, GivesNoCreditForIdleness) {
  Queue queue;
  queue.stride().Wake("import");
  for (int i = 0; i < 1000; ++i) queue.ServeOne();
  queue.stride().Wake("newcomer");
  for (int i = 0; i < 10; ++i) queue.ServeOne();
  EXPECT_EQ(queue.served("newcomer"), 5);
}

TEST(Stride, ServesANewcomerNext) {
  Queue queue;
  queue.stride().Wake("import");
  for (int i = 0; i < 1000; ++i) queue.ServeOne();
  queue.stride().Wake("newcomer");
  const std::string first = queue.ServeOne();
  const std::string second = queue.ServeOne();
  EXPECT_NE(first, second);
}

TEST(Stride, DoesNotLetOneWithASingleRequestAtATimePassAheadEachTime) {
  Queue queue;
  queue.stride().Wake("import");
  queue.stride().Wake("clicks");
  for (int i = 0; i < 100; ++i) {
    const std::string served = queue.ServeOne();
    if (served != "clicks") continue;
    queue.stride().Rest("clicks");
    queue.stride().Wake("clicks");
  }
  EXPECT_EQ(queue.served("import"), 50);
}

TEST(Stride, PassesByWhoeverCannotBeServedNow) {
  Queue queue;
  queue.stride().Wake("held");
  queue.stride().Wake("free");
  const auto not_held = [](const std::string& who) { return who != "held"; };
  EXPECT_EQ(queue.stride().Next(not_held), "free");
  EXPECT_FALSE(queue.stride().Next([](const std::string&) { return false; }));
}

TEST(Stride, ForgetsWhoeverIsGone) {
  Queue queue;
  queue.stride().Wake("acme");
  queue.stride().Forget("acme");
  EXPECT_EQ(queue.ServeOne(), "nobody");
  EXPECT_EQ(queue.stride().size(), 0U);
}

}  // namespace
}  // namespace sb::core::quota
