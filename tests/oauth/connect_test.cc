// A connector that is nothing but a folder of the operator's, against an OAuth server that nobody
// here wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oauth/notebook_world.h"

namespace sb::live {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AConnectorOfTheOperatorsOwn, IsConnectedInTheBrowserAndUsedByItsActions) {
  NotebookWorld world(1);
  const std::string account = world.Connect("ada");
  EXPECT_THAT(world.StateOf(account), HasSubstr("STATE_ACTIVE"));
  EXPECT_EQ(world.Use(0, account), "") << world.fleet.LogOf(0);
  EXPECT_THAT(world.fleet.LogOf(0), Not(HasSubstr(world.provider.client_secret())));
}

}  // namespace
}  // namespace sb::live
