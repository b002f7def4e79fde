#include "engine/core/onward/choice.h"

#include <gtest/gtest.h>

namespace sb::core::onward {
namespace {

EventChoice OfTypes(std::vector<std::string> types) {
  return {std::move(types), {}};
}

TEST(EventChoice, TakesAllTypesWhereNoneIsNamed) {
  EXPECT_TRUE(EventChoice().TakesType("io.aircall.call.ended"));
}

TEST(EventChoice, TakesATypeByItsNameOrByAPattern) {
  EXPECT_TRUE(OfTypes({"io.aircall.call.ended"}).TakesType("io.aircall.call.ended"));
  EXPECT_FALSE(OfTypes({"io.aircall.call.ended"}).TakesType("io.aircall.call.ended2"));
  EXPECT_TRUE(OfTypes({"io.aircall.call.*"}).TakesType("io.aircall.call.ended"));
  EXPECT_FALSE(OfTypes({"io.aircall.call.*"}).TakesType("io.aircall.contact.created"));
  EXPECT_TRUE(OfTypes({"*.created", "*.deleted"}).TakesType("io.aircall.user.deleted"));
  EXPECT_TRUE(OfTypes({"io.*.call.*ed"}).TakesType("io.aircall.call.archived"));
  EXPECT_TRUE(OfTypes({"**"}).TakesType(""));
}

TEST(EventChoice, APatternOfManyStarsTakesNoLongerThanItMust) {
  const std::string text(2000, 'a');
  EXPECT_FALSE(OfTypes({"*a*a*a*a*a*a*a*a*a*a*a*b"}).TakesType(text));
}

TEST(EventChoice, HoldsBackOnlyWhatIsAboutAnotherNumber) {
  const EventChoice choice{{}, {"42"}};
  EXPECT_TRUE(choice.TakesNumber("42"));
  EXPECT_FALSE(choice.TakesNumber("43"));
  EXPECT_TRUE(choice.TakesNumber({})) << "an event of a contact is about no number";
  EXPECT_TRUE(EventChoice().TakesNumber("43"));
}

TEST(EventChoice, IsRefusedWhereItMakesNoSense) {
  EXPECT_TRUE(CheckChoice({{"io.aircall.call.*"}, {"42"}}).ok());
  for (const char* wrong : {"", "call ended", "call\n", "$x"}) {
    const Status status = CheckChoice(OfTypes({wrong}));
    ASSERT_FALSE(status.ok()) << wrong;
    EXPECT_EQ(status.error().code, "ONWARD_EVENTS_INVALID");
  }
  EXPECT_FALSE(CheckChoice(OfTypes(std::vector<std::string>(101, "a"))).ok());
  EXPECT_FALSE(CheckChoice({{}, {"4 2"}}).ok());
  EXPECT_FALSE(CheckChoice({{}, std::vector<std::string>(1001, "1")}).ok());
}

}  // namespace
}  // namespace sb::core::onward
