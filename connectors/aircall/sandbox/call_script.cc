#include "connectors/aircall/sandbox/call_script.h"

#include <algorithm>
#include <array>

namespace sb::aircall::sandbox {

std::vector<TimedStep> StepsOf(const CallPlan& plan) {
  std::vector<TimedStep> steps = {{Seconds(0), CallStep::kCreated}};
  const bool inbound = plan.direction == Direction::kInbound;
  // Same second as call.created in the captures; outbound calls have no such event (live).
  if (inbound) steps.push_back({Seconds(0), CallStep::kRinging});
  Seconds at = plan.ring;
  if (plan.answered) {
    steps.push_back({at, CallStep::kAnswered});
    at += plan.talk;
  }
  const bool voicemail = inbound && !plan.answered && plan.voicemail > Seconds(0);
  if (voicemail) at += plan.voicemail;
  steps.push_back({at, CallStep::kHungup});
  at += plan.ended_lag;
  steps.push_back({at, CallStep::kEnded});
  if (voicemail) steps.push_back({at + Seconds(3), CallStep::kVoicemailLeft});  // 3 s after, live.
  return steps;
}

const char* EventOf(CallStep step) {
  switch (step) {
    case CallStep::kCreated:
      return "call.created";
    case CallStep::kRinging:
      return "call.ringing_on_agent";
    case CallStep::kAnswered:
      return "call.answered";
    case CallStep::kHungup:
      return "call.hungup";
    case CallStep::kEnded:
      return "call.ended";
    case CallStep::kVoicemailLeft:
      return "call.voicemail_left";
  }
  return "";
}

bool IsMissedReason(const std::string& reason) {
  static constexpr std::array kReasons = {"out_of_opening_hours", "short_abandoned",
                                          "abandoned_in_ivr",     "abandoned_in_classic",
                                          "no_available_agent",   "agents_did_not_answer"};
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace sb::aircall::sandbox
