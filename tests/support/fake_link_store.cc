#include "tests/support/fake_link_store.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

namespace sb::testing {
namespace {

using core::twoway::MatchKey;
using core::twoway::Side;
using ports::ConflictId;
using ports::Hint;
using ports::Link;
using ports::LinkConflict;
using ports::LinkId;
using ports::LinkPlace;
using ports::LinkStanding;

constexpr std::ptrdiff_t kMostEntries = 200;
constexpr const char* kOverwritten = "LINK_FIELD_OVERWRITTEN";

bool Lives(const Link& link) {
  return link.standing != LinkStanding::kEnded;
}

bool IsOfComparison(const Hint& hint) {
  return hint.reason == "compare" || hint.reason == "first";
}

bool HoldsSameRecord(const Link& left, const Link& right) {
  return (!left.state.key_a.empty() && left.state.key_a == right.state.key_a) ||
         (!left.state.key_b.empty() && left.state.key_b == right.state.key_b);
}

bool AreSameQuestion(const LinkConflict& left, const LinkConflict& right) {
  return left.open && left.link == right.link && left.side == right.side && left.key == right.key &&
         left.code == right.code && left.field == right.field;
}

bool IsWanted(const LinkConflict& conflict, const ports::ConflictQuery& query) {
  return (!query.open || *query.open == conflict.open) &&
         (query.code.empty() || query.code == conflict.code) &&
         (query.field.empty() || query.field == conflict.field) &&
         (!query.unanswered || conflict.resolution.empty()) &&
         (query.link.IsNone() || query.link == conflict.link) &&
         (query.key.empty() || (query.key == conflict.key && query.side == conflict.side)) &&
         (query.after.IsNone() || conflict.id < query.after);
}

}  // namespace

FakeLinkStore::StoredLink* FakeLinkStore::HolderIn(Sync& sync, Side side, const std::string& key) {
  if (key.empty()) return nullptr;
  for (auto& [id, stored] : sync.links) {
    if (Lives(stored.link) && stored.link.state.key(side) == key) return &stored;
  }
  return nullptr;
}

bool FakeLinkStore::WaitsForAPerson(Sync& sync, const Hint& hint) {
  const StoredLink* const holder = HolderIn(sync, hint.side, hint.key);
  return holder != nullptr && holder->link.standing != LinkStanding::kActive;
}

Status FakeLinkStore::Check(Sync& sync, const ports::LinkCommit& commit) {
  if (!commit.link) return {};
  const auto stored = sync.links.find(commit.link->id);
  const int step = stored == sync.links.end() ? 0 : stored->second.link.step;
  if (step != commit.link->step)
    return sb::Conflict("LINK_MOVED", "somebody else changed the link");
  if (!Lives(*commit.link)) return {};
  const std::vector<MatchKey> wanted = commit.match_keys.value_or(std::vector<MatchKey>());
  for (const auto& [id, other] : sync.links) {
    if (id == commit.link->id || !Lives(other.link)) continue;
    const bool shared = std::ranges::any_of(
        wanted, [&](const MatchKey& key) { return std::ranges::count(other.keys, key) > 0; });
    if (shared || HoldsSameRecord(other.link, *commit.link)) {
      return sb::Conflict("LINK_KEY_TAKEN", "another link holds this key");
    }
  }
  return {};
}

void FakeLinkStore::AddTo(Sync& sync, const Hint& hint) {
  const auto [at, fresh] = sync.hints.try_emplace({hint.side, hint.key}, hint);
  Hint& stored = at->second;
  if (!fresh) {
    if (!IsOfComparison(hint)) stored.reason = hint.reason;
    stored.gone = stored.gone || hint.gone;
    stored.due_at = std::min(stored.due_at, hint.due_at);
  }
  stored.generation = ++sync.generations;
}

/// By side and key, as a database locks them.
void FakeLinkStore::AddAll(Sync& sync, std::vector<Hint> hints) {
  std::ranges::sort(hints, {}, [](const Hint& hint) { return std::pair(hint.side, hint.key); });
  for (const Hint& hint : hints) AddTo(sync, hint);
}

std::optional<Link> FakeLinkStore::StoreLink(Sync& sync, const ports::LinkCommit& commit) {
  if (!commit.link) return std::nullopt;
  StoredLink& stored = sync.links[commit.link->id];
  stored.link = *commit.link;
  stored.link.step = commit.link->step + 1;
  if (commit.link->step == 0) AnswerWithout(sync, stored.link);
  if (commit.match_keys) stored.keys = *commit.match_keys;
  if (!Lives(stored.link)) {
    stored.keys.clear();
    stored.ended_at = clock_.Now();
  }
  stored.history.insert(stored.history.end(), commit.history.begin(), commit.history.end());
  const auto surplus = static_cast<std::ptrdiff_t>(stored.history.size()) - kMostEntries;
  if (surplus > 0) stored.history.erase(stored.history.begin(), stored.history.begin() + surplus);
  return stored.link;
}

void FakeLinkStore::StoreConflicts(Sync& sync, const ports::LinkCommit& commit) {
  for (const ConflictId id : commit.answered) {
    const auto at = sync.conflicts.find(id);
    if (at == sync.conflicts.end() || !at->second.open) continue;
    at->second.open = false;
    at->second.resolution = "gone";
    at->second.resolved_at = clock_.Now();
  }
  for (const LinkConflict& conflict : commit.conflicts) StoreConflict(sync, conflict);
}

void FakeLinkStore::StoreConflict(Sync& sync, const LinkConflict& conflict) {
  const auto stored_before = sync.conflicts.find(conflict.id);
  const bool known = stored_before != sync.conflicts.end();
  if (known && stored_before->second.code == ports::kLinkErased) return;
  if (known) {
    std::erase_if(sync.conflicts, [&](const auto& stored) {
      return stored.first != conflict.id && AreSameQuestion(stored.second, conflict);
    });
  }
  const auto open = std::ranges::find_if(
      sync.conflicts, [&](const auto& stored) { return AreSameQuestion(stored.second, conflict); });
  const ConflictId id = known || open == sync.conflicts.end() ? conflict.id : open->first;
  const auto [at, fresh] = sync.conflicts.try_emplace(id, conflict);
  if (fresh) return;
  const WallTime asked_at = at->second.at;
  at->second = conflict;
  at->second.id = id;
  at->second.at = asked_at;
}

void FakeLinkStore::AnswerWithout(Sync& sync, const Link& link) {
  for (auto& [id, conflict] : sync.conflicts) {
    const bool its_own = conflict.open && conflict.link.IsNone() && !conflict.key.empty() &&
                         conflict.key == link.state.key(conflict.side);
    if (!its_own) continue;
    conflict.open = false;
    conflict.resolution = "gone";
    conflict.resolved_at = clock_.Now();
  }
}

Result<std::optional<Link>> FakeLinkStore::Commit(const ports::LinkCommit& commit) {
  return Called<Result<std::optional<Link>>>(
      hooks, "Commit", true, [&](bool) -> Result<std::optional<Link>> {
        const std::lock_guard lock(mutex_);
        Sync& sync = syncs_[commit.place];
        if (const Status checked = Check(sync, commit); !checked.ok()) return checked.error();
        std::optional<Link> link = StoreLink(sync, commit);
        if (commit.done) {
          const auto at = sync.hints.find({commit.done->side, commit.done->key});
          const bool same =
              at != sync.hints.end() && at->second.generation == commit.done->generation;
          if (same) sync.hints.erase(at);
        }
        AddAll(sync, commit.add);
        StoreConflicts(sync, commit);
        for (const ports::Tombstone& stone : commit.tombstones) {
          sync.tombstones[{stone.side, stone.key}] = stone;
        }
        if (commit.deleted) sync.deleted.push_back(*commit.deleted);
        return link;
      });
}

Result<std::optional<Link>> FakeLinkStore::Holding(const LinkPlace& place, Side side,
                                                   const std::string& key) {
  return Called<Result<std::optional<Link>>>(
      hooks, "Holding", false, [&](bool) -> Result<std::optional<Link>> {
        const std::lock_guard lock(mutex_);
        const StoredLink* const holder = HolderIn(syncs_[place], side, key);
        return holder == nullptr ? std::nullopt : std::optional(holder->link);
      });
}

Result<Link> FakeLinkStore::Get(const LinkPlace& place, LinkId id) {
  return Called<Result<Link>>(hooks, "Get", false, [&](bool) -> Result<Link> {
    const std::lock_guard lock(mutex_);
    const Sync& sync = syncs_[place];
    const auto at = sync.links.find(id);
    if (at == sync.links.end()) return NotFound("LINK_NOT_FOUND", "there is no such link");
    return at->second.link;
  });
}

Result<std::vector<Link>> FakeLinkStore::List(const LinkPlace& place,
                                              std::optional<LinkStanding> standing, LinkId after,
                                              int limit) {
  return Called<Result<std::vector<Link>>>(hooks, "List", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::vector<Link> found;
    const Sync& sync = syncs_[place];
    for (auto at = sync.links.upper_bound(after); at != sync.links.end(); ++at) {
      const Link& link = at->second.link;
      if (!Lives(link) || (standing && link.standing != *standing)) continue;
      if (static_cast<int>(found.size()) < limit) found.push_back(link);
    }
    return Result<std::vector<Link>>(found);
  });
}

