#include "engine/runtime/key_turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(KeyTurns, GoToWhoSharesNoKeyWithAnybodyBefore) {
  KeyTurns turns;
  const auto first = turns.Enter({"a"});
  const auto same = turns.Enter({"a"});
  const auto other = turns.Enter({"b"});
  EXPECT_TRUE(turns.IsNext(first));
  EXPECT_FALSE(turns.IsNext(same));
  EXPECT_TRUE(turns.IsNext(other));
  EXPECT_THAT(turns.Leave(first), ElementsAre(same));
  EXPECT_THAT(turns.Leave(same), IsEmpty());
  EXPECT_THAT(turns.Leave(other), IsEmpty());
  EXPECT_TRUE(turns.empty());
}

TEST(KeyTurns, ComeOnceAllKeysAreFree) {
  KeyTurns turns;
  const auto phone = turns.Enter({"phone"});
  const auto mail = turns.Enter({"mail", "mail"});
  const auto both = turns.Enter({"phone", "mail"});
  const auto late = turns.Enter({"phone"});
  EXPECT_THAT(turns.Leave(phone), IsEmpty()) << "the other key is taken";
  EXPECT_THAT(turns.Leave(mail), ElementsAre(both));
  EXPECT_THAT(turns.Leave(both), ElementsAre(late));
  EXPECT_THAT(turns.Leave(late), IsEmpty());
}

TEST(KeyTurns, PassOverWhoLeftWhileWaiting) {
  KeyTurns turns;
  const auto first = turns.Enter({"a"});
  const auto second = turns.Enter({"a"});
  const auto third = turns.Enter({"a"});
  EXPECT_THAT(turns.Leave(second), IsEmpty());
  EXPECT_THAT(turns.Leave(first), ElementsAre(third));
  EXPECT_THAT(turns.Leave(first), IsEmpty()) << "only once";
  EXPECT_FALSE(turns.IsNext(first));
}

}  // namespace
}  // namespace sb::runtime
