#include "engine/connector/words.h"

#include <gtest/gtest.h>

namespace sb::connector {
namespace {

TEST(ForPeople, MasksPhoneNumbersHoweverTheyAreWritten) {
  EXPECT_EQ(ForPeople("number +1 617-555-0142 is blocked"), "number *** is blocked");
  EXPECT_EQ(ForPeople("+16175550142"), "***");
  EXPECT_EQ(ForPeople("(see 06.12.34.56.78)"), "(see ***)");
  EXPECT_EQ(ForPeople("call 4190000017 is over"), "call *** is over");
}

TEST(ForPeople, LeavesOrdinaryNumbersAlone) {
  EXPECT_EQ(ForPeople("Maximum of 5 notes, 100 webhooks, 10,000 items: code 123456."),
            "Maximum of 5 notes, 100 webhooks, 10,000 items: code 123456.");
}

TEST(ForPeople, MasksEmailAddresses) {
  EXPECT_EQ(ForPeople("user <ines.marchetti@example.com> is unknown"), "user <***> is unknown");
  EXPECT_EQ(ForPeople("meet @ noon"), "meet @ noon");
}

TEST(ForPeople, MasksWhatLooksLikeAKey) {
  EXPECT_EQ(ForPeople("token 6f1c0b7e4a5d4b0f9c3e2d1a8b7c6d5e is dead"), "token *** is dead");
  EXPECT_EQ(ForPeople("internationalisationalisation"), "internationalisationalisation");
}

TEST(ForPeople, MakesOneLineOfAtMost300Bytes) {
  EXPECT_EQ(ForPeople(" a\n\tb\r\n c\x01 "), "a b c");
  EXPECT_EQ(ForPeople(std::string(300, 'x')).size(), 300U);
  const std::string cut = ForPeople(std::string(301, 'x'));
  EXPECT_EQ(cut, std::string(297, 'x') + "...");
}

TEST(ForPeople, CutsBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ü";
  const std::string cut = ForPeople(umlauts);
  EXPECT_EQ(cut.size(), 299U);  // 148 characters of two bytes, and the dots
}

TEST(ForPeople, ShowsNoBytesThatAreNoText) {
  EXPECT_EQ(ForPeople("\xff\xfe"), "(unreadable text)");
}

}  // namespace
}  // namespace sb::connector
