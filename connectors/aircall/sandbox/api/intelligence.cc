#include "connectors/aircall/sandbox/world/intelligence.h"

#include <array>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/render/intelligence.h"

namespace sb::aircall::sandbox {
namespace {

Reply PartReply(const Visit& visit, const char* name) {
  const IntelligencePart& part = *FindIntelligencePart(name);
  auto doc = ReadIntelligence(visit.world(), visit.Id(0), part);
  if (!doc.ok()) return RefusalReply(doc.error());
  if (part.name == "playbook_result" && visit.query.GetOr("fetch_playbook", "") == "true") {
    (*doc)["playbook"] = PlaybookDoc();
  }
  if (part.envelope.empty()) return JsonReply(200, *doc);
  return ObjectReply(200, std::string(part.envelope).c_str(), *std::move(doc));
}

constexpr char kSentiments[] = "sentiments";
constexpr char kTopics[] = "topics";
constexpr char kSummary[] = "summary";
constexpr char kActionItems[] = "action_items";
constexpr char kPlaybookResult[] = "playbook_result";
constexpr char kPredictedCsat[] = "predicted_csat";
constexpr char kCustomSummary[] = "custom_summary_result";
constexpr char kEvaluations[] = "evaluations";
constexpr char kTracker[] = "tracker";
constexpr char kRealtime[] = "realtime_transcription";

template <const char* kName>
Reply GetPart(Visit& visit) {
  return PartReply(visit, kName);
}

Reply GetTranscription(Visit& visit) {
  const bool realtime = visit.query.GetOr("mode", "async") == "realtime";
  return PartReply(visit, realtime ? kRealtime : "transcription");
}

// The path of the tracker is chosen by us: a connector knows that there is one, and no more.
constexpr Route kIntelligenceRoutes[] = {
    {"GET", "/v1/calls/:id/transcription", Access::kCompany, GetTranscription,
     "what was said; mode=async or realtime"},
    {"GET", "/v1/calls/:id/realtime_transcription", Access::kCompany, GetPart<kRealtime>,
     "the same, being retired"},
    {"GET", "/v1/calls/:id/sentiments", Access::kCompany, GetPart<kSentiments>, "how it was said"},
    {"GET", "/v1/calls/:id/topics", Access::kCompany, GetPart<kTopics>, "what it was about"},
    {"GET", "/v1/calls/:id/summary", Access::kCompany, GetPart<kSummary>, "in short"},
    {"GET", "/v1/calls/:id/action_items", Access::kCompany, GetPart<kActionItems>, "what to do"},
    {"GET", "/v1/calls/:id/playbook_result", Access::kCompany, GetPart<kPlaybookResult>,
     "what the playbook found"},
    {"GET", "/v1/calls/:id/predicted_csat", Access::kCompany, GetPart<kPredictedCsat>,
     "how content the caller was"},
    {"GET", "/v1/calls/:id/custom_summary_result", Access::kCompany, GetPart<kCustomSummary>,
     "in short, by a template"},
    {"GET", "/v1/calls/:id/evaluations", Access::kCompany, GetPart<kEvaluations>, "scorecards"},
    {"GET", "/v1/calls/:id/tracker", Access::kCompany, GetPart<kTracker>,
     "words that were tracked"},
};

}  // namespace

std::span<const Route> IntelligenceRoutes() {
  return kIntelligenceRoutes;
}

}  // namespace sb::aircall::sandbox
