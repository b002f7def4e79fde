#include "connectors/aircall/sandbox/life/call_script.h"

#include <algorithm>
#include <array>

namespace sb::aircall::sandbox {
namespace {

constexpr Seconds kVoicemailLag{3};  ///< From call.ended to call.voicemail_left (live).
constexpr Seconds kSoonest{90};      ///< The finalisation's earliest moment (live).

struct StepRow {
  CallStep step;
  std::string_view event;
  bool about_rung = false;
};

/// In the order of the enum.
constexpr std::array<StepRow, static_cast<std::size_t>(CallStep::kCount)> kSteps = {{
    {CallStep::kCreated, "call.created"},
    {CallStep::kIvrChosen, "call.ivr_option_selected"},
    {CallStep::kRinging, "call.ringing_on_agent", true},
    {CallStep::kDeclining, "call.ringing_on_agent", true},
    {CallStep::kDeclined, "call.agent_declined", true},
    {CallStep::kAnswered, "call.answered"},
    {CallStep::kHeld, "call.hold"},
    {CallStep::kResumed, "call.unhold"},
    {CallStep::kTransferred, "call.transferred"},
    {CallStep::kHungup, "call.hungup"},
    {CallStep::kEnded, "call.ended"},
    {CallStep::kVoicemailLeft, "call.voicemail_left"},
    {CallStep::kAssetsReady, "call.comm_assets_generated"},
    {CallStep::kAssigned, "call.assigned"},
    {CallStep::kCommented, "call.commented"},
    {CallStep::kTagged, "call.tagged"},
    {CallStep::kFinalised, ""},
}};

const StepRow& RowOf(CallStep step) {
  return kSteps.at(static_cast<std::size_t>(step));
}

bool RingsSomebody(const CallPlan& plan) {
  if (plan.direction == Direction::kOutbound) return false;
  const MissedReason* reason = FindMissedReason(plan.missed_reason);
  return plan.answered || reason == nullptr || reason->rings;
}

/// The steps of a call as they are put together.
class Story {
 public:
  explicit Story(const CallPlan& plan) : plan_(plan) { Add(Seconds(0), CallStep::kCreated); }

  /// The menu, then one agent after the other. Answers when the last one's phone begins to ring.
  Seconds Ring() {
    Seconds at{0};
    for (std::size_t i = 0; i < plan_.ivr.size(); ++i) {
      at = std::max(at, plan_.ivr[i].after);
      Add(at, CallStep::kIvrChosen, i);
    }
    if (!RingsSomebody(plan_)) return at;
    for (std::size_t i = 0; i < plan_.declined_by.size(); ++i) {
      Add(at, CallStep::kDeclining, i);
      at += plan_.decline_after;
      Add(at, CallStep::kDeclined, i);
    }
    // Same second as call.created in the captures; outbound calls have no such event (live).
    Add(at, CallStep::kRinging);
    return at;
  }

  void Talk(Seconds answer) {
    Add(answer, CallStep::kAnswered);
    Transfer(answer);
    for (std::size_t i = 0; i < plan_.holds.size(); ++i) {
      const Seconds held = answer + plan_.holds[i].after;
      Add(held, CallStep::kHeld, i);
      Add(held + plan_.holds[i].lasts, CallStep::kResumed, i);
    }
  }

  void Transfer(Seconds from) {
    for (std::size_t i = 0; i < plan_.transfers.size(); ++i) {
      Add(from + plan_.transfers[i].after, CallStep::kTransferred, i);
    }
  }

  void End(Seconds hungup, bool voicemail) {
    Add(hungup, CallStep::kHungup);
    const Seconds ended = hungup + plan_.ended_lag;
    Add(ended, CallStep::kEnded);
    if (voicemail) Add(ended + kVoicemailLag, CallStep::kVoicemailLeft);
    if (plan_.assets_lag > Seconds(0)) Add(ended + plan_.assets_lag, CallStep::kAssetsReady);
    if (plan_.assigned_to) Add(ended + plan_.assigned_after, CallStep::kAssigned);
    for (std::size_t i = 0; i < plan_.marks.size(); ++i) {
      const bool note = plan_.marks[i].tag_id == 0;
      Add(ended + plan_.marks[i].after, note ? CallStep::kCommented : CallStep::kTagged, i);
    }
    Add(hungup + plan_.finalise_after.value_or(kSoonest), CallStep::kFinalised);
  }

  std::vector<TimedStep> Steps() && {
    std::stable_sort(
        steps_.begin(), steps_.end(),
        [](const TimedStep& left, const TimedStep& right) { return left.after < right.after; });
    return std::move(steps_);
  }

 private:
  void Add(Seconds after, CallStep step, std::size_t index = 0) {
    steps_.push_back({after, step, index});
  }

  const CallPlan& plan_;
  std::vector<TimedStep> steps_;
};

}  // namespace

std::vector<TimedStep> StepsOf(const CallPlan& plan) {
  Story story(plan);
  const Seconds ring = story.Ring();
  Seconds at = ring + plan.ring;
  const bool voicemail =
      plan.direction == Direction::kInbound && !plan.answered && plan.voicemail > Seconds(0);
  if (plan.answered) {
    story.Talk(at);
    at += plan.talk;
  } else {
    story.Transfer(ring);
  }
  if (voicemail) at += plan.voicemail;
  story.End(at, voicemail);
  return std::move(story).Steps();
}

std::string_view EventOf(const CallPlan& plan, const TimedStep& step) {
  if (step.step != CallStep::kTransferred) return RowOf(step.step).event;
  return EventOf(plan.transfers.at(step.index));
}

std::string_view EventOf(const TransferPlan& transfer) {
  if (!transfer.outside.empty()) return "call.external_transferred";
  return transfer.succeeds ? "call.transferred" : "call.unsuccessful_transfer";
}

bool IsAboutTheRung(CallStep step) {
  return RowOf(step).about_rung;
}

std::span<const MissedReason> MissedReasons() {
  static constexpr std::array<MissedReason, 6> kReasons = {{{"out_of_opening_hours", false},
                                                            {"short_abandoned", true},
                                                            {"abandoned_in_ivr", false},
                                                            {"abandoned_in_classic", true},
                                                            {"no_available_agent", false},
                                                            {"agents_did_not_answer", true}}};
  return kReasons;
}

const MissedReason* FindMissedReason(std::string_view name) {
  const auto reasons = MissedReasons();
  const auto found = std::find_if(reasons.begin(), reasons.end(),
                                  [&](const MissedReason& each) { return each.name == name; });
  return found == reasons.end() ? nullptr : &*found;
}

}  // namespace sb::aircall::sandbox
