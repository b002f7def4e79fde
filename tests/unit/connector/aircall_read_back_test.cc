#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

// An answer was lost. Did the request take effect?
namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

constexpr WallTime kRequestedAt{1'790'700'100'900ms};

const ReadBackSpec& SpecOf(const std::string& action) {
  return *Aircall().FindAction("aircall." + action).action->read_back;
}

Json LookUp(const std::string& action, const Json& input) {
  return ReadBackInput(SpecOf(action), input, kRequestedAt, Jq()).value();
}

std::optional<Json> Found(const std::string& action, const Json& input, const Json& output) {
  auto found = ReadBackFound(SpecOf(action), input, kRequestedAt, output, Jq());
  EXPECT_THAT(found, Succeeds());
  return std::move(found).value();
}

std::optional<Json> FoundNote(const std::string& sent, const Json& comments) {
  return Found("calls.comment", {{"call_id", 17}, {"content", sent}},
               {{"id", 17}, {"comments", comments}});
}

Json Note(const std::string& content, std::int64_t posted_at = 1'790'700'101) {
  return {{"id", 1}, {"content", content}, {"posted_at", posted_at}, {"posted_by", nullptr}};
}

TEST(ReadBackOfANote, LooksAtTheCall) {
  EXPECT_EQ(SpecOf("calls.comment").action, "calls.get");
  EXPECT_EQ(LookUp("calls.comment", {{"call_id", 17}, {"content", "x"}}), Json({{"call_id", 17}}));
}

TEST(ReadBackOfANote, FindsTheNoteOnTheCall) {
  EXPECT_EQ(FoundNote("Asked for a call back",
                      Json::array({Note("Other"), Note("Asked for a call back")})),
            Json::object());
}

TEST(ReadBackOfANote, KnowsThatAircallRemovesEmojis) {
  EXPECT_EQ(FoundNote("Happy \xF0\x9F\x98\x80 customer \xE2\x9C\x94\xEF\xB8\x8F",
                      Json::array({Note("Happy  customer")})),
            Json::object());
  EXPECT_EQ(FoundNote("Très bien, 顧客", Json::array({Note("Très bien, 顧客")})), Json::object());
}

