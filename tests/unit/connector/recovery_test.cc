// What lists tell of events that no webhook told: by the connector's data, in the form of its
// deliveries, and with the identity that these have.
#include "engine/connector/recovery.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WallTime kNoon(1'790'683'200s);
constexpr const char* kManifest = "acme/connector.yaml";
constexpr const char* kAccounts = "accounts: { company";
constexpr const char* kRecovery = R"yaml(recovery:
  lists:
    - action: parcels.find
      with: { depot: north, text: '${ "\($from)-\($to)-\($page)" }' }
      pick: .parcels
      more: .page < 3
      total: .count
      per_page: 2
      most: 100
      reach_back: PT2H
      number: .van
      data: del(.van)
      entity: box
      events:
        - { event: parcel.sent, at: .sent, once: true, lag: PT30S }
        - { event: parcel.lost, at: '[.lost[]?.at]', told_at: /head/at }
)yaml";

std::unique_ptr<Library> AcmeThatTells() {
  AcmeFiles files;
  files.Edit(kManifest, kAccounts, std::string(kRecovery) + kAccounts);
  auto library = files.Load();
  EXPECT_THAT(library, Succeeds());
  return library.ok() ? std::move(*library) : nullptr;
}

class Recovery : public ::testing::Test {
 protected:
  RecoveryPage Read(const Json& output, int page = 1) {
    auto read = ReadRecoveryPage(list_, output, page, kNoon, Jq());
    EXPECT_THAT(read, Succeeds());
    return read.ok() ? *read : RecoveryPage();
  }

  const std::unique_ptr<Library> library_ = AcmeThatTells();
  const Connector& acme_ = *library_->FindConnector("acme");
  const RecoveryList& list_ = acme_.recovery.at(0);
};

TEST_F(Recovery, IsDescribedByTheManifest) {
  EXPECT_EQ(list_.action, "parcels.find");
  EXPECT_EQ(list_.entity, "box");
  EXPECT_FALSE(list_.shape.newest_first);
  EXPECT_EQ(list_.shape.reach_back, 2h);
  EXPECT_EQ(list_.shape.most, 100);
  EXPECT_EQ(list_.shape.per_page, 2);
  ASSERT_THAT(list_.events, SizeIs(2));
  EXPECT_EQ(list_.events[0].name, "parcel.sent");
  EXPECT_EQ(list_.events[0].lag, 30s);
  EXPECT_TRUE(acme_.occurrences.at("parcel.sent").once);
  EXPECT_EQ(acme_.occurrences.at("parcel.lost").told_at, "/head/at");
}

TEST_F(Recovery, AsksForTheWindowInUnixSeconds) {
  const auto input = RecoveryInput(list_, {kNoon, kNoon + 1h}, 3, Jq());
  ASSERT_THAT(input, Succeeds());
  EXPECT_EQ(*input, Json({{"depot", "north"}, {"text", "1790683200-1790686800-3"}}));
}