Result<std::vector<Link>> FakeLinkStore::Of(const LinkPlace& place, Side side,
                                            const std::string& key) {
  return Called<Result<std::vector<Link>>>(hooks, "Of", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::vector<Link> found;
    for (const auto& [id, stored] : syncs_[place].links) {
      if (stored.link.state.key(side) == key) found.insert(found.begin(), stored.link);
    }
    return Result<std::vector<Link>>(found);
  });
}

Result<std::vector<LinkId>> FakeLinkStore::Matching(const LinkPlace& place,
                                                    const std::vector<MatchKey>& keys) {
  return Called<Result<std::vector<LinkId>>>(hooks, "Matching", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::vector<LinkId> found;
    for (const auto& [id, stored] : syncs_[place].links) {
      const bool any = std::ranges::any_of(
          keys, [&](const MatchKey& key) { return std::ranges::count(stored.keys, key) > 0; });
      if (any) found.push_back(id);
    }
    return Result<std::vector<LinkId>>(found);
  });
}

Result<std::vector<std::pair<std::string, std::string>>> FakeLinkStore::HashesOf(
    const LinkPlace& place, Side side, const std::vector<std::string>& keys) {
  using Hashes = std::vector<std::pair<std::string, std::string>>;
  return Called<Result<Hashes>>(hooks, "HashesOf", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    Hashes found;
    for (const std::string& key : keys) {
      const StoredLink* const holder = HolderIn(syncs_[place], side, key);
      if (holder == nullptr) continue;
      const auto& agreed = holder->link.state.agreed;
      found.emplace_back(key, agreed ? core::twoway::HashOf(agreed->shown(side)) : std::string());
    }
    return Result<Hashes>(found);
  });
}

