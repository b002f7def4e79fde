#include "tests/sim/twoway/flaws.h"

#include <algorithm>
#include <iterator>

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
using testing::Called;

constexpr std::chrono::seconds kStale{30};
constexpr int kAllHints = 1'000'000;

}  // namespace

WallTime FarFrom(WallTime now) {
  return now + std::chrono::years(10);
}

Link StoreEdge::Forgotten(Link link) const {
  if (flaw_ == Flaw::kNewestWithoutBase) link.state.agreed.reset();
  return link;
}

Result<std::optional<Link>> StoreEdge::CommitFlawed(const LinkCommit& commit) {
  LinkCommit told = commit;
  if (flaw_ == Flaw::kNewestWithoutBase) told.conflicts.clear();
  if (flaw_ == Flaw::kKeysNotTaken) told.match_keys.reset();
  if (flaw_ == Flaw::kIntentNotStored && told.link) told.link->state.intent.reset();
  if (flaw_ == Flaw::kHintsClearedBlindly && told.done) {
    const auto due = store_.Due(told.place, FarFrom(clock_.Now()), kAllHints);
    if (!due.ok()) return due.error();
    for (const Hint& hint : *due) {
      const bool same = hint.side == told.done->side && hint.key == told.done->key;
      if (same) told.done->generation = hint.generation;
    }
  }
  if (flaw_ == Flaw::kStepIgnored && told.link && told.link->step > 0) {
    const auto now = store_.Get(told.place, told.link->id);
    if (!now.ok()) return now.error();
    told.link->step = now->step;
  }
  auto link = store_.Commit(told);
  const bool anew =
      std::ranges::any_of(told.history, [](const auto& entry) { return entry.what == "linked"; });
  if (link.ok() && *link && anew) ForgetMerges((*link)->id);
  if (link.ok() && *link && (*link)->state.agreed) {
    agreed_at_.try_emplace((*link)->id, clock_.Now());
    for (const std::string& field : (*link)->state.mapped)
      mapped_at_.try_emplace({(*link)->id, field}, clock_.Now());
  }
  return link;
}

/// Before it was linked with this record it was to be made another one: nothing was merged then.
void StoreEdge::ForgetMerges(LinkId id) {
  agreed_at_.erase(id);
  std::erase_if(mapped_at_, [&](const auto& at) { return at.first.first == id; });
}

Result<std::optional<Link>> StoreEdge::Commit(const LinkCommit& commit) {
  return Called<Result<std::optional<Link>>>(hooks, "Commit", true,
                                             [&](bool) { return CommitFlawed(commit); });
}

Result<std::optional<Link>> StoreEdge::Holding(const LinkPlace& place, Side side,
                                               const std::string& key) {
  return Called<Result<std::optional<Link>>>(hooks, "Holding", false,
                                             [&](bool) -> Result<std::optional<Link>> {
                                               auto link = store_.Holding(place, side, key);
                                               if (link.ok() && *link)
                                                 return std::optional(Forgotten(**link));
                                               return link;
                                             });
}

Result<Link> StoreEdge::Get(const LinkPlace& place, LinkId id) {
  return Called<Result<Link>>(hooks, "Get", false, [&](bool) -> Result<Link> {
    auto link = store_.Get(place, id);
    if (link.ok()) return Forgotten(*link);
    return link;
  });
}

Result<std::vector<Link>> StoreEdge::List(const LinkPlace& place,
                                          std::optional<ports::LinkStanding> standing, LinkId after,
                                          int limit) {
  return Called<Result<std::vector<Link>>>(hooks, "List", false,
                                           [&](bool) -> Result<std::vector<Link>> {
                                             return store_.List(place, standing, after, limit);
                                           });
}

Result<std::vector<Link>> StoreEdge::Of(const LinkPlace& place, Side side, const std::string& key) {
  return Called<Result<std::vector<Link>>>(
      hooks, "Of", false, [&](bool) -> Result<std::vector<Link>> {
        auto links = store_.Of(place, side, key);
        const bool all = !links.ok() || flaw_ != Flaw::kTombstonesIgnored;
        if (all) return links;
        std::erase_if(
            *links, [](const Link& link) { return link.standing == ports::LinkStanding::kEnded; });
        return links;
      });
}

Result<std::vector<LinkId>> StoreEdge::Matching(const LinkPlace& place,
                                                const std::vector<MatchKey>& keys) {
  return Called<Result<std::vector<LinkId>>>(
      hooks, "Matching", false,
      [&](bool) -> Result<std::vector<LinkId>> { return store_.Matching(place, keys); });
}

