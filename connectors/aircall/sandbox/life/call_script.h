#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/aircall/sandbox/world/objects.h"

namespace sb::aircall::sandbox {

struct IvrPlan {
  Seconds after{0};  ///< Since the call started.
  std::string title;
  std::string key;
  std::string branch;
};

struct HoldPlan {
  Seconds after{0};  ///< Since the answer.
  Seconds lasts{15};
};

/// To exactly one of the four.
struct TransferPlan {
  Seconds after{0};  ///< Since the answer; before it, since the first ring.
  std::optional<std::int64_t> user_id{};
  std::optional<std::int64_t> team_id{};
  std::optional<std::int64_t> line_id{};  ///< Another number of the company.
  std::string outside{};                  ///< E.164.
  bool succeeds = true;
};

/// A note or a tag that an agent leaves late.
struct MarkPlan {
  Seconds after{0};  ///< Since call.ended.
  std::optional<std::int64_t> user_id{};
  std::string content{};    ///< Of a note.
  std::int64_t tag_id = 0;  ///< Of a tag.
};

/// A call to simulate.
struct CallPlan {
  Direction direction = Direction::kInbound;
  std::int64_t number_id = 0;
  std::string external;                   ///< E.164 or "anonymous".
  std::optional<std::int64_t> user_id{};  ///< Who is rung last, or who dials.
  bool answered = true;
  Seconds ring{8};
  Seconds talk{95};
  Seconds ended_lag{30};  ///< From hang-up to call.ended: 30 s and 31 s in the captures (live).
  Seconds voicemail{0};   ///< Length of the message a missed inbound caller leaves; 0 is none.
  std::string missed_reason = "agents_did_not_answer";
  std::optional<std::int64_t> team_id{};    ///< The team that is rung.
  std::vector<IvrPlan> ivr{};               ///< Ringing begins after the last choice.
  std::vector<std::int64_t> declined_by{};  ///< Agents rung first, one after the other.
  Seconds decline_after{5};                 ///< How long each of them is rung.
  std::vector<HoldPlan> holds{};
  std::vector<TransferPlan> transfers{};
  Seconds assets_lag{0};  ///< From call.ended until the recording is ready; 0: ready with it.
  std::optional<std::int64_t> assigned_to{};
  Seconds assigned_after{60};  ///< Since call.ended.
  std::vector<MarkPlan> marks{};
  std::string hangup_cause{};
  std::optional<std::int64_t> callback_of{};
  std::optional<Seconds> finalise_after{};  ///< Since the end; nothing: 90 s to 20 min (live).
  std::optional<int> start_moves{};         ///< By how many seconds; nothing: sometimes by one.
};

enum class CallStep {
  kCreated,
  kIvrChosen,
  kRinging,
  kDeclining,  ///< Rings one who will decline.
  kDeclined,
  kAnswered,
  kHeld,
  kResumed,
  kTransferred,
  kHungup,
  kEnded,
  kVoicemailLeft,
  kAssetsReady,
  kAssigned,
  kCommented,
  kTagged,
  kFinalised,
  kCount
};

struct TimedStep {
  Seconds after{0};  ///< Since the call started.
  CallStep step = CallStep::kCreated;
  std::size_t index = 0;  ///< Which of the plan's choices, holds, transfers ... it is.
};

/// What happens during such a call, in order (live). `finalise_after` is set.
std::vector<TimedStep> StepsOf(const CallPlan& plan);

/// The event Aircall sends at a step, e.g. "call.hungup"; "" for one that nobody is told of.
std::string_view EventOf(const CallPlan& plan, const TimedStep& step);

std::string_view EventOf(const TransferPlan& transfer);

/// Whether the step's event is about the agent being rung rather than the call's user.
bool IsAboutTheRung(CallStep step);

struct MissedReason {
  std::string_view name;
  bool rings;  ///< Whether anybody's phone rang.
};

/// The values of `missed_call_reason` (doc).
std::span<const MissedReason> MissedReasons();
/// Null for one that Aircall does not know.
const MissedReason* FindMissedReason(std::string_view name);

}  // namespace sb::aircall::sandbox
