#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/golden/shipped_aircall.h"

// Every action of Aircall against its recorded exchange, connectors/aircall/fixtures/<action>.json:
// the input, the request it must become, the answer, the output it must become, and one refusal
// with what to make of it.
namespace sb::connector {
namespace {

ports::HttpResponse ResponseOf(const Json& recorded) {
  ports::HttpResponse response;
  response.status = recorded.at("status").get<int>();
  for (const auto& [name, value] : Member(recorded, "headers").items()) {
    response.headers.emplace_back(name, value.get<std::string>());
  }
  if (recorded.contains("body")) response.body = recorded.at("body").dump();
  return response;
}

Credential Key() {
  return {"api_key", {{"api_id", Secret("id")}, {"api_token", Secret("token")}}};
}

TEST(AircallExchanges, BelongToAnActionEach) {
  for (const auto& entry : std::filesystem::directory_iterator("connectors/aircall/fixtures")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_TRUE(Aircall().actions.contains(entry.path().stem().string())) << entry.path();
  }
}

TEST(AircallExchanges, EveryInputBecomesTheRecordedRequest) {
  for (const auto& [name, action] : Aircall().actions) {
    SCOPED_TRACE(name);
    const Json fixture = FixtureOf(name);
    if (fixture.is_null()) continue;
    const auto request = RenderRequest(Aircall(), action, fixture.at("input"), Key(), Jq());
    ASSERT_TRUE(request.ok()) << request.error().message;
    const Json& recorded = fixture.at("request");
    EXPECT_EQ(request->method, recorded.at("method").get<std::string>());
    EXPECT_EQ(request->url, recorded.at("url").get<std::string>());
    EXPECT_EQ(request->body.empty(), !recorded.contains("body"));
    if (recorded.contains("body")) {
      EXPECT_EQ(ParseJson(request->body).value(), recorded.at("body"));
    }
  }
}

TEST(AircallExchanges, EveryAnswerBecomesTheRecordedOutput) {
  for (const auto& [name, action] : Aircall().actions) {
    SCOPED_TRACE(name);
    const Json fixture = FixtureOf(name);
    if (fixture.is_null()) continue;
    const auto output = JudgeResponse(Aircall(), action, fixture.at("input"),
                                      ResponseOf(fixture.at("response")), Jq());
    ASSERT_TRUE(output.ok()) << output.error().message;
    EXPECT_EQ(*output, fixture.at("output"));
  }
}

TEST(AircallExchanges, EveryOutputFitsTheSchemaOfItsAction) {
  for (const auto& [name, action] : Aircall().actions) {
    SCOPED_TRACE(name);
    const Json fixture = FixtureOf(name);
    const auto schema = JsonSchema::Compile(action.output_schema);
    ASSERT_TRUE(schema.ok()) << schema.error().message;
    for (const auto& violation : schema->Check(Member(fixture, "output"))) {
      ADD_FAILURE() << violation.pointer << " " << violation.message;
    }
  }
}

TEST(AircallExchanges, EveryRefusalIsUnderstood) {
  for (const auto& [name, action] : Aircall().actions) {
    SCOPED_TRACE(name);
    const Json fixture = FixtureOf(name);
    if (fixture.is_null()) continue;
    const Json& refusal = fixture.at("refusal");
    const auto judged = JudgeResponse(Aircall(), action, fixture.at("input"),
                                      ResponseOf(refusal.at("response")), Jq());
    ASSERT_FALSE(judged.ok());
    const Json& expected = refusal.at("error");
    EXPECT_EQ(ToString(judged.error().kind), expected.at("kind").get<std::string>());
    EXPECT_EQ(judged.error().code, expected.at("code").get<std::string>());
    const Millis wait = judged.error().retry_after.value_or(Millis(0));
    EXPECT_EQ(wait.count(), expected.value("retry_after_ms", 0));
  }
}

}  // namespace
}  // namespace sb::connector
