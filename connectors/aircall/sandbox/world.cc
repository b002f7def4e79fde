#include "connectors/aircall/sandbox/world.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/refusal.h"
#include "connectors/aircall/sandbox/render.h"
#include "connectors/aircall/sandbox/seed.h"
#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

bool Reaches(const Webhook& webhook, const Event& event, const std::optional<Integration>& app) {
  if (!webhook.active || !webhook.events.contains(event.name)) return false;
  if (webhook.owner == CallerKind::kKey) return event.name != "integration.deleted";
  if (!app || !app->active) return false;
  return !event.number_id || std::find(app->number_ids.begin(), app->number_ids.end(),
                                       *event.number_id) != app->number_ids.end();
}

}  // namespace

World::World(WorldSettings settings, const Clock& clock, EventSink sink)
    : settings_(std::move(settings)),
      clock_(clock),
      sink_(std::move(sink)),
      ids_(settings_.seed),
      api_key_{ids_.Hex(32), ids_.Hex(32)},
      directory_(SeededDirectory()),
      calls_(ids_),
      contacts_(ids_),
      tags_(ids_),
      webhooks_(ids_),
      app_({settings_.app_name, ids_.Hex(32), ids_.Hex(64), settings_.redirect_uris}, ids_) {
  SeedTags(tags_);
  SeedContacts(contacts_);
}

Result<Contact> World::CreateContact(const ContactDraft& draft, Announce announce) {
  auto made = contacts_.Create(draft, Now());
  if (made.ok() && announce == Announce::kYes) TellContact("contact.created", *made);
  return made;
}

Result<Contact> World::UpdateContact(std::int64_t id, const ContactDraft& draft) {
  auto changed = contacts_.Update(id, draft, Now());
  if (changed.ok()) TellContact("contact.updated", *changed);
  return changed;
}

Status World::RemoveContact(std::int64_t id) {
  auto last = contacts_.Remove(id);
  if (!last.ok()) return last.error();
  last->emails.clear();  // Both lists are already empty in the captures (live).
  last->phones.clear();
  TellContact("contact.deleted", *last);
  return {};
}

Result<Detail> World::AddDetail(std::int64_t id, DetailKind kind, const Detail& draft) {
  auto made = contacts_.AddDetail(id, kind, draft, Now());
  if (!made.ok()) return made;
  if (Status told = TellContactChanged(id); !told.ok()) return told.error();
  return made;
}

Result<Detail> World::ChangeDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id,
                                   const Detail& draft) {
  auto changed = contacts_.ChangeDetail(id, kind, detail_id, draft, Now());
  if (!changed.ok()) return changed;
  if (Status told = TellContactChanged(id); !told.ok()) return told.error();
  return changed;
}

Status World::RemoveDetail(std::int64_t id, DetailKind kind, std::int64_t detail_id) {
  if (Status status = contacts_.RemoveDetail(id, kind, detail_id, Now()); !status.ok()) {
    return status;
  }
  return TellContactChanged(id);
}

Result<Comment> World::CommentCall(std::int64_t id, const std::string& content) {
  auto comment = calls_.AddComment(id, content, Now());
  if (comment.ok()) TellCall("call.commented", *calls_.Find(id), Now());
  return comment;
}

Status World::TagCall(std::int64_t id, const std::vector<std::int64_t>& tag_ids) {
  for (const std::int64_t tag_id : tag_ids) {
    if (!tags_.Get(tag_id).ok()) {
      return Refused("tags: there is no tag " + std::to_string(tag_id));
    }
  }
  Status status = calls_.AddTags(id, tag_ids, Now());
  if (status.ok()) TellCall("call.tagged", *calls_.Find(id), Now());
  return status;
}

Result<Call> World::ArchiveCall(std::int64_t id, bool archived) {
  Call* call = calls_.Find(id);
  if (call == nullptr) return calls_.Get(id);
  const bool news = archived && !call->archived;
  call->archived = archived;
  if (news) TellCall("call.archived", *call, Now());
  return *call;
}

Result<Tag> World::CreateTag(const std::string& name, const std::string& color) {
  return tags_.Create(name, color, Now());
}

Result<Tag> World::UpdateTag(std::int64_t id, const std::optional<std::string>& name,
                             const std::optional<std::string>& color) {
  return tags_.Update(id, name, color);
}

Status World::RemoveTag(std::int64_t id) {
  if (Status status = tags_.Remove(id); !status.ok()) return status;
  calls_.StripTag(id);
  return {};
}

Page<Call> World::ListCalls(const CallFilter& filter, const ListQuery& query) const {
  std::map<std::int64_t, std::string> own_digits;
  for (const Number& number : directory_.numbers) own_digits[number.id] = PhoneDigits(number.e164);
  return calls_.List(filter, query, Now(), own_digits);
}

