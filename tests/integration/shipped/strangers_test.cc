// Callers whom nobody knows yet, and contacts by whatever spelling of their number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/shipped/shipped_workflow.h"

namespace sb::live {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Stranger : public ShippedWorkflow {
 protected:
  Json Perform(const std::string& action, const Json& input) {
    return system_.Cli(
        {"action", "call", "aircall." + action, "--account", account_, "--input", input.dump()});
  }

  std::vector<Json> ContactsAt(const std::string& phone) {
    std::vector<Json> found;
    const Json all = system_.Aircall("/v1/contacts?per_page=50");
    for (const Json& contact : all.at("contacts")) {
      for (const Json& each : contact.at("phone_numbers")) {
        if (each.at("value") == phone) found.push_back(contact);
      }
    }
    return found;
  }
};

TEST_F(Stranger, WhoCallsTwiceWithinASecondBecomesOneContact) {
  system_.Control("PUT", "switches", {{"contacts.search_lag", "20"}});
  SwitchOn("missed-call-follow-up", "call.ended");
  Place({{"from", "+33612345678"}, {"answered", false}});
  Place({{"from", "+33612345678"}, {"answered", false}, {"number_id", 1400002}});
  for (const Json& run : EndedRunsOf("missed-call-follow-up", 2))
    EXPECT_EQ(run.at("state"), "STATE_SUCCEEDED") << run.dump(2);
  const auto contacts = ContactsAt("+33612345678");
  ASSERT_THAT(contacts, SizeIs(1));
  EXPECT_EQ(contacts.front().at("first_name"), "Unknown");
}

TEST_F(Stranger, IsFoundByAnySpellingAndCompletedWithoutASecondContact) {
  const Json phone = {{"label", "Work"}, {"value", "06 12 34 56 78"}};
  const Json mail = {{"label", "Work"}, {"value", "nadia@okoro.example"}};
  const Json made = Perform("contacts.upsert", {{"phone_numbers", Json::array({phone})},
                                                {"region", "FR"},
                                                {"if_new", {{"first_name", "Nadia"}}}});
  EXPECT_EQ(made.at("created"), true) << made;

  for (const char* spelling : {"+33 (0)6 12 34 56 78", "0033612345678", "+33-6-12-34-56-78"}) {
    const Json found = Perform("contacts.search", {{"phone_number", spelling}});
    EXPECT_THAT(found.at("contacts"), SizeIs(1)) << spelling;
  }

  // Most lines of the company are in the USA: that is where a number without a country is read.
  const Json priya = Perform("contacts.search", {{"phone_number", "(617) 555-0142"}});
  ASSERT_THAT(priya.at("contacts"), SizeIs(1));
  EXPECT_EQ(priya.at("contacts")[0].at("first_name"), "Priya");

  const Json completed = Perform("contacts.upsert", {{"phone_numbers", Json::array({phone})},
                                                     {"region", "FR"},
                                                     {"company_name", "Okoro Ltd"},
                                                     {"emails", Json::array({mail})},
                                                     {"if_new", {{"first_name", "Somebody"}}}});
  EXPECT_EQ(completed.at("created"), false) << completed;
  EXPECT_EQ(completed.at("id"), made.at("id"));
  EXPECT_EQ(completed.at("first_name"), "Nadia");
  EXPECT_EQ(completed.at("company_name"), "Okoro Ltd");
  EXPECT_THAT(completed.at("emails"), SizeIs(1));
  EXPECT_THAT(ContactsAt("+33612345678"), SizeIs(1));
}

TEST_F(Stranger, WithoutANumberIsRefusedWithACodeOfItsOwn) {
  const auto refused = [&](const std::string& action, const Json& input) {
    return system_
        .TryCli(
            {"action", "call", "aircall." + action, "--account", account_, "--input", input.dump()})
        .err;
  };
  EXPECT_THAT(refused("contacts.search", {{"phone_number", "anonymous"}}),
              HasSubstr("PHONE_NUMBER_WITHHELD"));
  EXPECT_THAT(refused("contacts.search", {{"phone_number", "reception"}}),
              HasSubstr("PHONE_NUMBER_INVALID"));
  EXPECT_THAT(refused("contacts.create", {{"first_name", "Noor"}}),
              HasSubstr("CONTACT_WITHOUT_PHONE"));
}

}  // namespace
}  // namespace sb::live
