#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "tests/golden/shipped_aircall.h"

// Recorded deliveries, connectors/aircall/fixtures/webhooks/<event>.json: a body and what it must
// be understood as.
namespace sb::connector {
namespace {

TEST(AircallDeliveries, AreUnderstoodAsRecorded) {
  int deliveries = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("connectors/aircall/fixtures/webhooks")) {
    SCOPED_TRACE(entry.path().filename().string());
    const Json fixture = ParseJson(ReadFile(entry.path()).value()).value();
    const auto event = ReadWebhook(Aircall(), fixture.at("body").dump());
    ASSERT_TRUE(event.ok()) << event.error().message;
    const Json& expected = fixture.at("event");
    EXPECT_EQ(event->type, expected.at("type").get<std::string>());
    EXPECT_EQ(event->entity + "/" + event->entity_id, expected.at("subject").get<std::string>());
    EXPECT_EQ(ToRfc3339(event->occurred_at.value()), expected.at("time").get<std::string>());
    EXPECT_EQ(event->token, fixture.at("body").at("token").get<std::string>());
    EXPECT_EQ(event->body.find(event->token), std::string::npos);
    // A changed identity would let deliveries through twice, once before and once after an upgrade.
    EXPECT_EQ(ToHex(event->dedupe), expected.at("dedupe").get<std::string>());
    ++deliveries;
  }
  EXPECT_GE(deliveries, 4);
}

}  // namespace
}  // namespace sb::connector
