#include "connectors/aircall/sandbox/world/voice_agents.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"

namespace sb::aircall::sandbox {
namespace {

Reply AskForCall(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto answer = AskVoiceAgent(visit.world(), visit.args.at(0), *body);
  return answer.ok() ? JsonReply(202, *answer) : RefusalReply(answer.error());
}

constexpr Route kVoiceAgentRoutes[] = {
    {"POST", "/v1/outbound-calls/agents/:agent", Access::kCompany, AskForCall,
     "have an AI voice agent call"},
};

}  // namespace

std::span<const Route> VoiceAgentRoutes() {
  return kVoiceAgentRoutes;
}

}  // namespace sb::aircall::sandbox
