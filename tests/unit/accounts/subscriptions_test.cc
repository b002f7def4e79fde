// The provider's webhook, made to be as it should, whatever is there before.

#include "engine/accounts/subscriptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using accounts::EventNames;
using accounts::Provider;
using accounts::Subscriptions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Webhook : public ::testing::Test {
 protected:
  Result<ports::WebhookSubscription> Ensure(const ports::WebhookSubscription& current = {}) {
    return Subscriptions(provider_, *spec_.webhook)
        .Ensure(current, {kUrl, "Switchboard"}, {"call.ended"});
  }

  ports::WebhookSubscription Known(const testing::FarSide::Hook& hook) {
    return {"h1", hook.uuid, Sha256(hook.token), {hook.events.begin(), hook.events.end()}};
  }

  static constexpr const char* kElsewhere = "https://elsewhere.example/";
  static constexpr const char* kUrl = "https://switchboard.example/webhooks/aircall/h1";
  const connector::Connector& aircall_ = *testing::ShippedConnectors().FindConnector("aircall");
  const accounts::ProviderSpec spec_ = *accounts::ReadProviderSpec(aircall_);
  testing::FarSide far_side_;
  testing::FakeHttpClient http_{
      [this](const ports::HttpRequest& request) { return far_side_.Answer(request); }};
  testing::FakeClock clock_;
  const connector::Credential credential_{"oauth",
                                          {{"access_token", Secret(far_side_.InstalledApp())}}};
  const Provider provider_{
      testing::SharedExpressions(),
      accounts::WithCredential(http_, aircall_, credential_, testing::SharedExpressions(), clock_)};
};

TEST_F(Webhook, AsksForWhatTellsHowCallsSettleAndNotForWhatWeTellOurselves) {
  EXPECT_THAT(EventNames(aircall_, {"io.aircall.call.settled"}),
              ElementsAre("call.archived", "call.assigned", "call.comm_assets_generated",
                          "call.commented", "call.ended", "call.hungup", "call.tagged",
                          "call.untagged", "call.voicemail_left", "integration.deleted"));
}

TEST_F(Webhook, IsCreatedWhereThereIsNone) {
  const auto ensured = Ensure();
  ASSERT_TRUE(ensured.ok()) << ensured.error().message;
  EXPECT_EQ(ensured->remote_id, far_side_.hooks().at(0).uuid);
  EXPECT_EQ(ensured->token_hash, Sha256(far_side_.hooks().at(0).token));
  EXPECT_THAT(ensured->events, ElementsAre("call.ended"));
}

TEST_F(Webhook, IsFoundByItsUrlInsteadOfBeingCreatedTwice) {
  const auto old = far_side_.AddHook(kUrl);
  const auto ensured = Ensure();
  ASSERT_TRUE(ensured.ok());
  EXPECT_EQ(far_side_.hooks().size(), 1U);
  EXPECT_EQ(ensured->remote_id, old.uuid);
  EXPECT_EQ(ensured->token_hash, Sha256(old.token));
  EXPECT_EQ(far_side_.Count("PUT /v1/webhooks/" + old.uuid), 0U);
}

TEST_F(Webhook, IsFoundOnALaterPageToo) {
  for (int i = 0; i < 60; ++i) far_side_.AddHook(kElsewhere);
  const auto ours = far_side_.AddHook(kUrl);
  EXPECT_EQ(Ensure()->remote_id, ours.uuid);
  EXPECT_EQ(far_side_.hooks().size(), 61U);
}

TEST_F(Webhook, IsRevivedWhenTheProviderSwitchedItOff) {
  far_side_.SwitchHookOff(far_side_.AddHook(kUrl).uuid);
  ASSERT_FALSE(far_side_.hooks().at(0).active);
  ASSERT_TRUE(Ensure().ok());
  EXPECT_TRUE(far_side_.hooks().at(0).active);
}

TEST_F(Webhook, MovesToOurNewAddress) {
  const auto old = far_side_.AddHook("https://old.example/webhooks/aircall/h1");
  ASSERT_TRUE(Ensure(Known(old)).ok());
  ASSERT_EQ(far_side_.hooks().size(), 1U);
  EXPECT_EQ(far_side_.hooks()[0].url, kUrl);
}

TEST_F(Webhook, IsAdoptedWhenItWasCreatedAndTheAnswerLost) {
  far_side_.lose_next_create = true;
  const auto ensured = Ensure();
  ASSERT_TRUE(ensured.ok()) << ensured.error().message;
  ASSERT_EQ(far_side_.hooks().size(), 1U);
  EXPECT_EQ(ensured->token_hash, Sha256(far_side_.hooks()[0].token));
}

