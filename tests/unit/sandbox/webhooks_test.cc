#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/render/render.h"
#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr CallerKind kKey = CallerKind::kKey;

WebhookDraft To(const std::string& url, std::optional<std::set<std::string>> events = {}) {
  return {.url = url, .events = std::move(events)};
}

Webhook Subscribe(WatchedCompany& company, std::optional<std::set<std::string>> events = {},
                  CallerKind owner = kKey) {
  return *company->webhooks().Create(owner, To("https://in.example/", std::move(events)),
                                     company.clock().Now());
}

void InstallApp(WatchedCompany& company, std::vector<std::int64_t> numbers) {
  AppInstall& app = company->app();
  const std::string code =
      app.Consent("http://127.0.0.1/cb", 2100001, std::move(numbers), company.clock().Now());
  ASSERT_THAT(app.Redeem({"authorization_code", code, "http://127.0.0.1/cb", app.client().id,
                          app.client().secret},
                         company.clock().Now()),
              IsOk());
}

TEST(Webhook, WithoutEventsHearsEverything) {
  WatchedCompany company;
  EXPECT_EQ(Subscribe(company).events, AllEvents());
  EXPECT_EQ(Subscribe(company, std::set<std::string>{}).events, AllEvents());
}

TEST(Webhook, NeedsAUsableAddressAndKnownEvents) {
  WatchedCompany company;
  auto& hooks = company->webhooks();
  const WallTime now = company.clock().Now();
  EXPECT_THAT(hooks.Create(kKey, {}, now), IsRefused());
  EXPECT_THAT(hooks.Create(kKey, To("http://in.example/"), now), IsRefused());
  EXPECT_THAT(hooks.Create(kKey, To("https://in.example/", {{"call.exploded"}}), now), IsRefused());
}

TEST(Webhook, UpdatedWithoutEventsIsResetToAll) {
  WatchedCompany company;
  const Webhook hook = Subscribe(company, {{"call.ended"}});
  const auto updated = company->webhooks().Update(kKey, hook.uuid, {.custom_name = "New"});
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->events, AllEvents());
  EXPECT_EQ(updated->token, hook.token);
}

TEST(Webhook, MergesEventsWhenAskedTo) {
  WatchedCompany company;
  const Webhook hook = Subscribe(company, {{"call.ended"}});
  auto& hooks = company->webhooks();
  EXPECT_THAT(
      hooks.Update(kKey, hook.uuid, {.events = {{"call.created"}}, .action = EventsAction::kAdd})
          ->events,
      ElementsAre("call.created", "call.ended"));
  EXPECT_THAT(
      hooks.Update(kKey, hook.uuid, {.events = {{"call.ended"}}, .action = EventsAction::kRemove})
          ->events,
      ElementsAre("call.created"));
  EXPECT_THAT(hooks.Update(kKey, hook.uuid, {.events = {{"call.hold"}}})->events,
              ElementsAre("call.hold"));
}

TEST(Webhook, AnswersToItsUuidAndItsOldNumber) {
  WatchedCompany company;
  const Webhook hook = Subscribe(company);
  EXPECT_THAT(company->webhooks().Get(kKey, hook.uuid), IsOk());
  EXPECT_THAT(company->webhooks().Get(kKey, std::to_string(hook.id)), IsOk());
  EXPECT_THAT(company->webhooks().Get(kKey, "nothing"), IsUnknown());
  EXPECT_THAT(company->webhooks().Update(kKey, "nothing", {}), IsUnknown());
  EXPECT_THAT(company->webhooks().Remove(kKey, "nothing"), IsUnknown());
}

TEST(Webhook, IsSeenByItsOwnKindOfCallerOnly) {
  WatchedCompany company;
  const Webhook keys = Subscribe(company);
  const Webhook apps = Subscribe(company, {}, CallerKind::kApp);
  EXPECT_THAT(company->webhooks().List(kKey, {}).items, SizeIs(1));
  EXPECT_THAT(company->webhooks().Get(kKey, apps.uuid), IsUnknown());
  EXPECT_THAT(company->webhooks().Remove(CallerKind::kApp, keys.uuid), IsUnknown());
}

TEST(Webhook, NumberOneHundredAndOneIsRefused) {
  WatchedCompany company;
  for (int i = 0; i < 100; ++i) Subscribe(company);
  EXPECT_THAT(company->webhooks().Create(CallerKind::kApp, To("https://in.example/"),
                                         company.clock().Now()),
              IsRefused());
}