Result<Call> World::PlaceCall(CallPlan plan, Pace pace) {
  if (Status status = CheckPlan(plan); !status.ok()) return status.error();
  if (!plan.user_id) plan.user_id = directory_.FindNumber(plan.number_id)->user_ids.front();
  const std::vector<TimedStep> steps = StepsOf(plan);
  const WallTime start = pace == Pace::kReal ? Now() : Now() - steps.back().after;
  Call& call = calls_.Begin(plan.direction, std::chrono::floor<Seconds>(start));
  const std::int64_t id = call.id;
  call.external = plan.external;
  call.number_id = plan.number_id;
  if (plan.direction == Direction::kOutbound) call.user_id = plan.user_id;
  for (const TimedStep& step : steps) {
    const PendingStep pending{id, plan, step.step};
    if (pace == Pace::kInstant) {
      Play(pending, call.started_at + step.after);
    } else {
      pending_.emplace(start + step.after, pending);
    }
  }
  RunDueSteps();
  return calls_.Get(id);
}

void World::RunDueSteps() {
  while (!pending_.empty() && pending_.begin()->first <= Now()) {
    const auto next = pending_.extract(pending_.begin());
    Play(next.mapped(), std::chrono::floor<Seconds>(next.key()));
  }
}

std::optional<WallTime> World::NextStepDue() const {
  if (pending_.empty()) return {};
  return pending_.begin()->first;
}

Result<Integration> World::RemoveApp() {
  if (!app_.integration()) return NotFound("SANDBOX_NOT_FOUND", "No app is installed.");
  const Integration last = *app_.integration();
  sink_(
      {"integration.deleted", "integration", Now(), IntegrationDeletedDoc(*this, last).dump(), {}});
  app_.Remove();
  webhooks_.RemoveAllOf(CallerKind::kApp);
  return last;
}

std::vector<Webhook> World::SubscribersOf(const Event& event) const {
  std::vector<Webhook> reached;
  std::copy_if(webhooks_.all().begin(), webhooks_.all().end(), std::back_inserter(reached),
               [&](const Webhook& each) { return Reaches(each, event, app_.integration()); });
  return reached;
}

Status World::CheckPlan(const CallPlan& plan) const {
  if (directory_.FindNumber(plan.number_id) == nullptr) {
    return Refused("number_id is not a number of this company: see GET /v1/numbers");
  }
  if (plan.user_id && directory_.FindUser(*plan.user_id) == nullptr) {
    return Refused("user_id is not a user of this company: see GET /v1/users");
  }
  if (plan.external != "anonymous" && !IsPhone(plan.external)) {
    return Refused("the other party is not a phone number: write it as +16175550142");
  }
  if (!IsMissedReason(plan.missed_reason)) {
    return Refused("missed_call_reason is not one Aircall knows, e.g. agents_did_not_answer");
  }
  return {};
}

void World::Play(const PendingStep& pending, WallTime at) {
  Call* call = calls_.Find(pending.call_id);
  if (call == nullptr) return;
  Apply(*call, pending, at);
  const bool ringing = pending.step == CallStep::kRinging;
  TellCall(EventOf(pending.step), *call, at, ringing ? pending.plan.user_id : std::nullopt);
}

void World::Apply(Call& call, const PendingStep& pending, WallTime at) {
  const CallPlan& plan = pending.plan;
  switch (pending.step) {
    case CallStep::kCreated:
    case CallStep::kRinging:
    case CallStep::kVoicemailLeft:
      break;
    case CallStep::kAnswered:
      call.status = CallStatus::kAnswered;
      call.answered_at = at;
      call.user_id = plan.user_id;
      break;
    case CallStep::kHungup:
      call.status = CallStatus::kDone;
      call.ended_at = at;
      if (!plan.answered && plan.direction == Direction::kInbound) {
        call.missed_reason = plan.missed_reason;
      }
      break;
    case CallStep::kEnded:  // Recording and voicemail are not there before (live).
      if (plan.answered && directory_.FindNumber(call.number_id)->records_calls) {
        call.recording_key = ids_.Uuid();
      }
      if (!plan.answered && plan.voicemail > Seconds(0)) call.voicemail_key = ids_.Uuid();
      break;
  }
}

void World::TellCall(const char* event, const Call& call, WallTime at,
                     std::optional<std::int64_t> ringing_user) {
  const User* user = directory_.FindUser(ringing_user.value_or(call.user_id.value_or(0)));
  sink_({event, "call", at, CallEventDoc(*this, call, user).dump(), call.number_id});
}

void World::TellContact(const char* event, const Contact& contact) {
  sink_({event, "contact", Now(), ContactDoc(*this, contact, Wire::kEvent).dump(), {}});
}

Status World::TellContactChanged(std::int64_t id) {
  const auto contact = contacts_.Get(id);
  if (!contact.ok()) return contact.error();
  TellContact("contact.updated", *contact);
  return {};
}

}  // namespace sb::aircall::sandbox