Status FakeLinkStore::Seen(const LinkPlace& place, Side side, const std::vector<std::string>& keys,
                           WallTime scan_begun_at) {
  return Called<Status>(hooks, "Seen", true, [&](bool) {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) {
      StoredLink* const holder = HolderIn(syncs_[place], side, key);
      if (holder == nullptr) continue;
      WallTime& seen = holder->seen[side];
      seen = std::max(seen, scan_begun_at);
    }
    return Status();
  });
}

Result<std::vector<std::string>> FakeLinkStore::Unseen(const LinkPlace& place, Side side,
                                                       WallTime scan_begun_at, int limit) {
  return Called<Result<std::vector<std::string>>>(hooks, "Unseen", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::set<std::string> found;
    for (const auto& [id, stored] : syncs_[place].links) {
      const std::string& key = stored.link.state.key(side);
      const bool counts = stored.link.standing == LinkStanding::kActive && !key.empty() &&
                          stored.link.created_at < scan_begun_at;
      if (!counts) continue;
      const auto seen = stored.seen.find(side);
      if (seen == stored.seen.end() || seen->second < scan_begun_at) found.insert(key);
    }
    std::vector<std::string> keys(found.begin(), found.end());
    if (static_cast<int>(keys.size()) > limit) keys.resize(static_cast<std::size_t>(limit));
    return Result<std::vector<std::string>>(keys);
  });
}

Result<std::vector<Hint>> FakeLinkStore::Due(const LinkPlace& place, WallTime now, int limit) {
  return Called<Result<std::vector<Hint>>>(hooks, "Due", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    Sync& sync = syncs_[place];
    std::vector<Hint> due;
    for (const auto& [at, hint] : sync.hints) {
      if (hint.due_at <= now) due.push_back(hint);
    }
    std::ranges::sort(due, {}, [](const Hint& hint) {
      return std::tuple(IsOfComparison(hint), hint.due_at, hint.generation);
    });
    std::vector<Hint> found;
    for (const Hint& hint : due) {
      if (!WaitsForAPerson(sync, hint) && static_cast<int>(found.size()) < limit)
        found.push_back(hint);
    }
    return Result<std::vector<Hint>>(found);
  });
}

