#include "engine/accounts/webhook_care.h"

#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;

constexpr Millis kVerifiedFor = std::chrono::minutes(30);

bool Same(const ports::WebhookSubscription& left, const ports::WebhookSubscription& right) {
  return left.remote_id == right.remote_id && left.token_hash == right.token_hash &&
         left.events == right.events;
}

}  // namespace

WebhookTarget TargetOf(const ConnectionDependencies& dependencies, const Account& account) {
  return {
      dependencies.public_url() + "/webhooks/" + account.connector + "/" + account.webhook.hook_id,
      "Switchboard"};
}

Result<ports::WebhookSubscription> WebhookCare::Subscribe(const Account& account,
                                                          const connector::Connector& connector,
                                                          const Provider& provider,
                                                          const ProviderSpec& spec,
                                                          bool always_write) {
  const auto wanted = deps_.wanted_events(account);
  if (!wanted.ok()) return wanted.error();
  const std::vector<std::string> events = EventNames(connector, *wanted);
  if (!spec.webhook || events.empty())
    return account.webhook;  // to ask for no event would mean all of them (doc)
  Subscriptions::Care care{.always_write = always_write};
  if (deps_.witness != nullptr) {
    care.found_wrong = [&](ports::GapReason reason) {
      return deps_.witness->FoundWrong(account, reason);
    };
  }
  const WallTime asked_at = deps_.clock.Now();
  auto webhook = Subscriptions(provider, *spec.webhook)
                     .Ensure(account.webhook, TargetOf(deps_, account), events, care);
  if (webhook.ok() && deps_.witness != nullptr)
    deps_.witness->Subscribed(account, webhook->events, asked_at);
  return webhook;
}

Status WebhookCare::Refresh(AccountId id) {
  const std::lock_guard turn(book_.TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state)) return {};
  const auto connector = FindConnector(deps_.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  const auto wanted = deps_.wanted_events(*account);
  if (!wanted.ok()) return wanted.error();
  const bool same = EventNames(**connector, *wanted) == account->webhook.events;
  if (same && IsVerified(*account)) return {};
  return Mend(*account, **connector, /*always_write=*/false);
}

Status WebhookCare::Repair(AccountId id) {
  const std::lock_guard turn(book_.TurnOf(id));
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state)) return {};
  const auto connector = FindConnector(deps_.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  return Mend(*account, **connector, /*always_write=*/true);
}

Status WebhookCare::Mend(const Account& account, const connector::Connector& connector,
                         bool always_write) {
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok()) return spec.error();
  const Provider provider(deps_.expressions, ForAccount(deps_.actions, connector, account.id));
  const auto webhook = Subscribe(account, connector, provider, *spec, always_write);
  if (!webhook.ok()) return webhook.error();
  NoteVerified(account);
  if (Same(*webhook, account.webhook)) return {};
  const auto stored =
      book_.AmendAndTell(account.id, [&](Account& each) { each.webhook = *webhook; });
  return stored.ok() ? Status() : stored.error();
}

bool WebhookCare::IsVerified(const Account& account) {
  const std::lock_guard lock(verified_mutex_);
  const auto seen = verified_.find(account.id);
  return seen != verified_.end() && seen->second + kVerifiedFor > deps_.clock.Now();
}

void WebhookCare::NoteVerified(const Account& account) {
  const std::lock_guard lock(verified_mutex_);
  verified_[account.id] = deps_.clock.Now();
}

void WebhookCare::Remove(const Account& account) {
  const connector::Connector* connector = deps_.connectors.FindConnector(account.connector);
  if (connector == nullptr) return;
  const auto spec = ReadProviderSpec(*connector);
  const auto credential = credentials_.Get(account);
  Status removed;
  if (!spec.ok() || !spec->webhook) return;
  if (!credential.ok()) {
    removed = credential.error();
  } else {
    // Past the lanes: what still waits there for this account must not hold its end back.
    const Provider provider(deps_.expressions, WithCredential(deps_.http, *connector, *credential,
                                                              deps_.expressions, deps_.clock));
    removed =
        Subscriptions(provider, *spec->webhook).Remove(account.webhook, TargetOf(deps_, account));
  }
  if (!removed.ok()) {
    Log::Warn("account.webhook_left",
              {{"account", ToText(account.id)}, {"code", removed.error().code}});
  }
}

}  // namespace sb::accounts
