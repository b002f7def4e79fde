#include "engine/core/personal/phone_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"

// What can be said of a phone number without a library.
namespace sb::core::personal {
namespace {

using sb::testing::FailsWith;

TEST(WithheldNumber, IsKnownInTheWordsOfTelephoneSystems) {
  for (const char* word : {"anonymous", "Anonymous", "WITHHELD", "Private", "private number",
                           "No Caller ID", "Unknown", "Restricted", " hidden "}) {
    EXPECT_TRUE(IsWithheld(word)) << word;
    EXPECT_THAT(CheckWrittenNumber(word), FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_WITHHELD"))
        << word;
  }
  for (const char* other : {"+16175550142", "", "nobody", "unknown 617 555 0142", "reception"})
    EXPECT_FALSE(IsWithheld(other)) << other;
}

TEST(WrittenNumber, HasSomeDigits) {
  for (const char* fine : {"+1 617-555-0142", "06 12 34 56 78", "1-800-FLOWERS", "٠١٤٢٦٨٥٣٠٠"})
    EXPECT_TRUE(CheckWrittenNumber(fine).ok()) << fine;
  for (const char* none : {"", "12", "reception", "at home"}) {
    EXPECT_THAT(CheckWrittenNumber(none), FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_INVALID"))
        << none;
  }
  EXPECT_FALSE(CheckWrittenNumber(std::string(101, '1')).ok()) << "longer than any number";
}

TEST(E164, NeedsTheInternationalFormWhereNobodyReadsNationalOnes) {
  EXPECT_EQ(E164Of("+33 (0)6 12-34.56 78", "", nullptr).value(), "+33612345678");
  EXPECT_EQ(E164Of("0033 6 12 34 56 78", "", nullptr).value(), "+33612345678");
  EXPECT_THAT(E164Of("06 12 34 56 78", "FR", nullptr),
              FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_INVALID"));
  EXPECT_THAT(E164Of("anonymous", "FR", nullptr),
              FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_WITHHELD"));
}

}  // namespace
}  // namespace sb::core::personal
