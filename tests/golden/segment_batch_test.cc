// What goes to Segment, byte by byte but for our version: tests/clients/segment.test.mjs holds the
// same file against a library that Segment publishes.

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/connector/connector.h"
#include "engine/connector/sinks.h"

namespace sb::connector {
namespace {

core::event::CloudEvent Happened(std::int64_t id, const std::string& type,
                                 const std::string& subject, Json data) {
  core::event::CloudEvent event;
  event.id = EventId(id);
  event.account = AccountId(1);
  event.type = type;
  event.subject = subject;
  event.time = *ParseRfc3339("2026-06-01T09:30:00Z");
  event.data = std::move(data);
  return event;
}

TEST(SegmentBatch, IsAsItIsWrittenDown) {
  const adapters::jq::JqExpressions jq;
  const auto library = Library::Load(embedded::ConnectorFiles(), {}, jq).value();
  const Sink& sink = *library->FindSink("segment");
  const Json settings = FillInSettings(sink, Json::object()).value();
  std::vector<Json> messages;
  for (const auto& event : {Happened(1, "io.aircall.call.ended", "calls/42",
                                     {{"id", 42},
                                      {"direction", "inbound"},
                                      {"user", {{"id", 99}, {"name", "Ada"}}},
                                      {"number", {{"id", 7}}}}),
                            Happened(2, "io.aircall.contact.created", "contacts/5",
                                     {{"id", 5}, {"first_name", "Grace"}})}) {
    const auto about = ReadAbout(library->FindConnector("aircall"), event, jq).value();
    messages.push_back(SinkMessage(sink, event, about, settings, jq).value());
    messages.back()["context"]["library"]["version"] = "x";
  }
  const auto request =
      SinkRequest(sink, messages, "batch_1", settings, {{"write_key", Secret("the write key")}},
                  *ParseRfc3339("2026-06-01T09:31:00Z"), jq)
          .value();
  const Json golden = Json::parse(std::ifstream("tests/golden/segment/batch.json"));
  EXPECT_EQ(request.method, golden["method"].get<std::string>());
  EXPECT_EQ(request.url, golden["url"].get<std::string>());
  EXPECT_EQ(Json::parse(request.body), golden["body"]);
  const std::pair<std::string, std::string> key{"authorization",
                                                golden["authorization"].get<std::string>()};
  EXPECT_EQ(std::count(request.headers.begin(), request.headers.end(), key), 1);
}

}  // namespace
}  // namespace sb::connector
