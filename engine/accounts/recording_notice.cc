#include "engine/accounts/recording_notice.h"

#include <algorithm>
#include <set>

#include "engine/base/log.h"
#include "engine/connector/recordings.h"

namespace sb::accounts {
namespace {

constexpr int kEventsPerPage = 200;
/// How often a place without news is written down: so much is read again by the next process.
constexpr Millis kBetweenSaves = std::chrono::minutes(1);
constexpr Millis kConnectorsKnownFor = std::chrono::minutes(1);

}  // namespace

std::vector<std::string> RecordingEvents(const connector::Connector& connector,
                                         const core::recordings::Policy& policy) {
  std::set<std::string> types;
  for (const connector::RecordingRule& rule : connector.recordings) {
    if (policy.Keeps(rule.kind)) types.insert(rule.types.begin(), rule.types.end());
  }
  return {types.begin(), types.end()};
}

Result<bool> RecordingNotice::RunOnce() {
  const auto keepers = Keepers();
  if (!keepers.ok()) return keepers.error();
  if (keepers->empty()) {
    const Status skipped = SkipToTheEnd();
    return skipped.ok() ? Result<bool>(false) : Result<bool>(skipped.error());
  }
  const auto position = Position();
  if (!position.ok()) return position.error();
  std::vector<AccountId> accounts;
  std::set<std::string> types;
  for (const auto& [id, keeper] : *keepers) {
    accounts.push_back(id);
    for (const std::string& type : RecordingEvents(*keeper.connector, keeper.policy.rules))
      types.insert(type);
  }
  const auto page =
      deps_.feed.EventsOf(accounts, {types.begin(), types.end()}, *position, kEventsPerPage);
  if (!page.ok()) return page.error();
  for (const ports::InboxItem& item : page->items) {
    if (Status looked = LookAt(item, keepers->at(item.account)); !looked.ok())
      return looked.error();
  }
  const bool due = !saved_at_ || deps_.clock.Now() - *saved_at_ >= kBetweenSaves;
  if (page->items.empty() && !due) return false;
  if (Status saved = Save(page->next); !saved.ok()) return saved.error();
  return page->more;
}

Result<std::map<AccountId, RecordingNotice::Keeper>> RecordingNotice::Keepers() {
  const auto policies = deps_.recordings.Policies();
  if (!policies.ok()) return policies.error();
  if (deps_.clock.Now() - connectors_read_at_ >= kConnectorsKnownFor) {
    connectors_.clear();
    connectors_read_at_ = deps_.clock.Now();
  }
  std::map<AccountId, Keeper> keepers;
  for (const ports::RecordingPolicy& policy : *policies) {
    const auto connector = ConnectorOf(policy.account);
    if (!connector.ok()) return connector.error();
    if (*connector != nullptr) keepers[policy.account] = {policy, *connector};
  }
  return keepers;
}

Result<const connector::Connector*> RecordingNotice::ConnectorOf(AccountId id) {
  const auto known = connectors_.find(id);
  if (known != connectors_.end()) return known->second;
  const auto account = deps_.accounts.Get(id);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  const connector::Connector* connector = nullptr;
  if (account.ok() && account->state != ports::AccountState::kDisconnected)
    connector = deps_.connectors.FindConnector(account->connector);
  connectors_[id] = connector;
  return connector;
}

Result<ports::FeedPosition> RecordingNotice::Position() {
  const auto stored = deps_.recordings.Position();
  if (!stored.ok()) return stored.error();
  if (*stored) return **stored;
  auto end = deps_.feed.End();
  if (!end.ok()) return end.error();
  if (Status saved = Save(*end); !saved.ok()) return saved.error();
  return end;
}

Status RecordingNotice::Save(const ports::FeedPosition& position) {
  Status saved = deps_.recordings.SavePosition(position);
  if (saved.ok()) saved_at_ = deps_.clock.Now();
  return saved;
}

/// Nobody keeps anything: whoever begins to must not have to read what was before.
Status RecordingNotice::SkipToTheEnd() {
  if (saved_at_ && deps_.clock.Now() - *saved_at_ < kBetweenSaves) return {};
  const auto end = deps_.feed.End();
  return end.ok() ? Save(*end) : Status(end.error());
}

Status RecordingNotice::LookAt(const ports::InboxItem& item, const Keeper& keeper) {
  // What a client publishes says nothing about the provider, and where it leads is anybody's wish.
  if (item.source == ports::InboxSource::kApi || item.entity_id.empty()) return {};
  if (!keeper.policy.since || item.received_at < *keeper.policy.since) return {};
  const auto event = connector::ReadWebhook(*keeper.connector, item.body);
  if (!event.ok()) return {};  // an erasure, or a connector that was changed since: no link in it
  for (const connector::RecordingRule& rule : keeper.connector->recordings) {
    const bool tells = std::ranges::count(rule.types, item.event) > 0;
    if (!tells || !keeper.policy.rules.Keeps(rule.kind)) continue;
    if (Status noted = Want(item, keeper, rule, event->data); !noted.ok()) return noted;
  }
  return {};
}

Status RecordingNotice::Want(const ports::InboxItem& item, const Keeper& keeper,
                             const connector::RecordingRule& rule, const Json& data) {
  const auto news = connector::ReadRecordingNews(rule, data, deps_.expressions);
  if (!news.ok()) {
    Log::Warn("recording.unread", {{"event_id", ToText(item.id)}, {"code", news.error().code}});
    return {};
  }
  if (news->link.empty()) return {};
  ports::Recording recording;
  recording.created_at = deps_.clock.Now();
  recording.id = deps_.ids.Next<ports::RecordingTag>(recording.created_at);
  recording.slot = keeper.policy.slot;
  recording.account = item.account;
  recording.call = item.entity_id;
  recording.kind = rule.kind;
  recording.party = news->party;
  recording.event = item.id;
  recording.told_at = item.received_at;
  recording.due_at = recording.created_at;
  const auto is_new = deps_.recordings.Want(recording);
  if (!is_new.ok()) return is_new.error();
  if (*is_new) deps_.wanted();
  return {};
}

}  // namespace sb::accounts
