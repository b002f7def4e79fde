#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

// Another service behind the gateway: no charset in its content type (live).
Reply Plain(Reply reply) {
  reply.content_type = "application/json";
  return reply;
}

Result<WebhookDraft> WebhookDraftOf(const Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return body.error();
  WebhookDraft draft;
  if (body->contains("url")) draft.url = TextMember(*body, "url");
  if (body->contains("custom_name")) draft.custom_name = TextMember(*body, "custom_name");
  const Json& active = Member(*body, "active");
  if (active.is_boolean()) draft.active = active.get<bool>();
  if (const Json& events = Member(*body, "events"); !events.is_null()) {
    if (!events.is_array()) return Refused("events is not a list of names");
    draft.events.emplace();
    for (const Json& event : events) {
      draft.events->insert(PlainText(event));
    }
  }
  const std::string action = visit.query.GetOr("events_action", "");
  if (action == "add") draft.action = EventsAction::kAdd;
  if (action == "remove") draft.action = EventsAction::kRemove;
  return draft;
}

Reply WebhookReply(const Visit& visit, int status, const Result<Webhook>& webhook, bool with_id) {
  if (!webhook.ok()) return Plain(RefusalReply(webhook.error()));
  return Plain(ObjectReply(status, "webhook", WebhookDoc(visit.world(), *webhook, with_id)));
}

Reply ListWebhooks(Visit& visit) {
  const auto query = ListQueryOf(visit);
  if (!query.ok()) return Plain(RefusalReply(query.error()));
  const ListShape shape{.key = "webhooks", .meta_first = true, .links = false};
  return Plain(ListReply(visit, shape, *query, visit.world().webhooks().List(visit.caller, *query),
                         [&](const Webhook& webhook) {
                           return WebhookDoc(visit.world(), webhook, /*with_id=*/true);
                         }));
}

Reply GetWebhook(Visit& visit) {
  return WebhookReply(visit, 200, visit.world().webhooks().Get(visit.caller, visit.args.at(0)),
                      /*with_id=*/true);
}

Reply CreateWebhook(Visit& visit) {
  const auto draft = WebhookDraftOf(visit);
  if (!draft.ok()) return Plain(RefusalReply(draft.error()));
  const int status = visit.world().switches().GetNumber(Switch::kWebhookCreateStatus);
  return WebhookReply(visit, status,
                      visit.world().webhooks().Create(visit.caller, *draft, visit.world().Now()),
                      /*with_id=*/false);
}

Reply UpdateWebhook(Visit& visit) {
  const auto draft = WebhookDraftOf(visit);
  if (!draft.ok()) return Plain(RefusalReply(draft.error()));
  return WebhookReply(visit, 200,
                      visit.world().webhooks().Update(visit.caller, visit.args.at(0), *draft),
                      /*with_id=*/false);
}

Reply DeleteWebhook(Visit& visit) {
  const auto removed = visit.world().webhooks().Remove(visit.caller, visit.args.at(0));
  if (!removed.ok()) return Plain(RefusalReply(removed.error()));
  visit.stage.deliveries.Cancel(removed->uuid);
  return EmptyReply(204);
}

constexpr Route kWebhookRoutes[] = {
    {"GET", "/v1/webhooks", Access::kCompany, ListWebhooks, "webhooks, with their tokens"},
    {"GET", "/v1/webhooks/:id", Access::kCompany, GetWebhook, "one webhook, by UUID or id"},
    {"POST", "/v1/webhooks", Access::kCompany, CreateWebhook, "subscribe; no events means all"},
    {"PUT", "/v1/webhooks/:id", Access::kCompany, UpdateWebhook, "change; no events resets to all"},
    {"DELETE", "/v1/webhooks/:id", Access::kCompany, DeleteWebhook, "unsubscribe"},
};

}  // namespace

std::span<const Route> WebhookRoutes() {
  return kWebhookRoutes;
}

}  // namespace sb::aircall::sandbox