Status FakeLinkStore::Add(const LinkPlace& place, const std::vector<Hint>& hints) {
  return Called<Status>(hooks, "Add", true, [&](bool) {
    const std::lock_guard lock(mutex_);
    AddAll(syncs_[place], hints);
    return Status();
  });
}

Status FakeLinkStore::Delay(const LinkPlace& place, const Hint& hint, WallTime until) {
  return Called<Status>(hooks, "Delay", true, [&](bool) {
    const std::lock_guard lock(mutex_);
    Sync& sync = syncs_[place];
    const auto at = sync.hints.find({hint.side, hint.key});
    const bool same = at != sync.hints.end() && at->second.generation == hint.generation;
    if (same) at->second.due_at = until;
    return Status();
  });
}

Result<std::optional<ports::Tombstone>> FakeLinkStore::TombstoneOf(const LinkPlace& place,
                                                                   Side side,
                                                                   const std::string& key) {
  using Stone = std::optional<ports::Tombstone>;
  return Called<Result<Stone>>(hooks, "TombstoneOf", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    const Sync& sync = syncs_[place];
    const auto at = sync.tombstones.find({side, key});
    return Result<Stone>(at == sync.tombstones.end() ? Stone() : Stone(at->second));
  });
}

Result<std::int64_t> FakeLinkStore::DeletedSince(const LinkPlace& place, Side side,
                                                 WallTime since) {
  return Called<Result<std::int64_t>>(hooks, "DeletedSince", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    return Result<std::int64_t>(std::ranges::count_if(
        syncs_[place].deleted,
        [&](const auto& deleted) { return deleted.first == side && deleted.second >= since; }));
  });
}

Result<std::int64_t> FakeLinkStore::ApproveDeletes(const LinkPlace& place, Side side,
                                                   const std::string& reason, WallTime now,
                                                   int limit) {
  return Called<Result<std::int64_t>>(hooks, "ApproveDeletes", true, [&](bool) {
    const std::lock_guard lock(mutex_);
    Sync& sync = syncs_[place];
    std::int64_t approved = 0;
    for (auto& [id, stored] : sync.links) {
      Link& link = stored.link;
      const bool held =
          link.standing == LinkStanding::kParked && link.code == ports::kLinkDeletesHeld;
      if (!held || approved == limit) continue;
      ++approved;
      link.standing = LinkStanding::kActive;
      link.state.choices[core::twoway::kWholeRecord] = side == Side::kA ? "a" : "b";
      ++link.step;
      stored.history.push_back({now, "resumed", reason, Json::object()});
      Hint hint;
      hint.side = link.state.key_a.empty() ? Side::kB : Side::kA;
      hint.key = link.state.key(hint.side);
      hint.reason = "approved";
      hint.first_at = now;
      hint.due_at = now;
      AddTo(sync, hint);
    }
    return Result<std::int64_t>(approved);
  });
}

Result<std::vector<LinkConflict>> FakeLinkStore::Conflicts(const LinkPlace& place,
                                                           const ports::ConflictQuery& query) {
  return Called<Result<std::vector<LinkConflict>>>(hooks, "Conflicts", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::vector<LinkConflict> found;
    const Sync& sync = syncs_[place];
    for (auto at = sync.conflicts.rbegin(); at != sync.conflicts.rend(); ++at) {
      const bool wanted = IsWanted(at->second, query);
      if (wanted && static_cast<int>(found.size()) < query.limit) found.push_back(at->second);
    }
    return Result<std::vector<LinkConflict>>(found);
  });
}

Result<LinkConflict> FakeLinkStore::Conflict(const LinkPlace& place, ConflictId id) {
  return Called<Result<LinkConflict>>(hooks, "Conflict", false, [&](bool) -> Result<LinkConflict> {
    const std::lock_guard lock(mutex_);
    const Sync& sync = syncs_[place];
    const auto at = sync.conflicts.find(id);
    if (at == sync.conflicts.end()) {
      return NotFound("LINK_CONFLICT_NOT_FOUND", "there is no such conflict");
    }
    return at->second;
  });
}

