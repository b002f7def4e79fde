#include <gmock/gmock.h>

#include "tests/unit/sandbox/wire.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

/// A company with a call, and what is known of it.
class IntelligenceTest : public ::testing::Test {
 protected:
  Reply Understand(const std::string& wanted = "") {
    return desk_.Ask("POST", "/_sandbox/calls/" + call_ + "/intelligence", wanted);
  }

  Reply Get(const std::string& part) { return desk_.Ask("GET", "/v1/calls/" + call_ + "/" + part); }

  /// The events since the call ended.
  std::vector<std::string> News() {
    std::vector<std::string> names = desk_.HeardNames();
    names.erase(names.begin(), std::find(names.begin(), names.end(), "call.ended") + 1);
    std::erase_if(names, [](const std::string& each) { return each.starts_with("user."); });
    return names;
  }

  HeardDesk desk_;
  std::string call_ = desk_.CallFromPriya();
};

TEST_F(IntelligenceTest, IsNotFoundUntilItIsMade) {
  for (const char* part : {"transcription", "realtime_transcription", "sentiments", "topics",
                           "summary", "action_items", "playbook_result", "predicted_csat",
                           "custom_summary_result", "evaluations"}) {
    EXPECT_EQ(Get(part).status, 404) << part;
  }
}

TEST_F(IntelligenceTest, HasTheDocumentedEnvelopes) {
  ASSERT_EQ(Understand().status, 201);
  const std::vector<std::pair<const char*, const char*>> envelopes = {
      {"transcription", "transcription"},
      {"sentiments", "sentiment"},
      {"topics", "topic"},
      {"summary", "summary"},
      {"playbook_result", "playbook_result"},
      {"predicted_csat", "csat"},
      {"custom_summary_result", "custom_summary_result"},
      {"evaluations", "evaluations"}};
  for (const auto& [part, envelope] : envelopes) {
    const Reply reply = Get(part);
    ASSERT_EQ(reply.status, 200) << part;
    EXPECT_THAT(KeysIn(BodyIn(reply)), ElementsAre(envelope)) << part;
  }
  EXPECT_THAT(KeysIn(BodyIn(Get("action_items"))), ElementsAre("call_id", "action_items"));
}

TEST_F(IntelligenceTest, HasTheDocumentedShapes) {
  Understand();
  const WireJson transcription = BodyIn(Get("transcription")).at("transcription");
  EXPECT_THAT(KeysIn(transcription),
              ElementsAre("id", "call_id", "call_created_at", "type", "content"));
  EXPECT_EQ(transcription.at("type"), "call");
  EXPECT_THAT(KeysIn(transcription.at("content")), ElementsAre("language", "utterances"));
  EXPECT_THAT(KeysIn(BodyIn(Get("sentiments")).at("sentiment")),
              ElementsAre("id", "call_id", "participants"));
  EXPECT_THAT(KeysIn(BodyIn(Get("sentiments")).at("sentiment").at("participants").at(0)),
              ElementsAre("phone_number", "value", "type"));
  const WireJson topic = BodyIn(Get("topics")).at("topic");
  EXPECT_THAT(KeysIn(topic), ElementsAre("id", "call_id", "created_at", "content"));
  EXPECT_EQ(topic.at("content").dump(), R"(["order status","delivery"])");
  EXPECT_TRUE(BodyIn(Get("summary")).at("summary").at("content").is_string());
  EXPECT_THAT(KeysIn(BodyIn(Get("action_items")).at("action_items").at(0)),
              ElementsAre("id", "ai_generated", "content", "created_at", "created_by", "updated_at",
                          "updated_by"));
  const WireJson csat = BodyIn(Get("predicted_csat")).at("csat");
  EXPECT_THAT(KeysIn(csat), ElementsAre("call_id", "call_uuid", "score", "drivers"));
  EXPECT_THAT(KeysIn(csat.at("drivers").at(0)), ElementsAre("polarity", "label"));
}

TEST_F(IntelligenceTest, AddsThePlaybookWhenAskedTo) {
  Understand();
  EXPECT_THAT(KeysIn(BodyIn(Get("playbook_result")).at("playbook_result")),
              Not(Contains("playbook")));
  EXPECT_THAT(KeysIn(BodyIn(Get("playbook_result?fetch_playbook=true")).at("playbook_result")),
              Contains("playbook"));
}

TEST_F(IntelligenceTest, SaysWhatItsMakerGave) {
  EXPECT_EQ(Understand(R"({"summary": "They agreed.", "evaluations": []})").status, 201);
  EXPECT_EQ(BodyIn(Get("summary")).at("summary").at("content"), "They agreed.");
  EXPECT_THAT(BodyIn(Get("evaluations")).at("evaluations"), IsEmpty());
  EXPECT_EQ(Get("topics").status, 404);
  EXPECT_EQ(Understand(R"({"moods": 1})").status, 400);
  EXPECT_EQ(desk_.Ask("POST", "/_sandbox/calls/1/intelligence").status, 404);
}

TEST_F(IntelligenceTest, IsToldInLightBodies) {
  Understand();
  EXPECT_THAT(News(),
              ElementsAre("transcription.created", "sentiment.created", "topics.created",
                          "summary.created", "action_item.created", "playbook_result.created",
                          "custom_summary.result_created", "call_evaluation.created"));
  const WireJson body = desk_.HeardLast("summary.created");
  EXPECT_EQ(body.at("resource"), "conversation_intelligence");
  EXPECT_EQ(std::to_string(body.at("data").at("call_id").get<std::int64_t>()), call_);
  EXPECT_THAT(KeysIn(body.at("data")), Not(Contains("content")));
}

TEST_F(IntelligenceTest, IsUpdatedWhereThereIsAnEventForIt) {
  Understand(R"({"evaluations": null, "summary": null})");
  Understand(R"({"evaluations": null, "summary": null})");
  EXPECT_THAT(News(), ElementsAre("summary.created", "call_evaluation.created", "summary.created",
                                  "call_evaluation.updated"));
}

TEST_F(IntelligenceTest, TellsEachUtteranceInRealTime) {
  Understand(R"({"realtime_transcription": null})");
  const WireJson data = desk_.HeardLast("realtime_transcription.utterances_received").at("data");
  EXPECT_THAT(KeysIn(data), ElementsAre("id", "call", "utterances"));
  EXPECT_THAT(KeysIn(data.at("call")), ElementsAre("id", "uuid", "number_id", "direction"));
  EXPECT_THAT(
      KeysIn(data.at("utterances").at(0)),
      ElementsAre("participant_type", "user_id", "timestamp", "duration_ms", "text", "language"));
  EXPECT_EQ(Get("transcription").status, 404);
  EXPECT_EQ(Get("transcription?mode=realtime").status, 200);
  EXPECT_EQ(Get("realtime_transcription").status, 200);
}

TEST_F(IntelligenceTest, IsForbiddenWithoutTheAddOn) {
  Understand();
  desk_.Ask("PUT", "/_sandbox/switches", R"({"company.intelligence": "off"})");
  const Reply reply = Get("summary");
  EXPECT_EQ(reply.status, 403);
  EXPECT_THAT(KeysIn(BodyIn(reply)), ElementsAre("error", "troubleshoot"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
