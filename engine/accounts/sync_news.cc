#include "engine/accounts/sync_news.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/log.h"

namespace sb::accounts {
namespace {

constexpr int kNewsPerPage = 200;
/// How often a place without news is written down: so much is read again by the next process.
constexpr Millis kBetweenPlaces = std::chrono::minutes(1);
constexpr Millis kFirstNewsPause = std::chrono::seconds(2);
constexpr Millis kLongestNewsPause = std::chrono::minutes(1);
constexpr std::size_t kMostBehind = 100;  ///< In one round; each is a query of its own.

/// As it is stored, which has no journal rows.
ports::FeedPosition AsStored(const ports::FeedPosition& position) {
  return {position.commit, position.id, 0};
}

}  // namespace

Status SyncNews::Refresh() {
  const auto running = deps_.replications.Running();
  if (!running.ok()) return running.error();
  std::map<ports::SyncId, Follower> followers;
  for (const ports::Sync& sync : *running) {
    auto events = deps_.replications.EventsOf(sync);
    if (!events.ok()) {  // its streams say so
      Log::Debug("sync.unreadable", {{"account", ToText(sync.account)}});
      continue;
    }
    Follower& follower = followers[sync.id];
    follower.sync = sync;
    follower.events = std::move(*events);
    follower.at = sync.heard;
  }
  const std::lock_guard lock(mutex_);
  for (auto& [id, follower] : followers) {
    const auto known = followers_.find(id);
    if (known == followers_.end()) continue;
    const bool same =
        known->second.sync.heard == follower.sync.heard && known->second.events == follower.events;
    if (!same) continue;  // somebody has set it back, or more is wanted
    Follower kept = known->second;
    kept.sync = follower.sync;
    follower = std::move(kept);
  }
  followers_ = std::move(followers);
  return {};
}

std::vector<std::string> SyncNews::Connections() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> connections;
  for (const auto& [id, follower] : followers_) connections.insert(follower.sync.connection);
  return {connections.begin(), connections.end()};
}

/// Those that are where the news end share one query; whoever is behind has one alone.
std::vector<SyncNews::Group> SyncNews::GroupsOf(const std::string& connection) const {
  const WallTime now = deps_.clock.Now();
  const std::lock_guard lock(mutex_);
  Group together;
  std::vector<Group> groups;
  for (const auto& [id, follower] : followers_) {
    const bool waits = follower.events.empty() || follower.not_before > now;
    if (follower.sync.connection != connection || waits) continue;
    Follower taken = follower;
    taken.began = follower.sync.heard;
    if (follower.caught_up)
      together.push_back(std::move(taken));
    else if (groups.size() < kMostBehind)
      groups.push_back({std::move(taken)});
  }
  if (!together.empty()) groups.push_back(std::move(together));
  return groups;
}

Result<bool> SyncNews::RunOnce(const std::string& connection) {
  bool more = false;
  for (Group& group : GroupsOf(connection)) {
    const auto followed = Follow(group);
    if (!followed.ok()) return followed.error();
    Keep(group);
    more = more || *followed;
  }
  return more;
}

Result<bool> SyncNews::Follow(Group& group) {
  ports::FeedPosition from = group.front().at;
  std::vector<AccountId> accounts;
  std::set<std::string> types;
  for (const Follower& follower : group) {
    from = std::min(from, follower.at);
    accounts.push_back(follower.sync.account);
    types.insert(follower.events.begin(), follower.events.end());
  }
  const auto page = deps_.feed.EventsOf(accounts, {types.begin(), types.end()}, from, kNewsPerPage);
  if (!page.ok()) return page.error();
  for (Follower& follower : group) Tell(follower, *page);
  const bool told = std::ranges::any_of(
      group, [](const Follower& follower) { return follower.not_before == WallTime(); });
  return page->more && told;
}

void SyncNews::Tell(Follower& follower, const ports::FeedPage<ports::InboxItem>& page) {
  std::vector<ports::InboxItem> items;
  for (std::size_t i = 0; i < page.items.size(); ++i) {
    const ports::InboxItem& item = page.items[i];
    const bool its_own = item.account == follower.sync.account && page.places[i] > follower.at &&
                         std::ranges::count(follower.events, item.event) > 0;
    if (its_own) items.push_back(item);
  }
  if (!items.empty()) {
    const Status heard = deps_.replications.Hear(follower.sync, items);
    if (!heard.ok()) return Hinder(follower, heard.error());
  }
  // Whoever is with the others stays with them, also where there is much for all.
  follower.caught_up = follower.caught_up || !page.more;
  follower.not_before = WallTime();
  follower.pause = Millis(0);
  Advance(follower, std::max(follower.at, AsStored(page.next)), !items.empty());
}

void SyncNews::Advance(Follower& follower, const ports::FeedPosition& to, bool told) {
  follower.at = to;
  const WallTime now = deps_.clock.Now();
  const bool due = !follower.saved_at || now - *follower.saved_at >= kBetweenPlaces;
  if (to == follower.sync.heard || !(told || due)) return;
  const Status saved = deps_.syncs.SaveHeard(follower.sync, to);
  if (saved.ok()) {
    follower.sync.heard = to;
    follower.saved_at = now;
  } else {
    // Told again after a crash. Where it was set back, the next look at what runs shows it.
    Log::Info("sync.place_unsaved",
              {{"account", ToText(follower.sync.account)}, {"code", saved.error().code}});
  }
}

void SyncNews::Hinder(Follower& follower, const Error& error) {
  follower.pause = std::clamp(follower.pause * 2, kFirstNewsPause, kLongestNewsPause);
  follower.not_before = deps_.clock.Now() + follower.pause;
  follower.caught_up = false;
  deps_.metrics.Count("switchboard_sync_errors_total", {{"code", error.code}});
  Log::Info("sync.events_wait", {{"account", ToText(follower.sync.account)}, {"code", error.code}});
}

void SyncNews::Keep(const Group& group) {
  const std::lock_guard lock(mutex_);
  for (const Follower& follower : group) {
    const auto known = followers_.find(follower.sync.id);
    if (known == followers_.end()) continue;
    // Where it was set back meanwhile, or wants more, it goes on as it was found then.
    const bool same =
        known->second.sync.heard == follower.began && known->second.events == follower.events;
    if (same) known->second = follower;
  }
}

}  // namespace sb::accounts
