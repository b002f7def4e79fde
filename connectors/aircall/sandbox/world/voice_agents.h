#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/world.h"
#include "engine/base/json.h"

// AI voice agents: calls they are asked to make, and what is heard of them. Refusals are those of
// refusal.h.
namespace sb::aircall::sandbox {

/// The one that every company has.
inline constexpr const char* kVoiceAgentId = "6b1f0c52-7a34-4e19-9d3c-2f5a8e0b7c41";

/// Has an agent call somebody. The same idempotency_key gets the first answer again (doc).
Result<Doc> AskVoiceAgent(World& world, const std::string& agent_id, const Json& body);
/// Tells of an agent at work on a call: `event` is started, ended, escalated or summary; `extra`
/// may hold agent_id, call_end_reason, escalation_reason and extracted_data.
Status TellVoiceAgent(World& world, std::int64_t call_id, const std::string& event,
                      const Json& extra, WallTime at);

/// `record_id` is that of an asked call.
void DialAsVoiceAgent(World& world, std::int64_t record_id, WallTime at);
void EndVoiceAgentCall(World& world, std::int64_t call_id, WallTime at);

}  // namespace sb::aircall::sandbox
