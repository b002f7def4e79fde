#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/life/call_steps.h"
#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/intelligence.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"
#include "connectors/aircall/sandbox/world/users.h"
#include "connectors/aircall/sandbox/world/world.h"

// The part of the world that is about calls: their life step by step, and what agents and the API
// do to them meanwhile and afterwards.
namespace sb::aircall::sandbox {
namespace {

/// Everything but the finalisation belongs to a call that "has just happened".
Seconds LengthOf(const std::vector<TimedStep>& steps) {
  Seconds length{0};
  for (const TimedStep& step : steps) {
    if (step.step != CallStep::kFinalised) length = std::max(length, step.after);
  }
  return length;
}

bool IsRinging(CallStep step) {
  return step == CallStep::kRinging || step == CallStep::kDeclining || step == CallStep::kDeclined;
}

/// What can no longer happen once a call is with an outsider.
bool IsOurs(CallStep step) {
  return IsRinging(step) || step == CallStep::kAnswered || step == CallStep::kHeld ||
         step == CallStep::kResumed || step == CallStep::kTransferred;
}

}  // namespace

// ---- simulated calls

Result<Call> World::PlaceCall(CallPlan plan, Pace pace) {
  if (Status status = CheckPlan(plan); !status.ok()) return status.error();
  Complete(plan);
  const WallTime start = pace == Pace::kReal ? Now() : Now() - LengthOf(StepsOf(plan));
  const Call& call = BeginCall(plan, start);
  Note("call.placed", call.id);
  // Instant: all that lies in the past is played below, at its own time.
  Schedule(call, std::move(plan), pace == Pace::kReal ? start : call.started_at);
  RunDueSteps();
  return calls_.Get(call.id);
}

void World::RememberCall(CallPlan plan, WallTime start) {
  Complete(plan);
  Call& call = BeginCall(plan, start);
  const WallTime begun = call.started_at;
  for (const TimedStep& step : StepsOf(plan)) {
    ApplyStep({call, plan, step, begun + step.after, calls_, directory_, *ids_});
    ForgetFailedTransfer(call, plan, step);
  }
}

/// Fills in what the plan leaves open.
void World::Complete(CallPlan& plan) {
  const Number* line = directory_.FindNumber(plan.number_id);
  if (!plan.user_id && plan.team_id) plan.user_id = TargetOf({.team_id = plan.team_id}, directory_);
  if (!plan.user_id && line != nullptr && !line->user_ids.empty()) {
    plan.user_id = line->user_ids.front();
  }
  // 1.5 to 20 minutes after the end; the start moved in some of the recordings only (live).
  if (!plan.finalise_after) plan.finalise_after = Seconds(dice_.Between(90, 1200));
  if (!plan.start_moves) plan.start_moves = dice_.Happens(25) ? dice_.Happens(50) ? 1 : -1 : 0;
}

Call& World::BeginCall(const CallPlan& plan, WallTime start) {
  Call& call = calls_.Begin(plan.direction, std::chrono::floor<Seconds>(start));
  call.external = plan.external;
  call.number_id = plan.number_id;
  call.callback_of = plan.callback_of;
  if (plan.direction == Direction::kOutbound) call.user_id = plan.user_id;
  if (plan.team_id && plan.direction == Direction::kInbound) call.team_ids = {*plan.team_id};
  return call;
}

void World::Schedule(const Call& call, CallPlan plan, WallTime start) {
  const auto shared = std::make_shared<const CallPlan>(std::move(plan));
  for (const TimedStep& step : StepsOf(*shared)) {
    pending_.emplace(start + step.after, PendingStep{call.id, shared, step});
  }
}

void World::RunDueSteps() {
  for (auto due = NextStepDue(); due && *due <= Now(); due = NextStepDue()) {
    if (!pending_.empty() && pending_.begin()->first == *due) {
      const auto next = pending_.extract(pending_.begin());
      Play(next.mapped(), std::chrono::floor<Seconds>(next.key()));
    } else {
      const auto next = later_.extract(later_.begin());
      PlayLater(*this, next.mapped(), next.key());
    }
  }
}

std::optional<WallTime> World::NextStepDue() const {
  std::optional<WallTime> next;
  if (!pending_.empty()) next = pending_.begin()->first;
  if (!later_.empty() && (!next || later_.begin()->first < *next)) next = later_.begin()->first;
  return next;
}

Status World::CheckPlan(const CallPlan& plan) const {
  const Number* line = directory_.FindLine(plan.number_id);
  if (line == nullptr) {
    return Refused("number_id is not a number of this company: see GET /v1/numbers");
  }
  if (!plan.user_id && !plan.team_id && line->user_ids.empty()) {
    return Refused("nobody is on this number: say user_id");
  }
  if (plan.external != "anonymous" && !IsPhone(plan.external)) {
    return Refused("the other party is not a phone number: write it as +16175550142");
  }
  if (FindMissedReason(plan.missed_reason) == nullptr) {
    return Refused("missed_call_reason is not one Aircall knows, e.g. agents_did_not_answer");
  }
  if (Status status = CheckPeople(plan); !status.ok()) return status;
  for (const TransferPlan& transfer : plan.transfers) {
    if (Status status = CheckTransfer(transfer); !status.ok()) return status;
    const bool outside_late =
        !transfer.outside.empty() && (plan.answered || plan.direction == Direction::kOutbound);
    if (outside_late) {
      return Refused("only an inbound call that nobody answered can go to an outside number");
    }
  }
  return {};
}

Status World::CheckPeople(const CallPlan& plan) const {
  const auto unknown = [&](std::optional<std::int64_t> id) {
    return id && directory_.FindUser(*id) == nullptr;
  };
  if (unknown(plan.user_id)) {
    return Refused("user_id is not a user of this company: see GET /v1/users");
  }
  if (plan.team_id && !TargetOf({.team_id = plan.team_id}, directory_)) {
    return Refused("team_id is not a team with users: see GET /v1/teams");
  }
  if (std::any_of(plan.declined_by.begin(), plan.declined_by.end(), unknown)) {
    return Refused("declined_by holds an id that is no user's: see GET /v1/users");
  }
  if (unknown(plan.assigned_to)) return Refused("assigned_to is not a user: see GET /v1/users");
  for (const MarkPlan& mark : plan.marks) {
    if (unknown(mark.user_id)) return Refused("a note's or tag's user_id is not a user");
    if (mark.tag_id != 0 && !tags_.Get(mark.tag_id).ok()) {
      return Refused("tags: there is no tag " + std::to_string(mark.tag_id));
    }
  }
  return {};
}

Status World::CheckTransfer(const TransferPlan& transfer) const {
  const int targets = int{transfer.user_id.has_value()} + int{transfer.team_id.has_value()} +
                      int{transfer.line_id.has_value()} + int{!transfer.outside.empty()};
  if (targets != 1) return Refused("send exactly one of user_id, team_id and number");
  if (transfer.user_id && directory_.FindUser(*transfer.user_id) == nullptr) {
    return Refused("user_id is not a user of this company: see GET /v1/users");
  }
  if (transfer.team_id && !TargetOf(transfer, directory_)) {
    return Refused("team_id is not a team with users: see GET /v1/teams");
  }
  if (transfer.line_id && directory_.FindNumber(*transfer.line_id) == nullptr) {
    return Refused("number is not a number of this company");
  }
  if (!transfer.outside.empty() && !IsPhone(transfer.outside)) {
    return Refused("number is not a phone number: write it as +16175550142");
  }
  return {};
}

void World::Play(const PendingStep& pending, WallTime at) {
  Call* call = calls_.Find(pending.call_id);
  if (call == nullptr) return;
  const CallPlan& plan = *pending.plan;
  ApplyStep({*call, plan, pending.step, at, calls_, directory_, *ids_});
  const std::string_view event = EventOf(plan, pending.step);
  const Cause cause = std::exchange(cause_, Cause{});  // Nobody's request: the call's own life.
  Note(event.empty() ? "call.finalised" : event, call->id);
  cause_ = cause;
  if (event.empty()) return;
  TellCall(event, *call, at, IsAboutTheRung(pending.step.step) ? call->rung_id : std::nullopt);
  ForgetFailedTransfer(*call, plan, pending.step);
  if (pending.step.step == CallStep::kHungup) BeginWrapUp(*call, at);
}

/// An agent's wrap-up begins when an answered call ends, unless it was tagged by then (doc).
void World::BeginWrapUp(const Call& call, WallTime at) {
  if (call.answered_at && call.user_id && call.tags.empty()) StartWrapUp(*this, *call.user_id, at);
}

/// A transfer that failed is named in its own event only.
void World::ForgetFailedTransfer(Call& call, const CallPlan& plan, const TimedStep& step) {
  if (step.step != CallStep::kTransferred || plan.transfers.at(step.index).succeeds) return;
  call.transferred_by.reset();
  call.transferred_to.reset();
}

template <typename Unwanted>
void World::DropSteps(std::int64_t call_id, const Unwanted& unwanted) {
  std::erase_if(pending_, [&](const auto& each) {
    return each.second.call_id == call_id && unwanted(each.second.step.step);
  });
}

void World::TellCall(std::string_view event, const Call& call, WallTime at,
                     std::optional<std::int64_t> about) {
  const User* user = directory_.FindUser(about.value_or(call.user_id.value_or(0)));
  sink_({std::string(event), "call", at, CallEventDoc(*this, call, {event, user}).dump(),
         call.number_id});
}

// ---- what agents and the API do to them

Result<Comment> World::CommentCall(std::int64_t id, const std::string& content) {
  auto comment = calls_.AddComment(id, content, cause_.agent, Now());
  if (!comment.ok()) return comment;
  Note("call.commented", id);
  TellCall("call.commented", *calls_.Find(id), Now());
  return comment;
}

Status World::TagCall(std::int64_t id, const std::vector<std::int64_t>& tag_ids) {
  for (const std::int64_t tag_id : tag_ids) {
    if (!tags_.Get(tag_id).ok()) {
      return Refused("tags: there is no tag " + std::to_string(tag_id));
    }
  }
  Status status = calls_.AddTags(id, tag_ids, cause_.agent, Now());
  if (!status.ok()) return status;
  Note("call.tagged", id);
  TellCall("call.tagged", *calls_.Find(id), Now());
  return status;
}

Status World::UntagCall(std::int64_t id, std::int64_t tag_id) {
  Status status = calls_.RemoveTag(id, tag_id);
  if (!status.ok()) return status;
  Note("call.untagged", id);
  TellCall("call.untagged", *calls_.Find(id), Now());
  return status;
}

Result<Call> World::ArchiveCall(std::int64_t id, bool archived) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return calls_.Get(id);
  const bool news = archived && !call->archived;
  call->archived = archived;
  Note(archived ? "call.archived" : "call.unarchived", id);
  if (news) TellCall("call.archived", *call, Now());
  return *call;
}