TEST(ReadBackOfANote, TakesNoOlderNoteForOurs) {
  EXPECT_EQ(FoundNote("Asked for a call back",
                      Json::array({Note("Asked for a call back", 1'790'700'000)})),
            std::nullopt);
}

TEST(ReadBackOfANote, SaysThatItIsNotThere) {
  EXPECT_EQ(FoundNote("Asked for a call back", Json::array()), std::nullopt);
  EXPECT_EQ(FoundNote("Asked for a call back", Json::array({Note("Something else")})),
            std::nullopt);
  EXPECT_EQ(FoundNote("Asked for a call back", nullptr), std::nullopt);
}

TEST(ReadBackOfTags, FindsThemWhenAllAreOnTheCall) {
  const Json call = {{"id", 17}, {"tags", {{{"id", 1}}, {{"id", 2}}, {{"id", 3}}}}};
  EXPECT_EQ(Found("calls.tag", {{"call_id", 17}, {"tags", {3, 1}}}, call), Json::object());
  EXPECT_EQ(Found("calls.tag", {{"call_id", 17}, {"tags", {3, 4}}}, call), std::nullopt);
  EXPECT_EQ(Found("calls.tag", {{"call_id", 17}, {"tags", {3}}}, {{"id", 17}, {"tags", nullptr}}),
            std::nullopt);
}

Json NewContact() {
  return {{"first_name", "Priya"},
          {"phone_numbers", {{{"label", "Work"}, {"value", "+1 617-555-0142"}}}}};
}

Json Contact(int id, const Json& first_name, std::int64_t created_at = 1'790'700'101) {
  return {
      {"id", id}, {"first_name", first_name}, {"last_name", nullptr}, {"created_at", created_at}};
}

TEST(ReadBackOfAContact, SearchesForItsFirstNumber) {
  EXPECT_EQ(LookUp("contacts.create", NewContact()), Json({{"phone_number", "+1 617-555-0142"},
                                                           {"region", nullptr},
                                                           {"order", "desc"},
                                                           {"per_page", 50}}));
  EXPECT_THAT(SpecOf("contacts.create").waits, ::testing::ElementsAre(2s, 5s, 15s, 30s));
}

TEST(ReadBackOfAContact, AdoptsTheOldestOfThoseThatFit) {
  const Json page = {{"contacts", {Contact(9, "Priya"), Contact(7, "Priya"), Contact(5, "Ann")}}};
  EXPECT_EQ(Found("contacts.create", NewContact(), page), Contact(7, "Priya"));
}

TEST(ReadBackOfAContact, TakesNoContactThatWasThereBefore) {
  const Json page = {{"contacts", {Contact(7, "Priya", 1'790'700'000)}}};
  EXPECT_EQ(Found("contacts.create", NewContact(), page), std::nullopt);
  EXPECT_EQ(Found("contacts.create", NewContact(), {{"contacts", Json::array()}}), std::nullopt);
}

TEST(ReadBackOfAContact, TakesAbsentNamesForEqual) {
  Json nameless = NewContact();
  nameless.erase("first_name");
  EXPECT_EQ(Found("contacts.create", nameless, {{"contacts", {Contact(7, nullptr)}}}),
            Contact(7, nullptr));
}

TEST(ReadBackOfAnUpsert, SearchesForTheNumberOrElseTheAddress) {
  const Json phones = NewContact().at("phone_numbers");
  EXPECT_EQ(LookUp("contacts.upsert", {{"phone_numbers", phones}, {"region", "US"}}),
            Json({{"phone_number", "+1 617-555-0142"},
                  {"email", nullptr},
                  {"region", "US"},
                  {"per_page", 50}}));
  Json mails = Json::array();
  mails.push_back({{"label", "Work"}, {"value", "priya@lumen.example"}});
  EXPECT_EQ(LookUp("contacts.upsert", {{"emails", mails}}).at("email"), "priya@lumen.example");
}

TEST(ReadBackOfAnUpsert, FindsTheContactOnceAllOfItIsThere) {
  Json input = NewContact();
  input["phone_numbers"][0]["value"] = "+16175550142";
  Json contact = Contact(7, "Priya");
  contact["phone_numbers"] = input["phone_numbers"];
  Json page = {{"contacts", Json::array()}};
  EXPECT_EQ(Found("contacts.upsert", input, page), std::nullopt);
  page["contacts"].push_back(contact);
  EXPECT_EQ(Found("contacts.upsert", input, page)->at("created"), true);
  page["contacts"][0]["created_at"] = 1'790'000'000;
  EXPECT_EQ(Found("contacts.upsert", input, page)->at("created"), false);

  input["company_name"] = "Lumen Tools";
  EXPECT_EQ(Found("contacts.upsert", input, page), std::nullopt) << "a change is missing";
  page["contacts"][0]["company_name"] = "Lumen Tools";
  EXPECT_NE(Found("contacts.upsert", input, page), std::nullopt);
  input["phone_numbers"].push_back({{"label", "Home"}, {"value", "+16175550143"}});
  EXPECT_EQ(Found("contacts.upsert", input, page), std::nullopt) << "a number is missing";
}

TEST(ReadBackOfAPhoneNumber, FindsItOnTheContact) {
  const Json input = {{"contact_id", 5}, {"label", "Mobile"}, {"value", "+1 617-555-0143"}};
  const Json phone = {{"id", 3}, {"label", "Mobile"}, {"value", "+16175550143"}};
  EXPECT_EQ(Found("contacts.phones.add", input, {{"id", 5}, {"phone_numbers", {phone}}}), phone);
  EXPECT_EQ(Found("contacts.phones.add", input, {{"id", 5}, {"phone_numbers", Json::array()}}),
            std::nullopt);
}

TEST(ReadBackOfAnEmailAddress, FindsItOnTheContact) {
  const Json input = {{"contact_id", 5}, {"label", "Work"}, {"value", "Priya@lumen.example"}};
  const Json email = {{"id", 3}, {"label", "Work"}, {"value", "priya@lumen.example"}};
  EXPECT_EQ(Found("contacts.emails.add", input, {{"id", 5}, {"emails", {email}}}), email);
  EXPECT_EQ(Found("contacts.emails.add", input, {{"id", 5}}), std::nullopt);
}

TEST(ReadBackOfATag, FindsItByItsName) {
  const Json tag = {{"id", 3}, {"name", "Call back"}};
  EXPECT_EQ(Found("tags.create", {{"name", "Call back"}, {"color", "#00B388"}}, {{"tags", {tag}}}),
            tag);
  EXPECT_EQ(Found("tags.create", {{"name", "Other"}, {"color", "#00B388"}}, {{"tags", {tag}}}),
            std::nullopt);
}

TEST(ReadBackOfAWebhook, FindsItByAddressAndEvents) {
  const Json input = {{"url", "https://us.example/h"},
                      {"events", {"call.ended", "integration.deleted"}}};
  const Json ours = {{"webhook_id", "w2"},
                     {"url", "https://us.example/h"},
                     {"events", {"integration.deleted", "call.ended"}}};
  const Json old = {
      {"webhook_id", "w1"}, {"url", "https://us.example/h"}, {"events", {"call.ended"}}};
  EXPECT_EQ(Found("webhooks.create", input, {{"webhooks", {old, ours}}}), ours);
  EXPECT_EQ(Found("webhooks.create", input, {{"webhooks", {old}}}), std::nullopt);
}

TEST(ReadBack, FailsWhenTheAnswerMakesNoSense) {
  EXPECT_THAT(ReadBackFound(SpecOf("contacts.create"), NewContact(), kRequestedAt, Json(3), Jq()),
              FailsWith(ErrorKind::kInvalid, "EXPRESSION_FAILED"));
}

}  // namespace
}  // namespace sb::connector
