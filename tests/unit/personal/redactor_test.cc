#include "engine/core/personal/redactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::personal {
namespace {

const Person kJane{{{"33", "612345678"}}, {"jane.doe@example.com"}};

std::string Redacted(std::string text, const Person& person = kJane) {
  Redactor(person).Redact(text);
  return text;
}

Json RedactedJson(Json value, std::vector<Companions> companions = {}) {
  Redactor(kJane, std::move(companions)).Redact(value);
  return value;
}

TEST(ErasingAPhoneNumber, FindsEverySpelling) {
  for (const char* spelling :
       {"+33612345678", "33612345678", "0033612345678", "0612345678", "612345678",
        "+33 6 12 34 56 78", "06.12.34.56.78", "06-12-34-56-78", "06/12/34/56/78",
        "+33 (0)6 12 34 56 78",
        "06\xC2\xA0"
        "12\xC2\xA0"
        "34\xC2\xA0"
        "56\xC2\xA0"
        "78",
        "06\\u00a012\\u00a034\\u00a056\\u00a078", "\\u002b33612345678", "%2B33612345678",
        "06%2012%2034%2056%2078", "011 33 6 12 34 56 78"}) {
    EXPECT_EQ(Redacted(std::string("call ") + spelling + ", please"), "call [erased], please")
        << spelling;
  }
}

TEST(ErasingAPhoneNumber, FindsTheNumbersOfOtherCountries) {
  const Person american{{{"1", "2125550123"}}, {}};
  for (const char* spelling : {"+1 (212) 555-0123", "1-212-555-0123", "2125550123", "12125550123",
                               "(212) 555 0123", "+12125550123"}) {
    EXPECT_EQ(Redacted(spelling, american), "[erased]") << spelling;
  }
}

TEST(ErasingAPhoneNumber, LeavesTheNumbersOfOthers) {
  for (const char* other :
       {"+33612345679", "+336123456781", "10612345678", "+44 612345678", "+44 (0) 612 345 678",
        "0612345", "+49612345678", "call 4190000017", "2026-06-12T34:56:78"}) {
    EXPECT_EQ(Redacted(other), other);
  }
}

TEST(ErasingAPhoneNumber, FindsEachOfMany) {
  EXPECT_EQ(Redacted("0612345678 0612345678,+33612345679/+33612345678"),
            "[erased] [erased],+33612345679/[erased]");
}

TEST(ErasingAnAddress, FindsItInAnyCaseAndEncoding) {
  for (const char* spelling : {"jane.doe@example.com", "Jane.Doe@Example.COM",
                               "jane.doe%40example.com", "jane.doe\\u0040example.com"}) {
    EXPECT_EQ(Redacted(std::string("<") + spelling + ">."), "<[erased]>.") << spelling;
  }
  EXPECT_EQ(Redacted("https://crm.example?email=jane.doe%40example.com&id=1"),
            "https://crm.example?email=[erased]&id=1");
  EXPECT_EQ(Redacted(R"({\"mail\":\"x\njane.doe@example.com\"})"), R"({\"mail\":\"x\n[erased]\"})");
}

TEST(ErasingAnAddress, LeavesTheAddressesOfOthers) {
  for (const char* other :
       {"mary-jane.doe@example.com", "xjane.doe@example.com", "jane.doe@example.com.au",
        "jane.doe@example.community", "jane@example.com", "a+jane.doe@example.com"}) {
    EXPECT_EQ(Redacted(other), other);
  }
}

TEST(ErasingInJson, ReachesValuesNumbersAndKeys) {
  const Json before = {{"raw_digits", "+33 6 12 34 56 78"},
                       {"digits", 33612345678},
                       {"national", 612345678},
                       {"id", 612345679},
                       {"by_number", {{"0612345678", 1}, {"+33612345678", 2}}},
                       {"tags", {"jane.doe@example.com", "VIP"}},
                       {"duration", 42},
                       {"note", nullptr}};
  EXPECT_EQ(RedactedJson(before), (Json{{"raw_digits", "[erased]"},
                                        {"digits", "[erased]"},
                                        {"national", "[erased]"},
                                        {"id", 612345679},
                                        {"by_number", {{"[erased]", 2}, {"[erased] 2", 1}}},
                                        {"tags", {"[erased]", "VIP"}},
                                        {"duration", 42},
                                        {"note", nullptr}}));
}

TEST(ErasingInJson, TakesWhatStandsBesideThePerson) {
  const std::vector<Companions> companions = {
      {{"phone_numbers", "emails"}, {"first_name", "last_name", "emails"}}};
  const Json jane = {{"id", 7},
                     {"first_name", "Jane"},
                     {"last_name", nullptr},
                     {"phone_numbers", {{{"id", 1}, {"label", "Work"}, {"value", "0612345678"}}}},
                     {"emails", {{{"id", 2}, {"value", "jd@other.example"}}}}};
  const Json mary = {{"first_name", "Mary"}, {"phone_numbers", {{{"value", "+33611111111"}}}}};
  const Json erased =
      RedactedJson({{"contacts", {jane, mary}}, {"first_name", "of nobody"}}, companions);
  EXPECT_EQ(erased["contacts"][0]["first_name"], "[erased]");
  EXPECT_EQ(erased["contacts"][0]["last_name"], nullptr);
  EXPECT_EQ(erased["contacts"][0]["emails"][0], (Json{{"id", 2}, {"value", "[erased]"}}));
  EXPECT_EQ(erased["contacts"][0]["phone_numbers"][0]["label"], "Work");
  EXPECT_EQ(erased["contacts"][1], mary);
  EXPECT_EQ(erased["first_name"], "of nobody");
}

TEST(ErasingInJson, ChangesNothingTheSecondTime) {
  Json value = {{"raw_digits", "+33612345678"}, {"name", "Jane"}};
  const Redactor redactor(kJane, {{{"raw_digits"}, {"name"}}});
  EXPECT_EQ(redactor.Redact(value), 2);
  EXPECT_EQ(redactor.Redact(value), 0);
}

}  // namespace
}  // namespace sb::core::personal
