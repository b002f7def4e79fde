#include "connectors/aircall/sandbox/world/webhook_book.h"

#include <algorithm>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kMaxWebhooks = 100;

Status CheckDraft(const WebhookDraft& draft) {
  if (draft.url && !ParseHookUrl(*draft.url)) {
    return Refused("url is not usable: it must begin with https://");
  }
  for (const std::string& event : draft.events.value_or(std::set<std::string>{})) {
    if (!AllEvents().contains(event)) return Refused("events: " + event + " is not an event");
  }
  return {};
}

std::set<std::string> CombinedEvents(const std::set<std::string>& current,
                                     const WebhookDraft& draft) {
  if (!draft.events) return draft.action == EventsAction::kReplace ? AllEvents() : current;
  std::set<std::string> events = current;
  switch (draft.action) {
    case EventsAction::kReplace:
      return draft.events->empty() ? AllEvents() : *draft.events;
    case EventsAction::kAdd:
      events.insert(draft.events->begin(), draft.events->end());
      break;
    case EventsAction::kRemove:
      std::erase_if(events, [&](const std::string& each) { return draft.events->contains(each); });
      break;
  }
  return events;
}

bool Answers(const Webhook& webhook, CallerKind owner, const std::string& id) {
  return webhook.owner == owner && (webhook.uuid == id || std::to_string(webhook.id) == id);
}

}  // namespace

Result<Webhook> WebhookBook::Create(CallerKind owner, const WebhookDraft& draft, WallTime now) {
  if (!draft.url) return Refused("url is missing");
  if (Status status = CheckDraft(draft); !status.ok()) return status.error();
  if (webhooks_.size() >= kMaxWebhooks) return Refused("A company can have 100 webhooks at most");
  Webhook webhook;
  webhook.id = ids_->Next(IdKind::kWebhook);
  webhook.uuid = ids_->Uuid();
  webhook.token = ids_->Hex(32);
  webhook.owner = owner;
  webhook.url = *draft.url;
  webhook.custom_name = draft.custom_name.value_or("Webhook");
  webhook.events = CombinedEvents({}, draft);
  webhook.created_at = now;
  webhooks_.push_back(webhook);
  return webhook;
}

Result<Webhook> WebhookBook::Update(CallerKind owner, const std::string& id,
                                    const WebhookDraft& draft) {
  const auto found = Find(owner, id);
  if (!found.ok()) return found.error();
  if (Status status = CheckDraft(draft); !status.ok()) return status.error();
  Webhook& webhook = **found;
  webhook.url = draft.url.value_or(webhook.url);
  webhook.custom_name = draft.custom_name.value_or(webhook.custom_name);
  webhook.events = CombinedEvents(webhook.events, draft);
  if (draft.active) {
    webhook.active = *draft.active;
    webhook.failures_in_a_row = 0;
  }
  return webhook;
}

Result<Webhook> WebhookBook::Remove(CallerKind owner, const std::string& id) {
  const auto found = Find(owner, id);
  if (!found.ok()) return found.error();
  Webhook last = **found;
  webhooks_.erase(webhooks_.begin() + (*found - webhooks_.data()));
  return last;
}

void WebhookBook::RemoveAllOf(CallerKind owner) {
  std::erase_if(webhooks_, [&](const Webhook& each) { return each.owner == owner; });
}

Result<Webhook> WebhookBook::Get(CallerKind owner, const std::string& id) const {
  const auto found = std::find_if(webhooks_.begin(), webhooks_.end(),
                                  [&](const Webhook& each) { return Answers(each, owner, id); });
  if (found == webhooks_.end()) return UnknownId("Webhook");
  return *found;
}

Page<Webhook> WebhookBook::List(CallerKind owner, const ListQuery& query) const {
  std::vector<const Webhook*> own;
  for (const Webhook& webhook : webhooks_) {
    if (webhook.owner == owner) own.push_back(&webhook);
  }
  const TimeOf<Webhook> created = [](const Webhook& each) { return each.created_at; };
  return TakePage<Webhook>(std::move(own), query, WindowRule::kFromOn, created, created);
}

void WebhookBook::NoteOutcome(const std::string& uuid, bool delivered, int disable_after) {
  const auto found = std::find_if(webhooks_.begin(), webhooks_.end(),
                                  [&](const Webhook& each) { return each.uuid == uuid; });
  if (found == webhooks_.end()) return;
  if (delivered) {
    // A webhook its owner switched off has no failures, and stays off.
    if (disable_after > 0 && found->failures_in_a_row >= disable_after) found->active = true;
    found->failures_in_a_row = 0;
    return;
  }
  ++found->failures_in_a_row;
  if (disable_after > 0 && found->failures_in_a_row >= disable_after) found->active = false;
}

Result<Webhook*> WebhookBook::Find(CallerKind owner, const std::string& id) {
  const auto found = std::find_if(webhooks_.begin(), webhooks_.end(),
                                  [&](const Webhook& each) { return Answers(each, owner, id); });
  if (found == webhooks_.end()) return UnknownId("Webhook");
  return &*found;
}

// Aircall's reference, as of August 2026; the two team events stand in one catalogue only.
const std::set<std::string>& AllEvents() {
  static const std::set<std::string> kEvents = {"call.created",
                                                "call.ringing_on_agent",
                                                "call.agent_declined",
                                                "call.answered",
                                                "call.transferred",
                                                "call.external_transferred",
                                                "call.unsuccessful_transfer",
                                                "call.hold",
                                                "call.unhold",
                                                "call.ivr_option_selected",
                                                "call.hungup",
                                                "call.ended",
                                                "call.voicemail_left",
                                                "call.comm_assets_generated",
                                                "call.assigned",
                                                "call.archived",
                                                "call.tagged",
                                                "call.untagged",
                                                "call.commented",
                                                "user.created",
                                                "user.deleted",
                                                "user.connected",
                                                "user.disconnected",
                                                "user.opened",
                                                "user.closed",
                                                "user.wut_start",
                                                "user.wut_end",
                                                "user.created.v2",
                                                "user.deleted.v2",
                                                "user.connected.v2",
                                                "user.disconnected.v2",
                                                "user.opened.v2",
                                                "user.closed.v2",
                                                "user.wut_start.v2",
                                                "user.wut_end.v2",
                                                "number.created",
                                                "number.deleted",
                                                "number.opened",
                                                "number.closed",
                                                "contact.created",
                                                "contact.updated",
                                                "contact.deleted",
                                                "message.sent",
                                                "message.received",
                                                "message.status_updated",
                                                "group_message.sent",
                                                "group_message.received",
                                                "group_message.status_updated",
                                                "transcription.created",
                                                "summary.created",
                                                "topics.created",
                                                "sentiment.created",
                                                "action_item.created",
                                                "playbook_result.created",
                                                "playbook_result.updated",
                                                "realtime_transcription.utterances_received",
                                                "custom_summary.result_created",
                                                "custom_summary.result_updated",
                                                "call_evaluation.created",
                                                "call_evaluation.updated",
                                                "ai_voice_agent.started",
                                                "ai_voice_agent.ended",
                                                "ai_voice_agent.escalated",
                                                "ai_voice_agent.summary",
                                                "analytics.report_created",
                                                "analytics.report_failed",
                                                "integration.deleted",
                                                "team.created",
                                                "team.destroyed"};
  return kEvents;
}

}  // namespace sb::aircall::sandbox
