#include "connectors/aircall/sandbox/world/intelligence.h"

#include <algorithm>
#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/intelligence.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

// Paths, envelopes and events as documented. What has no documented event tells nobody.
constexpr std::array<IntelligencePart, 11> kParts = {{
    {"transcription", "transcription", "transcription.created", "", "content", TranscriptionDoc},
    {"realtime_transcription", "transcription", "realtime_transcription.utterances_received", "",
     "content", RealtimeTranscriptionDoc},
    {"sentiments", "sentiment", "sentiment.created", "", "participants", SentimentsDoc},
    {"topics", "topic", "topics.created", "", "content", TopicsDoc},
    {"summary", "summary", "summary.created", "", "content", SummaryDoc},
    {"action_items", "", "action_item.created", "", "action_items", ActionItemsDoc},
    {"playbook_result", "playbook_result", "playbook_result.created", "playbook_result.updated",
     "content", PlaybookResultDoc},
    {"predicted_csat", "csat", "", "", "score", PredictedCsatDoc},
    {"custom_summary_result", "custom_summary_result", "custom_summary.result_created",
     "custom_summary.result_updated", "content", CustomSummaryDoc},
    {"evaluations", "evaluations", "call_evaluation.created", "call_evaluation.updated", "",
     EvaluationsDoc},
    {"tracker", "tracker", "", "", "content", TrackerDoc},
}};

Doc EventDocOf(const World& world, const Call& call, const IntelligencePart& part, const Doc& made,
               std::int64_t id) {
  return part.name == "realtime_transcription" ? UtterancesEventDoc(call, made, id)
                                               : IntelligenceEventDoc(world, call, id);
}

void Make(World& world, const Call& call, const IntelligencePart& part, const Json& content) {
  const std::string name(part.name);
  const std::string key = std::to_string(call.id);
  const Record* before = world.records().Find(name, key);
  const std::int64_t id = before == nullptr ? world.records().NextId() : before->id;
  Doc made = part.draw(world, call, id);
  if (!content.is_null()) (part.content.empty() ? made : made[std::string(part.content)]) = content;
  world.records().Put(name, key, made.dump(), world.Now());
  const bool again = before != nullptr && !part.updated.empty();
  const std::string event(again ? part.updated : part.created);
  world.Note(event.empty() ? name.c_str() : event.c_str(), call.id);
  if (event.empty()) return;
  world.Tell({event, "conversation_intelligence", world.Now(),
              EventDocOf(world, call, part, made, id).dump(), call.number_id});
}

}  // namespace

std::span<const IntelligencePart> IntelligenceParts() {
  return kParts;
}

const IntelligencePart* FindIntelligencePart(std::string_view name) {
  const auto* const found =
      std::find_if(kParts.begin(), kParts.end(),
                   [&](const IntelligencePart& each) { return each.name == name; });
  return found == kParts.end() ? nullptr : found;
}

Status MakeIntelligence(World& world, std::int64_t call_id, const Json& wanted) {
  const auto call = world.calls().Get(call_id);
  if (!call.ok()) return call.error();
  for (const auto& [name, content] : wanted.items()) {
    if (FindIntelligencePart(name) == nullptr) {
      return Refused(name + " is not a part of conversation intelligence, e.g. summary");
    }
  }
  for (const IntelligencePart& part : kParts) {
    const std::string name(part.name);
    const bool asked =
        wanted.empty() ? part.name != "realtime_transcription" : wanted.contains(name);
    if (asked) Make(world, *call, part, Member(wanted, name));
  }
  return {};
}

Result<Doc> ReadIntelligence(const World& world, std::int64_t call_id,
                             const IntelligencePart& part) {
  if (world.switches().Is(Switch::kIntelligence, "off")) {
    return NotEntitled("Conversation intelligence is not part of this company's plan");
  }
  const Record* record = world.records().Find(std::string(part.name), std::to_string(call_id));
  if (record == nullptr) return UnknownId("Conversation intelligence of this call");
  return RecordDoc(*record);
}

void ForgetIntelligence(World& world, std::int64_t call_id) {
  for (const IntelligencePart& part : kParts) {
    if (world.records().Remove(std::string(part.name), std::to_string(call_id))) {
      world.Note("intelligence.removed", call_id);
    }
  }
}

}  // namespace sb::aircall::sandbox