TEST(Webhook, IsSwitchedOffByFailuresInARowAndRevivedByASuccess) {
  WatchedCompany company;
  const Webhook hook = Subscribe(company);
  auto& hooks = company->webhooks();
  const auto active = [&] { return hooks.Get(kKey, hook.uuid)->active; };
  for (int i = 0; i < 9; ++i) hooks.NoteOutcome(hook.uuid, false, 10);
  EXPECT_TRUE(active());
  hooks.NoteOutcome(hook.uuid, false, 10);
  EXPECT_FALSE(active());
  hooks.NoteOutcome(hook.uuid, true, 10);
  EXPECT_TRUE(active());
}

TEST(Webhook, SwitchedOffByItsOwnerStaysOffAfterASuccess) {
  WatchedCompany company;
  const Webhook hook = Subscribe(company);
  auto& hooks = company->webhooks();
  ASSERT_THAT(hooks.Update(kKey, hook.uuid, {.active = false}), IsOk());
  hooks.NoteOutcome(hook.uuid, true, 10);
  EXPECT_FALSE(hooks.Get(kKey, hook.uuid)->active);
}

TEST(Webhook, IsRevivedByItsOwner) {
  WatchedCompany company;
  const Webhook hook = Subscribe(company);
  auto& hooks = company->webhooks();
  for (int i = 0; i < 10; ++i) hooks.NoteOutcome(hook.uuid, false, 10);
  EXPECT_TRUE(hooks.Update(kKey, hook.uuid, {.active = true})->active);
  hooks.NoteOutcome(hook.uuid, false, 10);
  EXPECT_TRUE(hooks.Get(kKey, hook.uuid)->active);
}

TEST(Events, GoToActiveSubscribersOnly) {
  WatchedCompany company;
  const Webhook hears = Subscribe(company, {{"call.ended"}});
  Subscribe(company, {{"call.hold"}});
  const Webhook off = Subscribe(company, {{"call.ended"}});
  ASSERT_THAT(
      company->webhooks().Update(kKey, off.uuid, {.events = {{"call.ended"}}, .active = false}),
      IsOk());
  company.CallFromPriya();
  const auto reached = company->SubscribersOf(company.events().back());
  ASSERT_THAT(reached, SizeIs(1));
  EXPECT_EQ(reached.front().uuid, hears.uuid);
}

TEST(Events, ReachAnAppForItsChosenNumbersOnly) {
  WatchedCompany company;
  Subscribe(company, {}, CallerKind::kApp);
  InstallApp(company, {1400002});
  company.CallFromPriya();
  EXPECT_THAT(company->SubscribersOf(company.events().back()), IsEmpty());
  ASSERT_THAT(company->PlaceCall({.number_id = 1400002, .external = "anonymous"}, Pace::kInstant),
              IsOk());
  EXPECT_THAT(company->SubscribersOf(company.events().back()), SizeIs(1));
  ASSERT_THAT(company->CreateContact(Caller("+16175550111")), IsOk());
  EXPECT_THAT(company->SubscribersOf(company.events().back()), SizeIs(1));
}

TEST(Events, DoNotReachAnAppThatIsSwitchedOff) {
  WatchedCompany company;
  Subscribe(company, {}, CallerKind::kApp);
  InstallApp(company, {1400001});
  company->app().SetActive(false);
  company.CallFromPriya();
  EXPECT_THAT(company->SubscribersOf(company.events().back()), IsEmpty());
}

TEST(RemovingTheApp, TellsItKillsItsTokensAndTakesItsWebhooks) {
  WatchedCompany company;
  Subscribe(company, {}, CallerKind::kApp);
  const Webhook keys = Subscribe(company);
  EXPECT_THAT(company->RemoveApp(), IsUnknown());
  InstallApp(company, {1400001});
  ASSERT_THAT(company->RemoveApp(), IsOk());
  EXPECT_THAT(company.EventNames(), ElementsAre("integration.deleted"));
  EXPECT_EQ(company.LastData().at("company_id"), 61001);
  EXPECT_FALSE(company->app().integration());
  ASSERT_THAT(company->webhooks().all(), SizeIs(1));
  EXPECT_EQ(company->webhooks().all().front().uuid, keys.uuid);
}

TEST(Envelope, WrapsTheEventWithTheWebhooksOwnToken) {
  WatchedCompany company;
  company.CallFromPriya();
  const auto body = nlohmann::ordered_json::parse(EnvelopeText(company.events().back(), "secret"));
  std::vector<std::string> keys;
  for (const auto& [key, value] : body.items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("resource", "event", "timestamp", "token", "data"));
  EXPECT_EQ(body.at("token"), "secret");
  EXPECT_EQ(body.at("timestamp"), kStart);
}

}  // namespace
}  // namespace sb::aircall::sandbox
