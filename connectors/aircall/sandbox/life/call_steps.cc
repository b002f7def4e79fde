#include "connectors/aircall/sandbox/life/call_steps.h"

#include <algorithm>
#include <array>

namespace sb::aircall::sandbox {
namespace {

void Nothing(const StepScene&) {}

void ChooseInMenu(const StepScene& scene) {
  const IvrPlan& choice = scene.plan.ivr.at(scene.step.index);
  scene.call.ivr_options.push_back(
      {scene.ids.Uuid(), choice.title, choice.key, choice.branch, scene.at, scene.at + Seconds(1)});
}

void Ring(const StepScene& scene) {
  scene.call.rung_id = scene.plan.user_id;
}

void RingDecliner(const StepScene& scene) {
  scene.call.rung_id = scene.plan.declined_by.at(scene.step.index);
}

void Answer(const StepScene& scene) {
  Call& call = scene.call;
  call.status = CallStatus::kAnswered;
  call.answered_at = scene.at;
  call.user_id = call.rung_id ? call.rung_id : scene.plan.user_id;
  call.rung_id.reset();
  if (call.user_id) call.talker_ids.push_back(*call.user_id);
}

void Transfer(const StepScene& scene) {
  const TransferPlan& transfer = scene.plan.transfers.at(scene.step.index);
  if (transfer.succeeds) {
    ApplyTransfer(scene.call, transfer, scene.call.user_id, scene.directory);
    return;
  }
  scene.call.transferred_by = scene.call.user_id;
  scene.call.transferred_to = TargetOf(transfer, scene.directory);
}

void HangUp(const StepScene& scene) {
  Call& call = scene.call;
  call.status = CallStatus::kDone;
  call.ended_at = scene.at;
  call.rung_id.reset();
  call.hangup_cause = scene.plan.hangup_cause;
  const bool missed = !call.answered_at && call.external_transfer.empty();
  if (missed && call.direction == Direction::kInbound)
    call.missed_reason = scene.plan.missed_reason;
}

void MakeAssets(const StepScene& scene) {
  Call& call = scene.call;
  const Number* number = scene.directory.FindNumber(call.number_id);
  const bool recorded = call.answered_at && number != nullptr && number->records_calls;
  if (recorded) call.recording_key = scene.ids.Uuid();
  const bool spoken_to = call.answered_at || call.direction == Direction::kOutbound;
  if (!spoken_to && scene.plan.voicemail > Seconds(0)) call.voicemail_key = scene.ids.Uuid();
}

// Recording and voicemail are not there before (live).
void End(const StepScene& scene) {
  if (scene.plan.assets_lag == Seconds(0)) MakeAssets(scene);
}

void Assign(const StepScene& scene) {
  scene.call.assigned_to = scene.plan.assigned_to;
}

void Comment(const StepScene& scene) {
  const MarkPlan& note = scene.plan.marks.at(scene.step.index);
  // A sixth note is refused, here as anywhere.
  [[maybe_unused]] const auto made =
      scene.calls.AddComment(scene.call.id, note.content, note.user_id, scene.at);
}

void Mark(const StepScene& scene) {
  const MarkPlan& tag = scene.plan.marks.at(scene.step.index);
  [[maybe_unused]] const Status made =
      scene.calls.AddTags(scene.call.id, {tag.tag_id}, tag.user_id, scene.at);
}

/// "2.4": the cents of so many minutes begun. The tariff is ours.
std::string CostOf(const Call& call) {
  constexpr std::int64_t kTenthsPerMinute = 12;
  if (!call.answered_at || !call.ended_at) return "0.0";
  const std::int64_t seconds = UnixSeconds(*call.ended_at) - UnixSeconds(*call.answered_at);
  const std::int64_t tenths = (seconds + 59) / 60 * kTenthsPerMinute;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// 1.5 to 20 minutes after the end: these are filled, and the start may move by a second, with it
// the duration. Nobody is told (live).
void Finalise(const StepScene& scene) {
  scene.call.cost = CostOf(scene.call);
  scene.call.pricing_type = "in_bundle";
  const Seconds moves(scene.plan.start_moves.value_or(0));
  if (moves != Seconds(0)) scene.calls.MoveStart(scene.call, scene.call.started_at + moves);
}

using Apply = void (*)(const StepScene&);

/// In the order of CallStep.
constexpr std::array<Apply, static_cast<std::size_t>(CallStep::kCount)> kApply = {
    Nothing,       // kCreated
    ChooseInMenu,  // kIvrChosen
    Ring,          // kRinging
    RingDecliner,  // kDeclining
    Nothing,       // kDeclined
    Answer,        // kAnswered
    Nothing,       // kHeld
    Nothing,       // kResumed
    Transfer,      // kTransferred
    HangUp,        // kHungup
    End,           // kEnded
    Nothing,       // kVoicemailLeft
    MakeAssets,    // kAssetsReady
    Assign,        // kAssigned
    Comment,       // kCommented
    Mark,          // kTagged
    Finalise,      // kFinalised
};

const Team* FindTeam(const Directory& directory, std::int64_t id) {
  const auto found = std::find_if(directory.teams.begin(), directory.teams.end(),
                                  [&](const Team& each) { return each.id == id; });
  return found == directory.teams.end() ? nullptr : &*found;
}

}  // namespace

void ApplyStep(const StepScene& scene) {
  kApply.at(static_cast<std::size_t>(scene.step.step))(scene);
}

TransferPlan TransferTo(const Directory& directory, std::optional<std::int64_t> user_id,
                        std::optional<std::int64_t> team_id, const std::string& number) {
  TransferPlan transfer{.user_id = user_id, .team_id = team_id};
  const Number* line = number.empty() ? nullptr : directory.FindNumberByPhone(number);
  if (line != nullptr) transfer.line_id = line->id;
  if (line == nullptr) transfer.outside = number;
  return transfer;
}

std::optional<std::int64_t> TargetOf(const TransferPlan& transfer, const Directory& directory) {
  if (transfer.user_id) return transfer.user_id;
  if (transfer.team_id) {
    const Team* team = FindTeam(directory, *transfer.team_id);
    if (team != nullptr && !team->user_ids.empty()) return team->user_ids.front();
  }
  if (transfer.line_id) {
    const Number* line = directory.FindNumber(*transfer.line_id);
    if (line != nullptr && !line->user_ids.empty()) return line->user_ids.front();
  }
  return {};
}

void ApplyTransfer(Call& call, const TransferPlan& transfer, std::optional<std::int64_t> by,
                   const Directory& directory) {
  call.transferred_by = by;
  if (!transfer.outside.empty()) {
    call.external_transfer = transfer.outside;
    call.rung_id.reset();
    return;
  }
  call.transferred_to = TargetOf(transfer, directory);
  // From now on a search by phone finds it under the destination's number only (doc).
  if (transfer.line_id) call.number_id = *transfer.line_id;
  if (transfer.team_id && call.direction == Direction::kInbound) {
    call.team_ids.push_back(*transfer.team_id);
  }
  if (call.status == CallStatus::kInitial) {
    call.rung_id = call.transferred_to;
    return;
  }
  call.user_id = call.transferred_to;
  if (call.user_id) call.talker_ids.push_back(*call.user_id);
}

}  // namespace sb::aircall::sandbox
