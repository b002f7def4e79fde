#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/objects.h"

namespace sb::aircall::sandbox {

/// A call to simulate.
struct CallPlan {
  Direction direction = Direction::kInbound;
  std::int64_t number_id = 0;
  std::string external;                   ///< E.164 or "anonymous".
  std::optional<std::int64_t> user_id{};  ///< Who is rung, or who dials.
  bool answered = true;
  Seconds ring{8};
  Seconds talk{95};
  Seconds ended_lag{30};  ///< From hang-up to call.ended: 30 s and 31 s in the captures (live).
  Seconds voicemail{0};   ///< Length of the message a missed inbound caller leaves; 0 is none.
  std::string missed_reason = "agents_did_not_answer";
};

enum class CallStep { kCreated, kRinging, kAnswered, kHungup, kEnded, kVoicemailLeft };

struct TimedStep {
  Seconds after{0};  ///< Since the call started.
  CallStep step = CallStep::kCreated;
};

/// What happens during such a call, in order (live).
std::vector<TimedStep> StepsOf(const CallPlan& plan);

/// The event Aircall sends at a step, e.g. "call.hungup".
const char* EventOf(CallStep step);

/// Whether Aircall knows this `missed_call_reason` (doc).
bool IsMissedReason(const std::string& reason);

}  // namespace sb::aircall::sandbox
