#include "engine/accounts/subscriptions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

constexpr int kMaxPages = 10;

}  // namespace

std::vector<std::string> EventNames(const connector::Connector& connector,
                                    const std::vector<std::string>& types) {
  std::set<std::string> names(connector.always_subscribe.begin(), connector.always_subscribe.end());
  for (const connector::EventKind& kind : connector.events) {
    if (!kind.ours && std::ranges::count(types, kind.type) > 0) names.insert(kind.name);
  }
  // What we tell ourselves follows from what the provider tells.
  for (const connector::SettlingRule& rule : connector.settling) {
    if (std::ranges::count(types, rule.type) == 0) continue;
    for (const connector::SettlingEvent& event : rule.events) names.insert(event.name);
  }
  return {names.begin(), names.end()};
}

Result<Subscriptions::Remote> Subscriptions::Read(const Json& webhook) const {
  Remote remote;
  for (const auto& [source, field] :
       {std::pair(&spec_.id, &remote.id), std::pair(&spec_.url, &remote.url),
        std::pair(&spec_.token, &remote.token)}) {
    const auto value = provider_.Read(*source, webhook);
    if (!value.ok()) return value.error();
    *field = AsText(*value);
  }
  const auto events = provider_.Read(spec_.events, webhook);
  if (!events.ok()) return events.error();
  if (events->is_array()) {
    for (const Json& event : *events) remote.events.push_back(AsText(event));
  }
  std::sort(remote.events.begin(), remote.events.end());
  const auto active = provider_.Read(spec_.active, webhook);
  if (!active.ok()) return active.error();
  remote.active = *active != false;
  return remote;
}

Result<std::vector<Subscriptions::Remote>> Subscriptions::FindOurs(
    const ports::WebhookSubscription& current, const WebhookTarget& target) const {
  const auto listed = provider_.List(spec_.list, kMaxPages);
  if (!listed.ok()) return listed.error();
  std::vector<Remote> ours;
  for (const Json& webhook : *listed) {
    auto remote = Read(webhook);
    if (!remote.ok()) return remote.error();
    const bool known = !current.remote_id.empty() && remote->id == current.remote_id;
    if (known || remote->url == target.url) ours.push_back(std::move(*remote));
  }
  return ours;
}

Result<Subscriptions::Remote> Subscriptions::Create(const WebhookTarget& target,
                                                    const std::vector<std::string>& events) const {
  const auto webhook =
      provider_.Use(spec_.create, {{"url", target.url}, {"name", target.name}, {"events", events}});
  if (!webhook.ok()) return webhook.error();
  return Read(*webhook);
}

Status Subscriptions::Update(const Remote& remote, const WebhookTarget& target,
                             const std::vector<std::string>& events) const {
  const auto updated = provider_.Use(
      spec_.update,
      {{"id", remote.id}, {"url", target.url}, {"name", target.name}, {"events", events}});
  return updated.ok() ? Status() : updated.error();
}

Status Subscriptions::Delete(const std::string& id) const {
  const auto gone = provider_.Use(spec_.remove, {{"id", id}});
  if (gone.ok() || gone.error().kind == ErrorKind::kNotFound) return {};
  return gone.error();
}

bool Subscriptions::CanBeKept(const Remote& remote, const ports::WebhookSubscription& current) {
  return !remote.token.empty() || (remote.id == current.remote_id && !current.token_hash.empty());
}

Result<Subscriptions::Remote> Subscriptions::KeepOne(const ports::WebhookSubscription& current,
                                                     const std::vector<Remote>& ours) const {
  Remote kept;
  for (const Remote& remote : ours) {
    if (kept.id.empty() && CanBeKept(remote, current)) {
      kept = remote;
    } else if (Status gone = Delete(remote.id); !gone.ok()) {
      return gone.error();
    }
  }
  return kept;
}

Result<Subscriptions::Remote> Subscriptions::CreateOrFind(
    const ports::WebhookSubscription& current, const WebhookTarget& target,
    const std::vector<std::string>& events) const {
  auto created = Create(target, events);
  if (created.ok() || created.error().kind != ErrorKind::kInDoubt) return created;
  const auto ours = FindOurs(current, target);  // the answer was lost, the webhook perhaps not
  if (!ours.ok()) return created;
  auto found = KeepOne(current, *ours);
  return found.ok() && !found->id.empty() ? found : created;
}

Result<ports::WebhookSubscription> Subscriptions::Ensure(const ports::WebhookSubscription& current,
                                                         const WebhookTarget& target,
                                                         const std::vector<std::string>& events,
                                                         const Care& care) const {
  const auto ours = FindOurs(current, target);
  if (!ours.ok()) return ours.error();
  if (const auto fault = FaultOf(*ours, current, target); fault && care.found_wrong) {
    if (Status noted = care.found_wrong(*fault); !noted.ok()) return noted.error();
  }
  auto remote = KeepOne(current, *ours);
  if (remote.ok() && remote->id.empty()) {
    remote = CreateOrFind(current, target, events);
  } else if (remote.ok() && (care.always_write || remote->events != events || !remote->active ||
                             remote->url != target.url)) {
    if (Status updated = Update(*remote, target, events); !updated.ok()) return updated.error();
  }
  if (!remote.ok()) return remote.error();
  ports::WebhookSubscription now = current;
  if (!remote->token.empty()) now.token_hash = Sha256(remote->token);
  if (remote->token.empty() && remote->id != current.remote_id) {
    return Unavailable("WEBHOOK_WITHOUT_TOKEN",
                       "the provider registered a webhook but gave no token for it; try again");
  }
  now.remote_id = remote->id;
  now.events = events;
  return now;
}

Status Subscriptions::Remove(const ports::WebhookSubscription& current,
                             const WebhookTarget& target) const {
  const auto ours = FindOurs(current, target);
  if (!ours.ok()) return ours.error();
  for (const Remote& remote : *ours) {
    if (Status gone = Delete(remote.id); !gone.ok()) return gone;
  }
  return {};
}

std::optional<ports::GapReason> FaultOf(const std::vector<Subscriptions::Remote>& ours,
                                        const ports::WebhookSubscription& current,
                                        const WebhookTarget& target) {
  if (current.remote_id.empty()) return {};
  const auto registered = std::ranges::find(ours, current.remote_id, &Subscriptions::Remote::id);
  if (registered == ours.end()) return ports::GapReason::kMissing;
  if (!registered->active) return ports::GapReason::kInactive;
  if (registered->events != current.events || registered->url != target.url)
    return ports::GapReason::kChanged;
  return {};
}

}  // namespace sb::accounts