TEST_F(Recovery, UnderstandsAPage) {
  const RecoveryPage page =
      Read({{"parcels",
             {{{"key", 1}, {"van", 7}, {"sent", 1'790'683'201}},
              {{"key", 2}, {"lost", {{{"at", 1'790'683'202}}, {{"at", 1'790'683'203}}}}}}},
            {"count", 12},
            {"page", 1}});
  ASSERT_THAT(page.records, SizeIs(2));
  EXPECT_EQ(page.records[0].data, Json({{"key", 1}, {"sent", 1'790'683'201}}));
  EXPECT_EQ(page.records[0].number, 7);
  EXPECT_THAT(page.records[0].told, ElementsAre(ElementsAre(kNoon + 1s), IsEmpty()));
  EXPECT_TRUE(page.records[1].number.is_null());
  EXPECT_THAT(page.records[1].told, ElementsAre(IsEmpty(), ElementsAre(kNoon + 2s, kNoon + 3s)));
  EXPECT_EQ(page.seen.items, 2);
  EXPECT_EQ(page.seen.total, 12);
  EXPECT_TRUE(page.seen.more);
  EXPECT_FALSE(page.seen.past);
}

TEST_F(Recovery, EndsWithThePageAfterWhichThereIsNone) {
  EXPECT_FALSE(Read({{"parcels", {{{"key", 1}}}}, {"page", 3}}).seen.more);
  EXPECT_FALSE(Read({{"parcels", Json::array()}, {"page", 1}}).seen.more)
      << "an empty page has no next one, whatever it says";
}

TEST_F(Recovery, NoticesWhatIsNoSuchList) {
  EXPECT_THAT(ReadRecoveryPage(list_, {{"parcels", {1, 2}}}, 1, kNoon, Jq()),
              FailsWith(ErrorKind::kUnavailable, "RECOVERY_UNREADABLE"));
}

TEST_F(Recovery, ComposesWhatTheProviderWouldHaveSent) {
  const auto event =
      ComposeDelivery(acme_, list_, list_.events[0], kNoon + 1s, {{"key", 17}, {"weight", 2}});
  ASSERT_THAT(event, Succeeds());
  EXPECT_EQ(event->type, "com.acme.parcel.sent");
  EXPECT_EQ(event->entity, "boxes");
  EXPECT_EQ(event->entity_id, "17");
  EXPECT_EQ(event->occurred_at, kNoon + 1s);
  EXPECT_EQ(event->data, Json({{"key", 17}, {"weight", 2}}));
}

Json Delivery(const char* kind, std::int64_t at, const Json& data) {
  return {{"head", {{"kind", kind}, {"proof", "t0ken"}, {"at", at}, {"thing", "box"}}},
          {"body", data}};
}

TEST_F(Recovery, KnowsADeliveryOfWhatHappensOnceByItsEntity) {
  const auto told = ReadWebhook(
      acme_, DumpJson(Delivery("parcel.sent", 1'790'683'260, {{"key", 17}, {"weight", 3}})));
  const auto recovered = ComposeDelivery(acme_, list_, list_.events[0], kNoon + 1s, {{"key", 17}});
  EXPECT_EQ(told->occurrence.size(), 32U);
  EXPECT_EQ(told->occurrence, recovered->occurrence);
  EXPECT_NE(told->dedupe, recovered->dedupe);
  EXPECT_NE(ComposeDelivery(acme_, list_, list_.events[0], kNoon + 1s, {{"key", 18}})->occurrence,
            recovered->occurrence);
}

TEST_F(Recovery, KnowsADeliveryOfWhatHappensAgainByItsTime) {
  const Json parcel = {{"parcel", {{"number", 5}}}};
  const auto told = ReadWebhook(acme_, DumpJson(Delivery("parcel.lost", 1'790'683'202, parcel)));
  EXPECT_EQ(ComposeDelivery(acme_, list_, list_.events[1], kNoon + 2s, parcel)->occurrence,
            told->occurrence);
  EXPECT_NE(ComposeDelivery(acme_, list_, list_.events[1], kNoon + 3s, parcel)->occurrence,
            told->occurrence);
}

TEST_F(Recovery, GivesEventsWithoutARuleNoIdentity) {
  const auto other =
      ReadWebhook(acme_, DumpJson(Delivery("parcel.weighed", 1'790'683'202, {{"key", 17}})));
  EXPECT_EQ(other->occurrence, "");
  const auto nobodys =
      ReadWebhook(acme_, DumpJson(Delivery("parcel.sent", 1'790'683'202, Json::object())));
  EXPECT_EQ(nobodys->occurrence, "") << "of no entity";
}

Result<std::unique_ptr<Library>> LoadWith(const std::string& from, const std::string& to) {
  std::string recovery = kRecovery;
  recovery.replace(recovery.find(from), from.size(), to);
  AcmeFiles files;
  files.Edit(kManifest, kAccounts, recovery + kAccounts);
  return files.Load();
}

TEST(LoadRecovery, RefusesWhatCannotBeApplied) {
  EXPECT_THAT(LoadWith("event: parcel.sent", "event: parcel.found"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(LoadWith("told_at: /head/at", "told_at: head"), Says("told_at"));
  EXPECT_THAT(LoadWith("action: parcels.find", "action: parcels.seek"), Says("parcels.seek"));
  EXPECT_THAT(LoadWith("depot: north", "depots: north"), Says("takes no 'depots'"));
  EXPECT_THAT(LoadWith("at: .sent", "at: '.sent |'"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(LoadWith("total: .count", "total: $depot"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(LoadWith("lag: PT30S", "lag: soon"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
}

// ---- Aircall

const Connector& TheRealOne() {
  return *Aircall().FindConnector("aircall");
}

TEST(AircallRecovery, TellsWhatACallSays) {
  const RecoveryList& calls = TheRealOne().recovery.at(0);
  const Json call = {
      {"id", 4'190'000'017},           {"sid", "CA1"},
      {"started_at", 1'790'683'200},   {"answered_at", 1'790'683'212},
      {"ended_at", 1'790'683'300},     {"voicemail", nullptr},
      {"number", {{"id", 1'400'001}}}, {"tags", {{{"id", 1}, {"tagged_at", 1'790'683'310}}}},
      {"comments", Json::array()}};
  const Json output = {{"calls", Json::array({call})},
                       {"meta", {{"total", 1}, {"next_page_link", nullptr}}}};
  const auto page = ReadRecoveryPage(calls, output, 1, kNoon, Jq());
  ASSERT_THAT(page, Succeeds());
  ASSERT_THAT(page->records, SizeIs(1));
  const RecoveryRecord& record = page->records[0];
  EXPECT_EQ(record.number, 1'400'001);
  EXPECT_EQ(TextMember(record.data, "call_uuid"), "CA1");
  EXPECT_FALSE(record.data.contains("sid"));
  const auto at = [](int after) { return ElementsAre(kNoon + std::chrono::seconds(after)); };
  EXPECT_THAT(record.told,
              ElementsAre(at(0), at(12), at(100), at(100), IsEmpty(), at(110), IsEmpty()));
}

TEST(AircallRecovery, ReadsContactsUntilTheyAreOldEnough) {
  const RecoveryList& contacts = TheRealOne().recovery.at(1);
  EXPECT_TRUE(contacts.shape.newest_first);
  const auto contact = [](int id, int created, int updated) {
    return Json{{"id", id},
                {"created_at", 1'790'683'200 + created},
                {"updated_at", 1'790'683'200 + updated}};
  };
  const Json output = {
      {"contacts", {contact(3, 60, 67), contact(2, -9000, 50), contact(1, -9000, -5)}},
      {"meta", {{"total", 300}, {"next_page_link", "https://api.aircall.io/v1/contacts?page=2"}}}};
  const auto page = ReadRecoveryPage(contacts, output, 1, kNoon, Jq());
  ASSERT_THAT(page, Succeeds());
  EXPECT_TRUE(page->seen.past);
  EXPECT_THAT(page->records.at(0).told, ElementsAre(ElementsAre(kNoon + 60s), IsEmpty()))
      << "its creation, not a change";
  EXPECT_THAT(page->records.at(1).told,
              ElementsAre(ElementsAre(kNoon - 9000s), ElementsAre(kNoon + 50s)));
}

TEST(AircallRecovery, HasTheIdentityOfDeliveriesAsTheyWereSeenOnTheWire) {
  const auto told = ReadWebhook(TheRealOne(), R"({
      "resource": "contact", "event": "contact.updated", "timestamp": 1790700500, "token": "x",
      "data": {"id": 520000101, "updated_at": "2026-09-29T18:48:19.000Z"}})");
  const auto recovered = ComposeDelivery(
      TheRealOne(), TheRealOne().recovery.at(1), TheRealOne().recovery.at(1).events.at(1),
      WallTime(1'790'707'699s), {{"id", 520'000'101}, {"updated_at", 1'790'707'699}});
  ASSERT_THAT(recovered, Succeeds());
  EXPECT_EQ(told->occurrence, recovered->occurrence);
}

}  // namespace
}  // namespace sb::connector