TEST_F(Webhook, IsInDoubtWhenTheAnswerIsLostAndItIsNotThere) {
  far_side_.interfere = [](const std::string& method,
                           const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    if (method != "POST") return {};
    return Result<ports::HttpResponse>(InDoubt("HTTP_NO_ANSWER", "lost"));
  };
  EXPECT_EQ(Ensure().error().kind, ErrorKind::kInDoubt);
}

TEST_F(Webhook, IsLeftAloneWithItsDoublesRemoved) {
  const auto first = far_side_.AddHook(kUrl);
  far_side_.AddHook(kUrl);
  const auto other = far_side_.AddHook(kElsewhere);
  EXPECT_EQ(Ensure()->remote_id, first.uuid);
  ASSERT_EQ(far_side_.hooks().size(), 2U);
  EXPECT_EQ(far_side_.hooks()[1].uuid, other.uuid);
}

TEST_F(Webhook, IsMadeAnewWhenNobodyKnowsItsToken) {
  const auto mute = far_side_.AddHook(kUrl);
  far_side_.hides_tokens = true;
  const auto ensured = Ensure();
  ASSERT_TRUE(ensured.ok());
  ASSERT_EQ(far_side_.hooks().size(), 1U);
  EXPECT_NE(ensured->remote_id, mute.uuid);
}

TEST_F(Webhook, KeepsTheTokenWeKnowWhenTheListDoesNotShowIt) {
  const auto mute = far_side_.AddHook(kUrl);
  far_side_.hides_tokens = true;
  const auto ensured = Ensure({"h1", mute.uuid, Sha256("known"), {"call.ended"}});
  ASSERT_TRUE(ensured.ok());
  EXPECT_EQ(ensured->remote_id, mute.uuid);
  EXPECT_EQ(ensured->token_hash, Sha256("known"));
}

TEST_F(Webhook, WithoutATokenIsOfNoUse) {
  far_side_.interfere = [](const std::string& method,
                           const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    if (method != "POST") return {};
    return Result<ports::HttpResponse>(ports::HttpResponse{
        201,
        {},
        R"({"webhook":{"webhook_id":"w","url":"u","active":true,"events":[],"token":""}})"});
  };
  const auto ensured = Ensure();
  ASSERT_FALSE(ensured.ok());
  EXPECT_EQ(ensured.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(ensured.error().code, "WEBHOOK_WITHOUT_TOKEN");
}

TEST_F(Webhook, GoesWhereverItIsOurs) {
  far_side_.AddHook(kUrl);
  const auto known = far_side_.AddHook("https://old.example/");
  const auto other = far_side_.AddHook(kElsewhere);
  ASSERT_TRUE(Subscriptions(provider_, *spec_.webhook)
                  .Remove({"h1", known.uuid, "", {}}, {kUrl, "Switchboard"})
                  .ok());
  ASSERT_EQ(far_side_.hooks().size(), 1U);
  EXPECT_EQ(far_side_.hooks()[0].uuid, other.uuid);
}

TEST_F(Webhook, OfARefusedCredentialCanNeitherBeMadeNorRemoved) {
  far_side_.RemoveApp();
  EXPECT_EQ(Ensure().error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(Subscriptions(provider_, *spec_.webhook).Remove({}, {kUrl, ""}).error().kind,
            ErrorKind::kUnauthorized);
}

TEST_F(Webhook, CarriesTheEventsBehindTheWantedTypesSortedAndOnce) {
  EXPECT_THAT(EventNames(aircall_, {"io.aircall.call.ended", "io.aircall.call.answered",
                                    "io.aircall.call.ended"}),
              ElementsAre("call.answered", "call.ended", "integration.deleted"));
}

TEST_F(Webhook, LeavesOutTypesThatTheProviderDoesNotSend) {
  EXPECT_THAT(EventNames(aircall_, {"io.other.thing", "acme.ordered"}),
              ElementsAre("integration.deleted"));
  connector::Connector silent = aircall_;
  silent.always_subscribe.clear();
  EXPECT_THAT(EventNames(silent, {"acme.ordered"}), IsEmpty());
}

TEST_F(Webhook, IsDescribedByActionsThatExist) {
  connector::Connector broken = aircall_;
  broken.data["accounts"]["webhook"]["create"]["action"] = "webhooks.invent";
  const auto spec = accounts::ReadProviderSpec(broken);
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.error().code, "CONNECTOR_INVALID");
  EXPECT_THAT(spec.error().message, ::testing::HasSubstr("webhooks.invent"));
}

}  // namespace
}  // namespace sb
