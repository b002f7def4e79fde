#include "engine/edge/webhook_intake.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/secret.h"

namespace sb::edge {
namespace {

/// Parsing more than this would hold up the listener's thread: a worker does it.
constexpr std::size_t kSmallBody = 64 * 1024;

Reply Outcome(Reply reply, const char* outcome) {
  reply.outcome = outcome;
  return reply;
}

Reply Accepted(const char* outcome) {
  return Outcome(JsonReply(200, R"({"accepted":true})"), outcome);
}

Reply UnknownHook() {
  return Outcome(ErrorReply(404, "WEBHOOK_UNKNOWN", "there is no webhook at this address"),
                 "unknown_hook");
}

Reply WrongToken() {
  return Outcome(ErrorReply(401, "WEBHOOK_TOKEN_WRONG",
                            "the token in the body is not the one of this webhook"),
                 "wrong_token");
}

Reply TryAgain(const char* outcome) {
  Reply reply =
      ErrorReply(503, "TRY_AGAIN", "the event could not be stored just now; send it again");
  reply.headers.emplace_back("Retry-After", "5");
  return Outcome(std::move(reply), outcome);
}

/// A body that no rule of the connector fits: kept as it is, so that nothing is lost and a person
/// can look at it.
ports::InboxItem Unreadable(const std::string& body) {
  ports::InboxItem item;
  item.event = "unreadable";
  item.dedupe = Sha256("unreadable\n" + body);
  item.body = body;
  return item;
}

/// Leaves the event its data.
ports::InboxItem ToItem(connector::IncomingEvent& event) {
  ports::InboxItem item;
  item.event = std::move(event.type);
  item.dedupe = std::move(event.dedupe);
  item.occurrence = std::move(event.occurrence);
  item.entity = std::move(event.entity);
  item.entity_id = std::move(event.entity_id);
  item.occurred_at = event.occurred_at;
  item.body = std::move(event.body);
  return item;
}

}  // namespace

void WebhookIntake::Take(const std::shared_ptr<Exchange>& exchange,
                         const std::string& connector_name, const std::string& hook_id) {
  const connector::Connector* connector = deps_.connectors.FindConnector(connector_name);
  if (connector == nullptr) return Refuse(exchange, UnknownHook());
  exchange->AnswerWithin(deps_.patience, TryAgain("late"));
  deps_.hooks.Find(hook_id, [=, this](const Result<Hook>& hook) {
    OnHook(exchange, *connector, hook_id, hook, false);
  });
}

void WebhookIntake::OnHook(const std::shared_ptr<Exchange>& exchange,
                           const connector::Connector& connector, const std::string& hook_id,
                           const Result<Hook>& hook, bool afresh) {
  if (!hook.ok()) {
    if (hook.error().kind == ErrorKind::kNotFound) return Refuse(exchange, UnknownHook());
    return exchange->Answer(TryAgain("failed"));
  }
  if (hook->connector != connector.name) return Refuse(exchange, UnknownHook());
  if (hook->state == ports::AccountState::kDisconnected) {
    return exchange->Answer(Outcome(
        ErrorReply(410, "WEBHOOK_GONE", "this account was disconnected; nothing is taken any more"),
        "disconnected"));
  }
  if (exchange->request().body.size() <= kSmallBody)
    return Judge(exchange, connector, hook_id, *hook, afresh);
  deps_.workers.Post(
      [=, this, hook = *hook, &connector] { Judge(exchange, connector, hook_id, hook, afresh); });
}

void WebhookIntake::Judge(const std::shared_ptr<Exchange>& exchange,
                          const connector::Connector& connector, const std::string& hook_id,
                          const Hook& hook, bool afresh) {
  auto event = connector::ReadWebhook(connector, exchange->request().body);
  const bool proven =
      !event.ok() || (!hook.token_hash.empty() &&
                      Secret(hook.token_hash).EqualsConstantTime(Sha256(event->token)));
  if (!proven && !afresh) {  // the webhook may have been registered anew a moment ago
    return deps_.hooks.FindAfresh(hook_id, [=, this, &connector](const Result<Hook>& again) {
      OnHook(exchange, connector, hook_id, again, true);
    });
  }
  if (!proven) {
    const bool not_yet = hook.state == ports::AccountState::kConnecting && hook.token_hash.empty();
    return not_yet ? exchange->Answer(TryAgain("connecting")) : Refuse(exchange, WrongToken());
  }
  ports::InboxItem item = event.ok() ? ToItem(*event) : Unreadable(exchange->request().body);
  item.slot = hook.slot;
  item.account = hook.account;
  item.received_at = deps_.clock.Now();
  item.id = deps_.ids.Next<EventTag>(item.received_at);
  item.source = ports::InboxSource::kWebhook;
  Store(exchange, std::move(item),
        event.ok() ? std::optional<Json>(std::move(event->data)) : std::nullopt);
}

void WebhookIntake::Refuse(const std::shared_ptr<Exchange>& exchange, Reply reply) {
  const Millis wait = deps_.guard.Refuses(exchange->request().address);
  if (wait > Millis(0)) return exchange->Answer(Outcome(TooManyTriesReply(wait), "limited"));
  deps_.guard.Failed(exchange->request().address);
  exchange->Answer(std::move(reply));
}

void WebhookIntake::Store(const std::shared_ptr<Exchange>& exchange, ports::InboxItem item,
                          std::optional<Json> data) {
  const bool readable = data.has_value();
  deps_.engine.AcceptEvent(std::move(item), std::move(data),
                           [exchange, readable](const Result<bool>& is_new) {
                             if (!is_new.ok()) return exchange->Answer(TryAgain("failed"));
                             if (!*is_new) return exchange->Answer(Accepted("duplicate"));
                             exchange->Answer(Accepted(readable ? "accepted" : "unreadable"));
                           });
}

}  // namespace sb::edge