Status World::TransferCall(std::int64_t id, const TransferPlan& transfer) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return UnknownId("Call");
  if (Status status = CheckTransfer(transfer); !status.ok()) return status;
  if (call->status == CallStatus::kDone) return Refused("The call has already ended");
  const bool ringing = call->direction == Direction::kInbound && !call->answered_at;
  const bool outside = !transfer.outside.empty();
  if (outside && !ringing) {
    return Refused("Only an inbound call not yet answered can go to an outside number");
  }
  ApplyTransfer(*call, transfer, cause_.agent ? cause_.agent : call->user_id, directory_);
  if (ringing) DropSteps(id, outside ? IsOurs : IsRinging);
  Note(outside ? "call.external_transferred" : "call.transferred", id);
  TellCall(EventOf(transfer), *call, Now());
  if (ringing && !outside) {
    Note("call.ringing_on_agent", id);
    TellCall("call.ringing_on_agent", *call, Now(), call->rung_id);
  }
  return {};
}

Status World::PauseRecording(std::int64_t id, bool paused) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return UnknownId("Call");
  if (call->status == CallStatus::kDone) return Refused("The call has already ended");
  const Number* number = directory_.FindNumber(call->number_id);
  if (number == nullptr || !number->records_calls) {
    return WrongState("Calls of this number are not recorded");
  }
  call->recording_paused = paused;
  Note(paused ? "call.recording_paused" : "call.recording_resumed", id);
  return {};
}

