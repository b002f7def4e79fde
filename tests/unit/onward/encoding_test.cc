#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/core/onward/cloud_event_http.h"
#include "engine/core/onward/standard_webhooks.h"

namespace sb::core::onward {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

Json Ended() {
  return {{"specversion", "1.0"},
          {"id", "evt_1"},
          {"source", "/accounts/acc_1"},
          {"type", "io.aircall.call.ended"},
          {"subject", "calls/42"},
          {"time", "2026-06-01T09:30:00.000Z"},
          {"datacontenttype", "application/json"},
          {"recovered", true},
          {"data", {{"id", 42}}}};
}

TEST(EncodeCloudEvent, StructuredIsTheWholeEvent) {
  const EncodedEvent encoded = EncodeCloudEvent(Ended(), CloudEventMode::kStructured);
  EXPECT_THAT(encoded.headers,
              Contains(Pair("content-type", "application/cloudevents+json; charset=utf-8")));
  EXPECT_EQ(Json::parse(encoded.body), Ended());
}

TEST(EncodeCloudEvent, BinaryIsItsDataWithTheAttributesAsHeaders) {
  const EncodedEvent encoded = EncodeCloudEvent(Ended(), CloudEventMode::kBinary);
  EXPECT_EQ(encoded.body, R"({"id":42})");
  EXPECT_THAT(encoded.headers, Contains(Pair("content-type", "application/json")));
  EXPECT_THAT(encoded.headers, Contains(Pair("ce-specversion", "1.0")));
  EXPECT_THAT(encoded.headers, Contains(Pair("ce-type", "io.aircall.call.ended")));
  EXPECT_THAT(encoded.headers, Contains(Pair("ce-recovered", "true")));
  EXPECT_THAT(encoded.headers, Not(Contains(Pair("ce-datacontenttype", ::testing::_))));
}

TEST(EncodeCloudEvent, AHeaderHoldsNothingButVisibleAscii) {
  Json event = Ended();
  event["subject"] = "orders/\xC3\xA9 \"1\" 100%\r\nx-evil: yes";
  const EncodedEvent encoded = EncodeCloudEvent(event, CloudEventMode::kBinary);
  EXPECT_THAT(encoded.headers,
              Contains(Pair("ce-subject", "orders/%C3%A9%20%221%22%20100%25%0D%0Ax-evil:%20yes")));
}

TEST(SignWebhook, IsWhatTheStandardGivesAsItsExample) {
  const auto headers =
      SignWebhook(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek",
                  WallTime(std::chrono::seconds(1614265330)), R"({"test": 2432232314})");
  ASSERT_TRUE(headers.ok());
  EXPECT_THAT(*headers, Contains(Pair("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")));
  EXPECT_THAT(*headers, Contains(Pair("webhook-timestamp", "1614265330")));
  EXPECT_THAT(*headers, Contains(Pair("webhook-signature",
                                      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")));
}

TEST(SignWebhook, RefusesASecretOfAnotherFormWithoutShowingIt) {
  for (const char* wrong :
       {"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_%%%"}) {
    const auto headers = SignWebhook(Secret(wrong), "evt_1", WallTime(), "{}");
    ASSERT_FALSE(headers.ok()) << wrong;
    EXPECT_EQ(headers.error().code, "ONWARD_SECRET_INVALID");
    if (std::string(wrong).size() > 10) {
      EXPECT_THAT(headers.error().message, Not(HasSubstr(wrong)));
    }
  }
}

}  // namespace
}  // namespace sb::core::onward
