#include "engine/core/personal/person.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"

namespace sb::core::personal {
namespace {

using sb::testing::FailsWith;
using sb::testing::IsOk;
using ::testing::Contains;
using ::testing::Field;

TEST(APhoneNumber, IsTheSameInEverySpelling) {
  const PhoneNumber paris{"33", "612345678"};
  for (const char* spelling : {"+33612345678", "+33 6 12 34 56 78", "0033 6.12.34.56.78",
                               "+33 (0)6 12 34 56 78", " +33-6/12/34/56/78 "}) {
    const auto read = ReadPhoneNumber(spelling);
    ASSERT_THAT(read, IsOk()) << spelling;
    EXPECT_EQ(*read, paris) << spelling;
  }
}

TEST(APhoneNumber, IsSplitWhereItsCountryEnds) {
  EXPECT_EQ(*ReadPhoneNumber("+1 (212) 555-0123"), (PhoneNumber{"1", "2125550123"}));
  EXPECT_EQ(*ReadPhoneNumber("+7 495 123 45 67"), (PhoneNumber{"7", "4951234567"}));
  EXPECT_EQ(*ReadPhoneNumber("+44 20 7946 0123"), (PhoneNumber{"44", "2079460123"}));
  EXPECT_EQ(*ReadPhoneNumber("+352 621 123 456"), (PhoneNumber{"352", "621123456"}));
  EXPECT_EQ(*ReadPhoneNumber("+39 06 1234 5678"), (PhoneNumber{"39", "0612345678"}));
}

TEST(APhoneNumber, IsRefusedWhenItIsNone) {
  const auto refused = FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_INVALID");
  for (const char* text : {"", "+", "hello", "+33", "0612345678", "+33612345678901234",
                           "+0612345678", "6+33612345", "+33612abc678"}) {
    EXPECT_THAT(ReadPhoneNumber(text), refused) << text;
  }
}

TEST(APhoneNumber, IsLookedForAsPeopleWriteIt) {
  const auto spellings = SpellingsOf({"33", "612345678"});
  for (const char* digits : {"0033612345678", "33612345678", "330612345678", "0612345678",
                             "612345678", "01133612345678"}) {
    EXPECT_THAT(spellings, Contains(Field(&Spelling::digits, digits))) << digits;
  }
  EXPECT_THAT(SpellingsOf({"7", "4951234567"}), Contains(Field(&Spelling::digits, "84951234567")));
}

TEST(AnAddress, IsReadInLowerCase) {
  EXPECT_EQ(*ReadEmail("Jane.Doe+crm@Example.co.uk"), "jane.doe+crm@example.co.uk");
}

TEST(AnAddress, IsRefusedWhenItIsNone) {
  const auto refused = FailsWith(ErrorKind::kInvalid, "EMAIL_INVALID");
  for (const char* text :
       {"", "jane", "jane@", "@example.com", "jane@example", "jane@.com", "jane@example.",
        "ja ne@example.com", "jane@exa mple.com", "jane@example..com"}) {
    EXPECT_THAT(ReadEmail(text), refused) << text;
  }
}

}  // namespace
}  // namespace sb::core::personal