Result<std::vector<std::pair<std::string, std::string>>> StoreEdge::HashesOf(
    const LinkPlace& place, Side side, const std::vector<std::string>& keys) {
  return Called<Result<std::vector<std::pair<std::string, std::string>>>>(
      hooks, "HashesOf", false,
      [&](bool) -> Result<std::vector<std::pair<std::string, std::string>>> {
        return store_.HashesOf(place, side, keys);
      });
}

Status StoreEdge::Seen(const LinkPlace& place, Side side, const std::vector<std::string>& keys,
                       WallTime scan_begun_at) {
  return Called<Status>(hooks, "Seen", true, [&](bool) -> Status {
    return store_.Seen(place, side, keys, scan_begun_at);
  });
}

Result<std::vector<std::string>> StoreEdge::Unseen(const LinkPlace& place, Side side,
                                                   WallTime scan_begun_at, int limit) {
  return Called<Result<std::vector<std::string>>>(
      hooks, "Unseen", false, [&](bool) -> Result<std::vector<std::string>> {
        return store_.Unseen(place, side, scan_begun_at, limit);
      });
}

Result<std::vector<Hint>> StoreEdge::Due(const LinkPlace& place, WallTime now, int limit) {
  return Called<Result<std::vector<Hint>>>(
      hooks, "Due", false,
      [&](bool) -> Result<std::vector<Hint>> { return store_.Due(place, now, limit); });
}

Status StoreEdge::Add(const LinkPlace& place, const std::vector<Hint>& hints) {
  return Called<Status>(hooks, "Add", true,
                        [&](bool) -> Status { return store_.Add(place, hints); });
}

Status StoreEdge::Delay(const LinkPlace& place, const Hint& hint, WallTime until) {
  return Called<Status>(hooks, "Delay", true,
                        [&](bool) -> Status { return store_.Delay(place, hint, until); });
}

Result<std::optional<ports::Tombstone>> StoreEdge::TombstoneOf(const LinkPlace& place, Side side,
                                                               const std::string& key) {
  return Called<Result<std::optional<ports::Tombstone>>>(
      hooks, "TombstoneOf", false, [&](bool) -> Result<std::optional<ports::Tombstone>> {
        auto stone = store_.TombstoneOf(place, side, key);
        if (stone.ok() && flaw_ == Flaw::kTombstonesIgnored) stone->reset();
        return stone;
      });
}

Result<std::int64_t> StoreEdge::DeletedSince(const LinkPlace& place, Side side, WallTime since) {
  return Called<Result<std::int64_t>>(hooks, "DeletedSince", false,
                                      [&](bool) -> Result<std::int64_t> {
                                        if (flaw_ == Flaw::kBrakeIgnored) return std::int64_t{0};
                                        if (flaw_ == Flaw::kBrakePerProcess)
                                          since = std::max(since, began_at_);
                                        return store_.DeletedSince(place, side, since);
                                      });
}

Result<std::int64_t> StoreEdge::ApproveDeletes(const LinkPlace& place, Side side,
                                               const std::string& reason, WallTime now, int limit) {
  return Called<Result<std::int64_t>>(hooks, "ApproveDeletes", true, [&](bool) {
    return store_.ApproveDeletes(place, side, reason, now, limit);
  });
}

Result<std::vector<LinkConflict>> StoreEdge::Conflicts(const LinkPlace& place,
                                                       const ports::ConflictQuery& query) {
  return Called<Result<std::vector<LinkConflict>>>(
      hooks, "Conflicts", false,
      [&](bool) -> Result<std::vector<LinkConflict>> { return store_.Conflicts(place, query); });
}

Result<LinkConflict> StoreEdge::Conflict(const LinkPlace& place, ports::ConflictId id) {
  return Called<Result<LinkConflict>>(hooks, "Conflict", false, [&](bool) -> Result<LinkConflict> {
    return store_.Conflict(place, id);
  });
}

Result<std::vector<ports::LinkEntry>> StoreEdge::History(const LinkPlace& place, LinkId id,
                                                         int limit) {
  return Called<Result<std::vector<ports::LinkEntry>>>(
      hooks, "History", false, [&](bool) -> Result<std::vector<ports::LinkEntry>> {
        return store_.History(place, id, limit);
      });
}

Result<ports::LinkCounts> StoreEdge::Count(const LinkPlace& place) {
  return Called<Result<ports::LinkCounts>>(
      hooks, "Count", false,
      [&](bool) -> Result<ports::LinkCounts> { return store_.Count(place); });
}

