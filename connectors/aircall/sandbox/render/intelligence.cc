#include "connectors/aircall/sandbox/render/intelligence.h"

#include <array>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

/// What is said in every call of this company.
struct Line {
  bool agent;
  const char* text;
};

constexpr std::array<Line, 4> kConversation = {{
    {true, "Thank you for calling, how can I help?"},
    {false, "My order has not arrived yet, could you look into it?"},
    {true, "It left our warehouse yesterday, it should be with you on Tuesday."},
    {false, "Wonderful, thank you."},
}};

constexpr int kLineSeconds = 4;

std::string LanguageOf(const World& world, const Call& call) {
  const User* user = world.directory().FindUser(call.user_id.value_or(0));
  return user == nullptr ? "en-US" : user->language;
}

Doc Head(const Call& call, std::int64_t id) {
  return {{"id", id}, {"call_id", call.id}};
}

/// With the time of making, ISO as all of these objects have it.
Doc DatedHead(const World& world, const Call& call, std::int64_t id) {
  Doc doc = Head(call, id);
  doc["created_at"] = ToRfc3339(world.Now());
  return doc;
}

void AddSpeaker(const Call& call, const Line& line, Doc& utterance) {
  utterance["participant_type"] = line.agent ? "internal" : "external";
  if (line.agent) {
    utterance["user_id"] = call.user_id ? Doc(*call.user_id) : Doc(nullptr);
  } else {
    utterance["phone_number"] = call.external;
  }
}

// The keys of an utterance here are chosen by us, after those of the real-time event.
Doc Utterances(const Call& call) {
  Doc list = Doc::array();
  int at = 0;
  for (const Line& line : kConversation) {
    Doc utterance = {{"start_time", at}, {"end_time", at + kLineSeconds}, {"text", line.text}};
    AddSpeaker(call, line, utterance);
    list.push_back(std::move(utterance));
    at += kLineSeconds;
  }
  return list;
}

Doc RealtimeUtterances(const World& world, const Call& call) {
  Doc list = Doc::array();
  WallTime at = call.answered_at.value_or(call.started_at);
  for (const Line& line : kConversation) {
    const bool known = line.agent && call.user_id;
    list.push_back({{"participant_type", line.agent ? "internal" : "external"},
                    {"user_id", known ? Doc(*call.user_id) : Doc(nullptr)},
                    {"timestamp", ToRfc3339(at)},
                    {"duration_ms", kLineSeconds * 1000},
                    {"text", line.text},
                    {"language", LanguageOf(world, call)}});
    at += Seconds(kLineSeconds);
  }
  return list;
}

Doc Transcription(const World& world, const Call& call, std::int64_t id, Doc utterances) {
  Doc doc = Head(call, id);
  doc["call_created_at"] = ToRfc3339(call.started_at);
  doc["type"] = call.voicemail_key ? "voicemail" : "call";
  doc["content"] = {{"language", LanguageOf(world, call)}, {"utterances", std::move(utterances)}};
  return doc;
}

}  // namespace

Doc TranscriptionDoc(const World& world, const Call& call, std::int64_t id) {
  return Transcription(world, call, id, Utterances(call));
}

Doc RealtimeTranscriptionDoc(const World& world, const Call& call, std::int64_t id) {
  return Transcription(world, call, id, RealtimeUtterances(world, call));
}

Doc SentimentsDoc(const World&, const Call& call, std::int64_t id) {
  Doc doc = Head(call, id);
  doc["participants"] =
      Doc::array({{{"phone_number", call.external}, {"value", "POSITIVE"}, {"type", "external"}}});
  return doc;
}

Doc TopicsDoc(const World& world, const Call& call, std::int64_t id) {
  Doc doc = DatedHead(world, call, id);
  doc["content"] = {"order status", "delivery"};
  return doc;
}

Doc SummaryDoc(const World& world, const Call& call, std::int64_t id) {
  Doc doc = DatedHead(world, call, id);
  doc["content"] = "The caller asked about a late order. It will arrive on Tuesday.";
  return doc;
}

Doc ActionItemsDoc(const World& world, const Call& call, std::int64_t id) {
  const std::string now = ToRfc3339(world.Now());
  return {{"call_id", call.id},
          {"action_items", Doc::array({{{"id", id},
                                        {"ai_generated", true},
                                        {"content", "Check on Tuesday that the order arrived"},
                                        {"created_at", now},
                                        {"created_by", nullptr},
                                        {"updated_at", now},
                                        {"updated_by", nullptr}}})}};
}

// Not collected: chosen by us.
Doc PlaybookResultDoc(const World& world, const Call& call, std::int64_t id) {
  Doc doc = DatedHead(world, call, id);
  doc["playbook_id"] = PlaybookDoc().at("id");
  doc["content"] = Doc::array({{{"topic", "Delivery"}, {"answer", "Tuesday"}}});
  return doc;
}

Doc PlaybookDoc() {
  return {
      {"id", 7001}, {"name", "Order support"}, {"topics", Doc::array({{{"name", "Delivery"}}})}};
}

Doc PredictedCsatDoc(const World&, const Call& call, std::int64_t) {
  return {{"call_id", call.id},
          {"call_uuid", call.sid},
          {"score", 75},
          {"drivers", Doc::array({{{"polarity", "POSITIVE"}, {"label", "Issue resolved"}}})}};
}

// Not collected: chosen by us.
Doc CustomSummaryDoc(const World& world, const Call& call, std::int64_t id) {
  Doc doc = DatedHead(world, call, id);
  doc["template_name"] = "Order support";
  doc["content"] = "Reason: late order. Outcome: arrives on Tuesday.";
  return doc;
}

// Not collected: chosen by us. The envelope holds the list alone.
Doc EvaluationsDoc(const World& world, const Call& call, std::int64_t id) {
  Doc item = DatedHead(world, call, id);
  item["score"] = 87;
  item["scorecard_name"] = "Support quality";
  return Doc::array({item});
}

// Not collected: chosen by us.
Doc TrackerDoc(const World& world, const Call& call, std::int64_t id) {
  Doc doc = DatedHead(world, call, id);
  doc["content"] = Doc::array({{{"name", "Delivery"}, {"occurrences", 1}}});
  return doc;
}

Doc IntelligenceEventDoc(const World& world, const Call& call, std::int64_t id) {
  return {{"id", id},
          {"call_id", call.id},
          {"call_uuid", call.sid},
          {"number_id", call.number_id},
          {"created_at", ToRfc3339(world.Now())}};
}

Doc UtterancesEventDoc(const Call& call, const Doc& transcription, std::int64_t id) {
  // A test may have put another content in its place.
  const Doc& content = transcription.at("content");
  return {{"id", id},
          {"call",
           {{"id", call.id},
            {"uuid", call.sid},
            {"number_id", call.number_id},
            {"direction", call.direction == Direction::kInbound ? "inbound" : "outbound"}}},
          {"utterances",
           content.is_object() ? content.value("utterances", Doc::array()) : Doc::array()}};
}

}  // namespace sb::aircall::sandbox