Result<std::vector<ports::LinkEntry>> FakeLinkStore::History(const LinkPlace& place, LinkId id,
                                                             int limit) {
  return Called<Result<std::vector<ports::LinkEntry>>>(hooks, "History", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::vector<ports::LinkEntry> entries = syncs_[place].links[id].history;
    std::ranges::stable_sort(entries, {}, &ports::LinkEntry::at);
    const auto surplus = static_cast<std::ptrdiff_t>(entries.size()) - limit;
    if (surplus > 0) entries.erase(entries.begin(), entries.begin() + surplus);
    return Result<std::vector<ports::LinkEntry>>(entries);
  });
}

Result<ports::LinkCounts> FakeLinkStore::Count(const LinkPlace& place) {
  return Called<Result<ports::LinkCounts>>(hooks, "Count", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    ports::LinkCounts counts;
    Sync& sync = syncs_[place];
    for (const auto& [id, stored] : sync.links) {
      counts.active += stored.link.standing == LinkStanding::kActive ? 1 : 0;
      counts.parked += stored.link.standing == LinkStanding::kParked ? 1 : 0;
      counts.paused += stored.link.standing == LinkStanding::kPaused ? 1 : 0;
      const bool held = stored.link.standing == LinkStanding::kParked &&
                        stored.link.code == ports::kLinkDeletesHeld;
      counts.deletes_held += held ? 1 : 0;
      const bool often = stored.link.attempts > ports::kOftenHindered;
      counts.hindered += often && stored.link.standing == LinkStanding::kActive ? 1 : 0;
    }
    for (const auto& [at, hint] : sync.hints) {
      if (WaitsForAPerson(sync, hint)) continue;
      ++counts.waiting;
      if (hint.due_at > clock_.Now()) continue;
      counts.oldest_hint_at =
          std::min(counts.oldest_hint_at.value_or(hint.first_at), hint.first_at);
    }
    for (const auto& [id, conflict] : sync.conflicts) {
      counts.open_conflicts += conflict.open ? 1 : 0;
      counts.overwritten += conflict.code == kOverwritten && conflict.resolution.empty() ? 1 : 0;
    }
    return Result<ports::LinkCounts>(counts);
  });
}

Result<std::optional<ports::LinkProgress>> FakeLinkStore::Progress(const LinkPlace& place) {
  return Called<Result<std::optional<ports::LinkProgress>>>(hooks, "Progress", false, [&](bool) {
    const std::lock_guard lock(mutex_);
    return Result<std::optional<ports::LinkProgress>>(syncs_[place].progress);
  });
}

Result<int> FakeLinkStore::SaveProgress(const ports::LinkProgress& progress,
                                        const std::vector<Hint>& hints) {
  return Called<Result<int>>(hooks, "SaveProgress", true, [&](bool) -> Result<int> {
    const std::lock_guard lock(mutex_);
    Sync& sync = syncs_[progress.place];
    const int step = sync.progress ? sync.progress->step : 0;
    if (step != progress.step) {
      return sb::Conflict("LINK_MOVED", "somebody else moved the sync on");
    }
    sync.progress = progress;
    sync.progress->step = step + 1;
    AddAll(sync, hints);
    return step + 1;
  });
}

std::int64_t FakeLinkStore::PruneSync(Sync& sync, WallTime before, std::int64_t most) {
  std::int64_t removed = 0;
  const auto take = [&](auto& from, auto is_old) {
    for (auto at = from.begin(); at != from.end() && removed < most;) {
      if (!is_old(at->second)) {
        ++at;
        continue;
      }
      at = from.erase(at);
      ++removed;
    }
  };
  take(sync.links,
       [&](const StoredLink& stored) { return !Lives(stored.link) && stored.ended_at < before; });
  take(sync.conflicts, [&](const LinkConflict& conflict) {
    return !conflict.open && conflict.resolved_at.value_or(conflict.at) < before;
  });
  take(sync.tombstones, [&](const ports::Tombstone& stone) { return stone.deleted_at < before; });
  return removed;
}

Result<std::int64_t> FakeLinkStore::Prune(const std::vector<Slot>& slots, WallTime before,
                                          int limit) {
  return Called<Result<std::int64_t>>(hooks, "Prune", true, [&](bool) {
    const std::lock_guard lock(mutex_);
    std::int64_t removed = 0;
    for (auto& [place, sync] : syncs_) {
      if (std::ranges::count(slots, place.slot) == 0) continue;
      std::erase_if(sync.deleted, [&](const auto& deleted) { return deleted.second < before; });
      removed += PruneSync(sync, before, limit - removed);
    }
    return Result<std::int64_t>(removed);
  });
}

}  // namespace sb::testing
