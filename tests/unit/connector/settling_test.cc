// How records settle is data: which events say that one has ended, how it is read again, and what
// of it may change.
#include "engine/connector/settling.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only
using ::testing::ElementsAre;

constexpr WallTime kEvening(1'790'701'200s);
constexpr const char* kAcmeManifest = "acme/connector.yaml";
constexpr const char* kAcmeAccounts = "accounts: { company";
constexpr const char* kSettlingBlock = R"yaml(settling:
  - entity: box
    event: parcel.settled
    description: A parcel changes no more
    begins_with: [parcel.sent]
    confirmed_by: [parcel.lost]
    looks: [PT30M, P1D]
    read: { action: parcels.find, with: { depot: north, text: '${ $id }' }, data: '.parcels[0]' }
    ended_at: .arrived
    complete: .weighed and .paid
    content: '{weight, price}'
)yaml";

AcmeFiles WithSettling(const std::string& from = {}, const std::string& to = {}) {
  AcmeFiles files;
  files.Edit(kAcmeManifest, kAcmeAccounts, std::string(kSettlingBlock) + kAcmeAccounts);
  if (!from.empty()) files.Edit(kAcmeManifest, from, to);
  return files;
}

class SettlingRules : public ::testing::Test {
 protected:
  const std::unique_ptr<Library> library_ = std::move(WithSettling().Load()).value();
  const Connector& acme_ = *library_->FindConnector("acme");
  const SettlingRule& rule_ = acme_.settling.at(0);
};

TEST_F(SettlingRules, IsDescribedByTheManifest) {
  EXPECT_EQ(rule_.entity, "box");
  EXPECT_EQ(rule_.type, "com.acme.parcel.settled");
  EXPECT_THAT(rule_.schedule.looks, ElementsAre(Millis(30min), Millis(24h)));
  EXPECT_EQ(rule_.action, "parcels.find");
  EXPECT_EQ(acme_.events.back().name, "parcel.settled");
  EXPECT_TRUE(acme_.events.back().ours);
  EXPECT_EQ(FindSettlingOf(acme_, "box"), &rule_);
  EXPECT_EQ(FindSettlingOf(acme_, "van"), nullptr);
}

TEST_F(SettlingRules, KnowsWhatEventsSay) {
  const SettlingFound sent = FindSettling(acme_, "com.acme.parcel.sent");
  ASSERT_EQ(sent.rule, &rule_);
  EXPECT_TRUE(sent.event->begins);
  EXPECT_FALSE(sent.event->confirms);
  EXPECT_TRUE(FindSettling(acme_, "com.acme.parcel.lost").event->confirms);
  EXPECT_EQ(FindSettling(acme_, "com.acme.parcel.settled").rule, nullptr);
}

TEST_F(SettlingRules, ReadsARecordAgain) {
  EXPECT_EQ(SettlingInput(rule_, "17", Jq()).value(), Json({{"depot", "north"}, {"text", "17"}}));
  const Json parcel = {{"key", 17}};
  Json found = Json::object();
  found["parcels"] = Json::array({parcel});
  EXPECT_EQ(SettlingData(rule_, found, Jq()).value(), Json({{"key", 17}}));
  EXPECT_THAT(SettlingData(rule_, Json{{"parcels", Json::array()}}, Jq()),
              FailsWith(ErrorKind::kUnavailable, "SETTLING_UNREADABLE"));
}

TEST_F(SettlingRules, SeesWhetherARecordIsCompleteAndWhatOfItMayChange) {
  const Json parcel = {
      {"arrived", 1'790'700'000}, {"weighed", true}, {"paid", true}, {"weight", 3}, {"link", "a"}};
  const auto facts = ReadRecordFacts(rule_, parcel, kEvening, Jq());
  ASSERT_THAT(facts, Succeeds());
  EXPECT_EQ(facts->ended_at, kEvening - 20min);
  EXPECT_EQ(facts->seen.at, kEvening);
  EXPECT_TRUE(facts->seen.complete);
  Json other = parcel;
  other["link"] = "b";
  other["paid"] = nullptr;
  const auto same = ReadRecordFacts(rule_, other, kEvening, Jq());
  EXPECT_FALSE(same->seen.complete);
  EXPECT_EQ(same->seen.content, facts->seen.content) << "links change all the time";
  other["weight"] = 4;
  EXPECT_NE(ReadRecordFacts(rule_, other, kEvening, Jq())->seen.content, facts->seen.content);
}

TEST_F(SettlingRules, SaysWhereItIsWrong) {
  const auto fault = [](const std::string& from, const std::string& to) {
    return WithSettling(from, to).Load();
  };
  EXPECT_THAT(fault("event: parcel.settled", "event: parcel.sent"), Says("already"));
  EXPECT_THAT(fault("begins_with: [parcel.sent]", "begins_with: [parcel.eaten]"),
              Says("events.yaml has no event 'parcel.eaten'"));
  EXPECT_THAT(fault("looks: [PT30M, P1D]", "looks: [P1D, PT30M]"), Says("later than"));
  EXPECT_THAT(fault("text: '${ $id }'", "size: '${ $id }'"), Says("takes no 'size'"));
  EXPECT_THAT(fault("ended_at: .arrived", "ended_at: .arrived["),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
}

const SettlingRule& OfCalls() {
  return Aircall().FindConnector("aircall")->settling.at(0);
}

bool IsComplete(const Json& call) {
  return ReadRecordFacts(OfCalls(), call, kEvening, Jq())->seen.complete;
}

TEST(AircallSettling, TakesACallForCompleteOnceItHasItsCostAndItsRecording) {
  Json call = {{"status", "done"},
               {"answered_at", 1'790'700'000},
               {"cost", "0.0"},
               {"number", {{"live_recording_activated", true}}}};
  EXPECT_FALSE(IsComplete(call));
  call["recording"] = "https://media.example.net/1.mp3";
  EXPECT_FALSE(IsComplete(call)) << "not finalised";
  call["pricing_type"] = "in_bundle";
  EXPECT_TRUE(IsComplete(call)) << "as it is read";
  call.erase("pricing_type");
  call["cost"] = "2.4";
  EXPECT_TRUE(IsComplete(call)) << "as a webhook tells it";
  call["recording"] = nullptr;
  EXPECT_FALSE(IsComplete(call)) << "the recording comes late";
  call["number"]["live_recording_activated"] = false;
  EXPECT_TRUE(IsComplete(call)) << "this line records nothing";
}

TEST(AircallSettling, SeesTheSameInAWebhookAndInTheCallAsItIsRead) {
  const Json read = {{"id", 1},
                     {"sid", "CA1"},
                     {"status", "done"},
                     {"duration", 7},
                     {"assigned_to", nullptr},
                     {"pricing_type", "in_bundle"},
                     {"recording", "https://a.example/1"}};
  Json told = {{"id", 1},          {"call_uuid", "CA1"}, {"hangup_cause", nullptr},
               {"status", "done"}, {"duration", 7},      {"recording", "https://b.example/2"}};
  const auto content = [](const Json& call) {
    return ReadRecordFacts(OfCalls(), call, kEvening, Jq())->seen.content;
  };
  EXPECT_EQ(content(read), content(told));
  told["duration"] = 8;
  EXPECT_NE(content(read), content(told));
  EXPECT_EQ(SettlingData(OfCalls(), read, Jq())->at("call_uuid"), "CA1");
}

TEST(AircallSettling, AsksForTheCallByItsNumber) {
  EXPECT_EQ(SettlingInput(OfCalls(), "4190000017", Jq())->at("call_id"), 4'190'000'017);
}

}  // namespace
}  // namespace sb::connector
