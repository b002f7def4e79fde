#include "engine/adapters/phone/phone_number_reader.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"

// How people write phone numbers, and what becomes of it.
namespace sb::adapters::phone {
namespace {

using core::personal::E164Of;
using sb::testing::FailsWith;
using sb::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

const PhoneNumberReader& Reader() {
  static const PhoneNumberReader reader;
  return reader;
}

struct Written {
  const char* text;
  const char* region;
  const char* e164;
};

TEST(PhoneNumberReader, MakesOneOfEverySpelling) {
  const std::vector<Written> table = {
      // France
      {"01 42 68 53 00", "FR", "+33142685300"},
      {"01.42.68.53.00", "FR", "+33142685300"},
      {"+33 (0)1 42 68 53 00", "FR", "+33142685300"},
      {"+33 1 42 68 53 00", "", "+33142685300"},
      {"0033142685300", "FR", "+33142685300"},
      {"33142685300", "FR", "+33142685300"},
      {"tel:+33-1-42-68-53-00", "US", "+33142685300"},
      {"06 39 98 01 10", "FR", "+33639980110"},
      // The USA
      {"(617) 555-0142", "US", "+16175550142"},
      {"617.555.0142", "US", "+16175550142"},
      {"1-617-555-0142", "US", "+16175550142"},
      {"+1 617-555-0142", "", "+16175550142"},
      {"16175550142", "US", "+16175550142"},
      {"011 33 1 42 68 53 00", "US", "+33142685300"},
      {"00 33 1 42 68 53 00", "US", "+33142685300"},
      {"1-800-FLOWERS", "US", "+18003569377"},
      // Germany and the United Kingdom
      {"030 901820", "DE", "+4930901820"},
      {"+49 (0) 30 901820", "FR", "+4930901820"},
      {"030/90 18 20", "DE", "+4930901820"},
      {"020 7946 0958", "GB", "+442079460958"},
      {"+44 (0)20 7946 0958", "", "+442079460958"},
      {"07700 900123", "GB", "+447700900123"},
      // An extension is not part of who it is.
      {"617-253-1000 ext. 12", "US", "+16172531000"},
      {"+1 617 253 1000 x12", "", "+16172531000"},
      // A country of its own counts for more than the region.
      {"+12025550123", "GB", "+12025550123"},
      {"0033 1 42 68 53 00", "", "+33142685300"},
      // Digits of another script.
      {"٠١٤٢٦٨٥٣٠٠", "FR", "+33142685300"},
  };
  for (const Written& each : table) {
    const auto read = E164Of(each.text, each.region, &Reader());
    ASSERT_THAT(read, IsOk()) << each.text;
    EXPECT_EQ(*read, each.e164) << each.text;
    EXPECT_EQ(E164Of(*read, each.region, &Reader()).value(), each.e164) << "read again";
  }
}

struct Refused {
  const char* text;
  const char* region;
  const char* code;
};

TEST(PhoneNumberReader, RefusesWhatIsNoNumberThatCanBeReachedFromAbroad) {
  const std::vector<Refused> table = {
      {"anonymous", "US", "PHONE_NUMBER_WITHHELD"},
      {"Private Number", "US", "PHONE_NUMBER_WITHHELD"},
      {"", "US", "PHONE_NUMBER_INVALID"},
      {"reception", "US", "PHONE_NUMBER_INVALID"},
      {"15", "FR", "PHONE_NUMBER_INVALID"},
      {"112", "FR", "PHONE_NUMBER_INVALID"},
      {"911", "US", "PHONE_NUMBER_INVALID"},
      {"3949", "FR", "PHONE_NUMBER_INVALID"},
      {"555-0142", "US", "PHONE_NUMBER_INVALID"},
      {"01 42 68 53 00", "", "PHONE_NUMBER_INVALID"},
      {"01 42 68 53 00", "XX", "PHONE_NUMBER_INVALID"},
      {"+999123456", "FR", "PHONE_NUMBER_INVALID"},
      {"+1234", "US", "PHONE_NUMBER_INVALID"},
      {"+1234567890123456789", "US", "PHONE_NUMBER_INVALID"},
      {"617 253 1000 or 617 253 1001", "US", "PHONE_NUMBER_INVALID"},
  };
  for (const Refused& each : table) {
    EXPECT_THAT(E164Of(each.text, each.region, &Reader()),
                FailsWith(ErrorKind::kInvalid, each.code))
        << each.text;
  }
}

TEST(PhoneNumberReader, SaysWhyWithoutTheNumber) {
  const auto short_one = E164Of("3949", "FR", &Reader());
  EXPECT_THAT(short_one.error().message, HasSubstr("too short"));
  EXPECT_THAT(short_one.error().message, Not(HasSubstr("3949")));
  EXPECT_THAT(E164Of("555-0142", "US", &Reader()).error().message, HasSubstr("area code"));
  EXPECT_THAT(E164Of("01 42 68 53 00", "", &Reader()).error().message,
              HasSubstr("not known of which country"));
}

TEST(PhoneNumberReader, ServesSeveralThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int each = 0; each < 200; ++each) {
        const std::string end = std::to_string(1000 + each);
        EXPECT_EQ(E164Of("06 39 98 " + end, "FR", &Reader()).value(), "+3363998" + end);
      }
    });
  }
  for (std::thread& each : threads) each.join();
}

}  // namespace
}  // namespace sb::adapters::phone