Result<std::optional<ports::LinkProgress>> StoreEdge::Progress(const LinkPlace& place) {
  return Called<Result<std::optional<ports::LinkProgress>>>(
      hooks, "Progress", false,
      [&](bool) -> Result<std::optional<ports::LinkProgress>> { return store_.Progress(place); });
}

Result<int> StoreEdge::SaveProgress(const ports::LinkProgress& progress,
                                    const std::vector<Hint>& hints) {
  if (flaw_ == Flaw::kCursorBeforeHints) return SaveCursorFirst(progress, hints);
  return Called<Result<int>>(hooks, "SaveProgress", true, [&](bool) -> Result<int> {
    return store_.SaveProgress(progress, hints);
  });
}

Result<int> StoreEdge::SaveCursorFirst(const ports::LinkProgress& progress,
                                       const std::vector<Hint>& hints) {
  const auto step = Called<Result<int>>(hooks, "SaveProgress", true, [&](bool) -> Result<int> {
    return store_.SaveProgress(progress, {});
  });
  if (!step.ok() || hints.empty()) return step;
  // Long enough that it dies there now and then.
  for (int moment = 0; moment < 50; ++moment)
    if (hooks.before) hooks.before("Add");
  const Status added = Add(progress.place, hints);
  if (!added.ok()) return added.error();
  return step;
}

Result<std::int64_t> StoreEdge::Prune(const std::vector<Slot>& slots, WallTime before, int limit) {
  return Called<Result<std::int64_t>>(hooks, "Prune", true, [&](bool) -> Result<std::int64_t> {
    return store_.Prune(slots, before, limit);
  });
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

std::optional<Error> SideEdge::Refusal(const std::string& key) const {
  const auto at = forbidden_.find(key);
  const bool refused = at != forbidden_.end() && clock_.Now() < at->second;
  return refused ? std::optional(Forbidden("FAKE_FORBIDDEN", "this record is not for you"))
                 : std::nullopt;
}

Result<std::optional<SideRecord>> SideEdge::Read(const std::string& key, Lane lane) {
  if (auto refused = Refusal(key)) return *refused;
  if (missed_.count(key) > 0) return std::optional<SideRecord>();
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
  if (auto refused = Refusal(key)) return *refused;
  if (missed_.count(key) > 0) return true;
  if (flaw_ != Flaw::kAbsenceIsDelete) return side_.IsGone(key, lane);
  const auto record = Read(key, lane);
  if (!record.ok()) return record.error();
  return !record->has_value();
}

Result<std::vector<SideRecord>> SideEdge::Find(const MatchKey& key, Lane lane) {
  return side_.Find(key, lane);
}

Result<ports::SidePage> SideEdge::Scan(const std::string& from, Lane lane) {
  auto page = side_.Scan(from, lane);
  if (page.ok() && flaw_ == Flaw::kListGapIsDelete) NoteList(from, *page);
  return page;
}

void SideEdge::NoteList(const std::string& from, const ports::SidePage& page) {
  if (from.empty()) listed_.clear();
  for (const SideRecord& record : page.records) listed_.insert(record.key);
  if (!page.next.empty()) return;
  missed_.clear();
  std::ranges::set_difference(ever_listed_, listed_, std::inserter(missed_, missed_.end()));
  ever_listed_.insert(listed_.begin(), listed_.end());
}

Result<ports::SideChanges> SideEdge::Changes(const std::string& from, int limit) {
  return side_.Changes(from, limit);
}

Result<SideWritten> SideEdge::Create(const SideWrite& write, Lane lane) {
  return side_.Create(write, lane);
}

Result<SideWritten> SideEdge::Update(const SideWrite& write, Lane lane) {
  if (auto refused = Refusal(write.key)) return *refused;
  SideWrite told = write;
  if (flaw_ == Flaw::kStaleRecordWritten) told.expected = Json::object();
  auto written = side_.Update(told, lane);
  if (written.ok() && written->record) read_[write.key] = {clock_.Now(), written->record};
  return written;
}

Status SideEdge::Delete(const SideWrite& write, Lane lane) {
  if (auto refused = Refusal(write.key)) return *refused;
  read_.erase(write.key);
  return side_.Delete(write, lane);
}

Result<std::optional<SideRecord>> SideEdge::FindCreated(const SideWrite& write, Lane lane) {
  if (flaw_ == Flaw::kCreatesRepeated) return std::optional<SideRecord>();
  return side_.FindCreated(write, lane);
}

}  // namespace sb::sim::twoway
