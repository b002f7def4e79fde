#include "tests/sim/twoway/flaws.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

namespace sb::sim::twoway {
namespace {

using core::quota::Lane;
using core::twoway::MatchKey;
using core::twoway::Side;
using ports::Hint;
using ports::Link;
using ports::LinkCommit;
using ports::LinkConflict;
using ports::LinkId;
using ports::LinkPlace;
using ports::SideRecord;
using ports::SideWrite;
using ports::SideWritten;

constexpr std::chrono::seconds kStale{30};

}  // namespace

Link StoreEdge::Forgotten(Link link) const {
  if (flaw_ == Flaw::kNewestWithoutBase) link.state.agreed.reset();
  return link;
}

Result<std::optional<Link>> StoreEdge::Commit(const LinkCommit& commit) {
  LinkCommit told = commit;
  if (flaw_ == Flaw::kNewestWithoutBase) told.conflicts.clear();
  if (flaw_ == Flaw::kKeysNotTaken) told.match_keys.reset();
  if (flaw_ == Flaw::kIntentNotStored && told.link) told.link->state.intent.reset();
  if (flaw_ == Flaw::kHintsClearedBlindly && told.done) {
    const auto due = store_.Due(told.place, WallTime::max(), std::numeric_limits<int>::max());
    if (!due.ok()) return due.error();
    for (const Hint& hint : *due) {
      const bool same = hint.side == told.done->side && hint.key == told.done->key;
      if (same) told.done->generation = hint.generation;
    }
  }
  auto link = store_.Commit(told);
  if (link.ok() && *link && (*link)->state.agreed) {
    agreed_at_.try_emplace((*link)->id, clock_.Now());
  }
  return link;
}

Result<std::optional<Link>> StoreEdge::Holding(const LinkPlace& place, Side side,
                                               const std::string& key) {
  auto link = store_.Holding(place, side, key);
  if (link.ok() && *link) return std::optional(Forgotten(**link));
  return link;
}

Result<Link> StoreEdge::Get(const LinkPlace& place, LinkId id) {
  auto link = store_.Get(place, id);
  if (link.ok()) return Forgotten(*link);
  return link;
}

Result<std::vector<Link>> StoreEdge::List(const LinkPlace& place,
                                          std::optional<ports::LinkStanding> standing, LinkId after,
                                          int limit) {
  return store_.List(place, standing, after, limit);
}

Result<std::vector<Link>> StoreEdge::Of(const LinkPlace& place, Side side, const std::string& key) {
  auto links = store_.Of(place, side, key);
  const bool all = !links.ok() || flaw_ != Flaw::kTombstonesIgnored;
  if (all) return links;
  std::erase_if(*links,
                [](const Link& link) { return link.standing == ports::LinkStanding::kEnded; });
  return links;
}

Result<std::vector<LinkId>> StoreEdge::Matching(const LinkPlace& place,
                                                const std::vector<MatchKey>& keys) {
  return store_.Matching(place, keys);
}

Result<std::vector<std::pair<std::string, std::string>>> StoreEdge::HashesOf(
    const LinkPlace& place, Side side, const std::vector<std::string>& keys) {
  return store_.HashesOf(place, side, keys);
}

Status StoreEdge::Seen(const LinkPlace& place, Side side, const std::vector<std::string>& keys,
                       WallTime scan_begun_at) {
  return store_.Seen(place, side, keys, scan_begun_at);
}

Result<std::vector<std::string>> StoreEdge::Unseen(const LinkPlace& place, Side side,
                                                   WallTime scan_begun_at, int limit) {
  return store_.Unseen(place, side, scan_begun_at, limit);
}

Result<std::vector<Hint>> StoreEdge::Due(const LinkPlace& place, WallTime now, int limit) {
  return store_.Due(place, now, limit);
}

Status StoreEdge::Add(const LinkPlace& place, const std::vector<Hint>& hints) {
  return store_.Add(place, hints);
}

Status StoreEdge::Delay(const LinkPlace& place, const Hint& hint, WallTime until) {
  return store_.Delay(place, hint, until);
}

Result<std::optional<ports::Tombstone>> StoreEdge::TombstoneOf(const LinkPlace& place, Side side,
                                                               const std::string& key) {
  auto stone = store_.TombstoneOf(place, side, key);
  if (stone.ok() && flaw_ == Flaw::kTombstonesIgnored) stone->reset();
  return stone;
}

Result<std::int64_t> StoreEdge::DeletedSince(const LinkPlace& place, Side side, WallTime since) {
  if (flaw_ == Flaw::kBrakeIgnored) return std::int64_t{0};
  return store_.DeletedSince(place, side, since);
}

Result<std::vector<LinkConflict>> StoreEdge::Conflicts(const LinkPlace& place,
                                                       const ports::ConflictQuery& query) {
  return store_.Conflicts(place, query);
}

Result<LinkConflict> StoreEdge::Conflict(const LinkPlace& place, ports::ConflictId id) {
  return store_.Conflict(place, id);
}

Result<std::vector<ports::LinkEntry>> StoreEdge::History(const LinkPlace& place, LinkId id,
                                                         int limit) {
  return store_.History(place, id, limit);
}

Result<ports::LinkCounts> StoreEdge::Count(const LinkPlace& place) {
  return store_.Count(place);
}

Result<std::optional<ports::LinkProgress>> StoreEdge::Progress(const LinkPlace& place) {
  return store_.Progress(place);
}

Result<int> StoreEdge::SaveProgress(const ports::LinkProgress& progress,
                                    const std::vector<Hint>& hints) {
  return store_.SaveProgress(progress, hints);
}

Result<std::int64_t> StoreEdge::Prune(const std::vector<Slot>& slots, WallTime before, int limit) {
  return store_.Prune(slots, before, limit);
}

Result<core::twoway::SideShape> SideEdge::Shape() {
  return side_.Shape();
}

Result<std::vector<ports::SideProblem>> SideEdge::Check(const std::vector<std::string>& read,
                                                        const std::vector<std::string>& written) {
  return side_.Check(read, written);
}

Status SideEdge::Prepare() {
  return side_.Prepare();
}

Status SideEdge::Dismantle() {
  return side_.Dismantle();
}

Result<std::optional<SideRecord>> SideEdge::Read(const std::string& key, Lane lane) {
  if (flaw_ == Flaw::kStaleRecordWritten) {
    const auto known = read_.find(key);
    const bool good = known != read_.end() && clock_.Now() - known->second.at <= kStale;
    if (good) return known->second.record;
  }
  auto record = side_.Read(key, lane);
  const bool refused = !record.ok() && record.error().kind == ErrorKind::kUnauthorized;
  if (flaw_ == Flaw::kAbsenceIsDelete && refused) return std::optional<SideRecord>();
  if (record.ok()) read_[key] = {clock_.Now(), *record};
  return record;
}

Result<bool> SideEdge::IsGone(const std::string& key, Lane lane) {
  if (flaw_ != Flaw::kAbsenceIsDelete) return side_.IsGone(key, lane);
  const auto record = Read(key, lane);
  if (!record.ok()) return record.error();
  return !record->has_value();
}

Result<std::vector<SideRecord>> SideEdge::Find(const MatchKey& key, Lane lane) {
  return side_.Find(key, lane);
}

Result<ports::SidePage> SideEdge::Scan(const std::string& from, Lane lane) {
  return side_.Scan(from, lane);
}

Result<ports::SideChanges> SideEdge::Changes(const std::string& from, int limit) {
  return side_.Changes(from, limit);
}

Result<SideWritten> SideEdge::Create(const SideWrite& write, Lane lane) {
  return side_.Create(write, lane);
}

Result<SideWritten> SideEdge::Update(const SideWrite& write, Lane lane) {
  SideWrite told = write;
  if (flaw_ == Flaw::kStaleRecordWritten) told.expected = Json::object();
  auto written = side_.Update(told, lane);
  if (written.ok() && written->record) read_[write.key] = {clock_.Now(), written->record};
  return written;
}

Status SideEdge::Delete(const SideWrite& write, Lane lane) {
  read_.erase(write.key);
  return side_.Delete(write, lane);
}

Result<std::optional<SideRecord>> SideEdge::FindCreated(const SideWrite& write, Lane lane) {
  if (flaw_ == Flaw::kCreatesRepeated) return std::optional<SideRecord>();
  return side_.FindCreated(write, lane);
}

}  // namespace sb::sim::twoway
