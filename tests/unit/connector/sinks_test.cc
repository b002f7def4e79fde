#include "engine/connector/sinks.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/connector/connector.h"
#include "tests/support/matchers.h"

namespace sb::connector {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kPager = R"(
sink: pager
title: Pager
checked: '2026-11-28'
settings:
  type: object
  additionalProperties: false
  required: [room]
  properties:
    room: { type: string, minLength: 1 }
    colour: { enum: [red, green], default: red }
secrets:
  - { name: key, label: Key, help: On the back of the pager, required: true }
batch: { events: 10, bytes: 10000, event_bytes: 1000 }
message: '{says: .type, room: $settings.room, id: $id, who: $about.user}'
request:
  method: PUT
  url: '${ "https://pager.example/" + $settings.room }'
  headers: { x-colour: '${ $settings.colour }' }
  body: { pages: '${ $messages }' }
bearer: key
)";

const core::workflow::Expressions& JqOfSinks() {
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

Result<std::unique_ptr<Library>> LoadPager(std::string text, const std::string& from = "",
                                           const std::string& to = "") {
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  const std::vector<EmbeddedFile> files = {{"pager/sink.yaml", text}};
  return Library::Load(files, {}, JqOfSinks());
}

core::event::CloudEvent SomethingHappened() {
  core::event::CloudEvent event;
  event.id = EventId(7);
  event.account = AccountId(1);
  event.type = "com.example.fire";
  event.data = Json::object();
  return event;
}

TEST(Sinks, AreFoldersOfOneFile) {
  const auto library = LoadPager(kPager);
  ASSERT_THAT(library, testing::IsOk());
  EXPECT_THAT((*library)->Sinks(), SizeIs(1));
  EXPECT_THAT((*library)->Connectors(), SizeIs(0));
  EXPECT_EQ((*library)->FindSink("fax"), nullptr);
}

TEST(Sinks, MakeARequestOfMessagesSettingsAndSecrets) {
  const auto library = LoadPager(kPager).value();
  const Sink& sink = *library->FindSink("pager");
  const Json settings = FillInSettings(sink, {{"room", "lobby"}}).value();
  const Json message =
      SinkMessage(sink, SomethingHappened(), {{}, "ada", ""}, settings, JqOfSinks()).value();
  EXPECT_EQ(message["says"].get<std::string>(), "com.example.fire");
  EXPECT_EQ(message["who"].get<std::string>(), "ada");
  const auto request = SinkRequest(sink, {message, message}, "batch_1", settings,
                                   {{"key", Secret("hidden")}}, WallTime(), JqOfSinks())
                           .value();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url, "https://pager.example/lobby");
  EXPECT_THAT(Json::parse(request.body)["pages"], SizeIs(2));
  const ports::HttpHeaders& headers = request.headers;
  const auto has = [&](const std::string& name, const std::string& value) {
    return std::count(headers.begin(), headers.end(), std::pair(name, value)) == 1;
  };
  EXPECT_TRUE(has("x-colour", "red"));
  EXPECT_TRUE(has("authorization", "Bearer hidden"));
  EXPECT_TRUE(has("webhook-id", "batch_1"));
}

TEST(Sinks, SayWhichSettingIsWrong) {
  const auto library = LoadPager(kPager).value();
  const Sink& sink = *library->FindSink("pager");
  EXPECT_THAT(FillInSettings(sink, Json::object()),
              testing::FailsWith(ErrorKind::kInvalid, "ONWARD_SETTINGS_INVALID"));
  const auto wrong = FillInSettings(sink, {{"room", "lobby"}, {"colour", "blue"}});
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message, HasSubstr("colour"));
}

TEST(Sinks, ThatMakeNoSenseStopTheStart) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"sink: pager", "sink: other"},
      {"bearer: key", "bearer: nothing"},
      {"says: .type", "says: .type | nonsense"},
      {"body: { pages: '${ $messages }' }", "cloudevents: '\"binary\"'"},
      {"  body: { pages: '${ $messages }' }\n", ""},
      {"events: 10,", "events: 0,"}};
  for (const auto& [from, to] : faults)
    EXPECT_THAT(LoadPager(kPager, from, to),
                testing::FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"))
        << to;
}

TEST(AskedToWait, ReadsSecondsAndDates) {
  const WallTime now{std::chrono::seconds(784111777)};  // 06 Nov 1994 08:49:37
  const auto asked = [&](const std::string& value) {
    return AskedToWait({429, {{"retry-after", value}}, ""}, now);
  };
  EXPECT_EQ(asked("120"), seconds(120));
  EXPECT_EQ(asked("Sun, 06 Nov 1994 08:50:37 GMT"), seconds(60));
  EXPECT_FALSE(asked("Sun, 06 Nov 1994 08:48:37 GMT")) << "it is over";
  EXPECT_FALSE(asked("soon"));
  EXPECT_FALSE(AskedToWait({429, {}, ""}, now));
}

}  // namespace
}  // namespace sb::connector