Status World::DeleteAsset(std::int64_t id, AssetKind kind) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return UnknownId("Call");
  // The file may come up to a day after the call: whoever is early deletes nothing (doc).
  if (!call->AssetKey(kind)) return {};
  call->AssetKey(kind).reset();
  ForgetIntelligence(*this, id);  // What was understood from it goes as well (doc).
  Note(kind == AssetKind::kRecording ? "call.recording_deleted" : "call.voicemail_deleted", id);
  return {};
}

Status World::ShowInsightCard(std::int64_t id, const std::string& card) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return UnknownId("Call");
  if (call->status == CallStatus::kDone) return Refused("The call has already ended");
  call->insight_cards.push_back(card);
  Note("call.insight_card_shown", id);
  return {};
}

Result<Call> World::LinkCall(std::int64_t id, const std::string& link) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return calls_.Get(id);
  call->link = link;
  Note("call.linked", id);
  return *call;
}

Page<Call> World::ListCalls(const CallFilter& filter, const ListQuery& query) const {
  std::map<std::int64_t, std::string> own_digits;
  if (filter.phone_number) {
    for (const Number& number : directory_.numbers) {
      own_digits[number.id] = PhoneDigits(number.e164);
    }
  }
  return calls_.List(filter, query, Now(), own_digits);
}

}  // namespace sb::aircall::sandbox
