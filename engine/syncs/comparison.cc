#include "engine/syncs/comparison.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "engine/syncs/link_job.h"
#include "engine/syncs/progress_book.h"

namespace sb::syncs {
namespace {

using core::twoway::Record;
using core::twoway::Seen;
using core::twoway::Side;
using core::twoway::Verdict;
using ports::LinkProgress;

constexpr std::size_t kMostUnlinked = 200'000;
constexpr int kGonePerLook = 500;
constexpr std::size_t kMatchedPerStep = 500;
constexpr double kRequestsAssumed = 60;
constexpr Millis kFastestHints{50};
constexpr Millis kSlowestHints{5'000};

/// Without what is not mapped any more.
Record Restricted(Record record, const core::twoway::Definition& definition) {
  std::erase_if(record, [&](const auto& each) { return definition.Find(each.first) == nullptr; });
  return record;
}

}  // namespace

Comparison::Session::Session(const core::twoway::Definition& definition, WallTime at)
    : begun_at(at), pool(definition, {.records = kMostUnlinked}), next_due(at) {}

std::shared_ptr<Comparison::Session> Comparison::SessionOf(const LinkProgress& progress) const {
  if (!progress.scan_begun_at) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto known = sessions_.find(progress.place.sync);
  const bool same = known != sessions_.end() && known->second->begun_at == *progress.scan_begun_at;
  return same ? known->second : nullptr;
}

void Comparison::Forget(ports::SyncId sync) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(sync);
}

Result<bool> Comparison::IsDue(const SyncScene& scene, const ports::LinkPlace& place) {
  const auto progress = ProgressOf(deps_.links, place);
  if (!progress.ok()) return progress.error();
  return progress->scan_begun_at || !progress->compared_at ||
         *progress->compared_at + scene.definition().compare <= deps_.clock.Now();
}

Result<bool> Comparison::Step(const SyncScene& scene, const ports::LinkPlace& place) {
  const auto progress = ProgressOf(deps_.links, place);
  if (!progress.ok()) return progress.error();
  const auto session = SessionOf(*progress);
  if (!session) return Begin(scene, place);
  return session->read ? MatchRest(scene, *progress, *session)
                       : ReadPage(scene, *progress, *session);
}

Result<bool> Comparison::ReadPage(const SyncScene& scene, const LinkProgress& progress,
                                  Session& session) {
  const ports::LinkPlace& place = progress.place;
  const Side side = progress.scanning;
  const auto page = scene.side(side).Scan(progress.scan, core::quota::Lane::kBackfill);
  if (!page.ok()) return page.error();
  auto found = LookThrough(scene, progress, *page, session);
  if (!found.ok()) return found.error();
  const Status seen = deps_.links.Seen(place, side, found->keys, session.begun_at);
  if (!seen.ok()) return seen.error();
  const bool side_done = page->next.empty();
  if (side_done && page->proven) {
    if (Status gone = SearchGone(progress, session); !gone.ok()) return gone.error();
  }
  const bool all_read = side_done && side == Side::kB;
  const auto count = static_cast<std::int64_t>(page->records.size());
  const Status saved = UpdateProgress(
      deps_.links, place,
      [&](LinkProgress& stored) {
        if (stored.scan_begun_at != session.begun_at) return;  // somebody asked for a new one
        stored.scan_seen += count;
        stored.scan_total = page->total;
        stored.drift += found->drift;
        if (all_read) return;
        stored.scan = page->next;
        if (!side_done) return;
        stored.scanning = Side::kB;
        stored.side_begun_at = deps_.clock.Now();
        stored.scan_seen = 0;
        stored.scan_total.reset();
      },
      found->hints);
  if (!saved.ok()) return saved.error();
  session.read = all_read;
  return true;
}

Result<bool> Comparison::Begin(const SyncScene& scene, const ports::LinkPlace& place) {
  const WallTime now = deps_.clock.Now();
  const Status saved = UpdateProgress(deps_.links, place, [&](LinkProgress& stored) {
    stored.scan_begun_at = now;
    stored.side_begun_at = now;
    stored.scanning = Side::kA;
    stored.scan.clear();
    stored.scan_seen = 0;
    stored.scan_total.reset();
    stored.drift = 0;
  });
  if (!saved.ok()) return saved.error();
  const std::lock_guard lock(mutex_);
  sessions_[place.sync] = std::make_shared<Session>(scene.definition(), now);
  return true;
}

Result<Comparison::Findings> Comparison::LookThrough(const SyncScene& scene,
                                                     const LinkProgress& progress,
                                                     const ports::SidePage& page,
                                                     Session& session) {
  const Side side = progress.scanning;
  Findings findings;
  for (const ports::SideRecord& record : page.records) findings.keys.push_back(record.key);
  const auto hashes = deps_.links.HashesOf(progress.place, side, findings.keys);
  if (!hashes.ok()) return hashes.error();
  const std::map<std::string, std::string> known(hashes->begin(), hashes->end());
  for (const ports::SideRecord& record : page.records) {
    auto seen = SeenOf(scene.projector(side), record);
    if (!seen.ok()) return seen.error();
    const auto linked = known.find(record.key);
    if (linked == known.end()) {
      const bool held = session.pool.Add(side, record.key, *seen);
      if (!held) findings.hints.push_back(Paced(progress, session, side, record.key));
      continue;
    }
    if (linked->second == core::twoway::HashOf(seen->told.record)) continue;
    const Status looked = LookAtLinked(scene, progress, record, session, findings);
    if (!looked.ok()) return looked.error();
  }
  return findings;
}

Status Comparison::LookAtLinked(const SyncScene& scene, const LinkProgress& progress,
                                const ports::SideRecord& record, Session& session,
                                Findings& findings) {
  const Side side = progress.scanning;
  const auto link = deps_.links.Holding(progress.place, side, record.key);
  if (!link.ok()) return link.error();
  if (*link) {
    const auto& agreed = (*link)->state.agreed;
    const Record* last = agreed ? &agreed->shown(side) : nullptr;
    const auto seen = SeenOf(scene.projector(side), record, last);
    if (!seen.ok()) return seen.error();
    if (last != nullptr && seen->told.record == *last) return {};
    if ((*link)->standing != ports::LinkStanding::kActive)
      return LookAtParked(scene, progress, **link, *seen, session, findings);
    const auto follows = FollowsDefinition(scene, side, **link, seen->told.record);
    if (!follows.ok()) return follows.error();
    if (*follows) return {};
    // One that waits for a record to come back is known to differ.
    if ((*link)->code.empty()) ++findings.drift;
  }
  const WallTime now = deps_.clock.Now();
  deps_.heard.Put(progress.place.sync, side, record.key, record, now, now);
  findings.hints.push_back(Paced(progress, session, side, record.key));
  return {};
}

/// A link that waits for a person is known to differ. One that an edit can mend goes on where that
/// edit was made and nobody told of it.
Status Comparison::LookAtParked(const SyncScene& scene, const LinkProgress& progress,
                                const ports::Link& link, const Seen& seen, Session& session,
                                Findings& findings) {
  if (link.standing != ports::LinkStanding::kParked || !HealsByEdit(link.code)) return {};
  const Side side = progress.scanning;
  const bool is_half = link.state.key(OtherOf(side)).empty();
  if (is_half && !link.state.intent) {
    // What it showed when it was looked at last is not always known; what would become of it is.
    const core::twoway::Surroundings world{scene.definition(), scene.projector(Side::kA),
                                           scene.projector(Side::kB), false, deps_.clock.Now()};
    const auto verdict = side == Side::kA ? core::twoway::Decide(world, link.state, seen, Seen())
                                          : core::twoway::Decide(world, link.state, Seen(), seen);
    if (!verdict.ok()) return verdict.error();
    if (verdict->what == Verdict::What::kPark && verdict->code == link.code) return {};
  }
  const ports::Hint hint = Paced(progress, session, side, link.state.key(side));
  if (Status woken = WakeParked(deps_.links, progress.place, hint); !woken.ok()) return woken;
  findings.hints.push_back(hint);
  return {};
}

/// Where the only difference is that a field is not mapped any more, the link forgets that field,
/// and nothing has to be read.
Result<bool> Comparison::FollowsDefinition(const SyncScene& scene, Side side, ports::Link link,
                                           const Record& record) {
  const auto mapped = core::twoway::MappingsOf(scene.definition());
  const bool may_follow = link.state.agreed && !link.state.intent && link.state.mapped != mapped &&
                          std::ranges::includes(link.state.mapped, mapped);
  if (!may_follow) return false;
  core::twoway::Agreement& agreed = *link.state.agreed;
  for (Record* each : {&agreed.base, &agreed.shown_a, &agreed.shown_b})
    *each = Restricted(std::move(*each), scene.definition());
  for (auto* owed : {&agreed.owed_a, &agreed.owed_b})
    std::erase_if(
        *owed, [&](const std::string& field) { return scene.definition().Find(field) == nullptr; });
  link.state.mapped = mapped;
  const bool equal = agreed.shown(side) == record;
  ports::LinkCommit commit;
  commit.place = link.place;
  commit.link = std::move(link);
  const auto stored = deps_.links.Commit(commit);
  if (!stored.ok() && stored.error().code != "LINK_MOVED") return stored.error();
  return stored.ok() && equal;
}

/// What was not on the pages of a whole reading may be gone: the worker asks for it by its key,
/// twice, before it believes that.
Status Comparison::SearchGone(const LinkProgress& progress, Session& session) {
  for (;;) {
    const auto unseen =
        deps_.links.Unseen(progress.place, progress.scanning, session.begun_at, kGonePerLook);
    if (!unseen.ok()) return unseen.error();
    if (unseen->empty()) return {};
    std::vector<ports::Hint> hints;
    hints.reserve(unseen->size());
    for (const std::string& key : *unseen)
      hints.push_back(Paced(progress, session, progress.scanning, key));
    if (Status added = deps_.links.Add(progress.place, hints); !added.ok()) return added;
    // So that the next look gives others.
    const Status seen =
        deps_.links.Seen(progress.place, progress.scanning, *unseen, session.begun_at);
    if (!seen.ok()) return seen;
    if (unseen->size() < static_cast<std::size_t>(kGonePerLook)) return {};
  }
}

/// Some at a time: each pair is a commit of its own, and a sync may be paused meanwhile.
Result<bool> Comparison::MatchRest(const SyncScene& scene, const LinkProgress& progress,
                                   Session& session) {
  const auto more = session.pool.MatchSome(kMatchedPerStep, [&](const RecordPool::Met& met) {
    return NoteMet(scene, progress, met, session);
  });
  if (!more.ok()) return more.error();
  if (!session.found.empty()) {
    const Status added = deps_.links.Add(progress.place, session.found);
    if (!added.ok()) return added.error();
    session.found.clear();
  }
  return *more ? Result<bool>(true) : End(progress, session);
}

Status Comparison::NoteMet(const SyncScene& scene, const LinkProgress& progress,
                           const RecordPool::Met& met, Session& session) {
  using What = core::twoway::Meeting::What;
  if (deps_.stopped()) return Cancelled("LINK_STOPPED", "the server is stopping");
  if (met.meeting.what == What::kSkip || met.meeting.what == What::kStale) return {};
  if (met.meeting.what == What::kLink) {
    const auto linked = LinkAsTheyAre(scene, progress.place, met);
    if (!linked.ok()) return linked.error();
    if (*linked) return {};
  }
  session.found.push_back(Paced(progress, session, met.side, met.key));
  // One of the two may be waiting for an edit (a tombstone), and the other one is not.
  if (met.meeting.what == What::kLink)
    session.found.push_back(Paced(progress, session, OtherOf(met.side), met.meeting.key));
  return {};
}

Result<bool> Comparison::End(const LinkProgress& progress, Session& session) {
  const WallTime now = deps_.clock.Now();
  bool replaced = false;
  const Status saved = UpdateProgress(deps_.links, progress.place, [&](LinkProgress& stored) {
    replaced = stored.scan_begun_at != session.begun_at;  // somebody asked for a new one
    if (replaced) return;
    const bool asked_again = stored.compared_at == stored.scan_begun_at;
    stored.compared_at = asked_again ? std::nullopt : std::optional(now);
    stored.first_done = true;
    stored.scanning = Side::kA;
    stored.scan.clear();
    stored.scan_seen = 0;
    stored.scan_total.reset();
    stored.scan_begun_at.reset();
    stored.side_begun_at.reset();
  });
  if (!saved.ok()) return saved.error();
  Forget(progress.place.sync);
  if (replaced) return true;
  deps_.metrics.Count("switchboard_link_drift_records_total", {},
                      static_cast<double>(progress.drift));
  Log::Info("link.compared",
            {{"account", ToText(progress.place.account)}, {"drift", progress.drift}});
  return false;
}

/// A pair in which nothing has to be written, decided or chosen. False: it is for the worker.
Result<bool> Comparison::LinkAsTheyAre(const SyncScene& scene, const ports::LinkPlace& place,
                                       const RecordPool::Met& met) {
  const bool is_a = met.side == Side::kA;
  const Seen& a = is_a ? met.seen : met.other;
  const Seen& b = is_a ? met.other : met.seen;
  ports::Link link;
  link.place = place;
  link.state.key_a = is_a ? met.key : met.meeting.key;
  link.state.key_b = is_a ? met.meeting.key : met.key;
  // A pair that was parted, or a person who was erased, is for the worker, who knows since when.
  for (const Side side : {Side::kA, Side::kB}) {
    const auto stone = deps_.links.TombstoneOf(place, side, link.state.key(side));
    if (!stone.ok()) return stone.error();
    if (*stone) return false;
  }
  const WallTime now = deps_.clock.Now();
  const core::twoway::Surroundings world{scene.definition(), scene.projector(Side::kA),
                                         scene.projector(Side::kB), false, now};
  const auto verdict = core::twoway::Decide(world, link.state, a, b);
  if (!verdict.ok()) return verdict.error();
  const bool clean =
      verdict->what == Verdict::What::kSettle && verdict->losses.empty() && verdict->asks.empty();
  if (!clean) return false;
  link.id = ports::LinkId(deps_.new_id());
  link.created_at = now;
  link.settled_at = now;
  link.state = core::twoway::Decided(std::move(link.state), scene.definition(), *verdict);
  ports::LinkCommit commit;
  commit.place = place;
  commit.match_keys = MatchKeysOfPair(scene.definition(), a, b, link.state);
  commit.history.push_back({now,
                            "linked",
                            "the records were found to be one, and alike",
                            {{"a", link.state.key_a}, {"b", link.state.key_b}}});
  commit.link = std::move(link);
  const auto stored = deps_.links.Commit(commit);
  if (stored.ok()) return true;
  if (stored.error().code != "LINK_KEY_TAKEN") return stored.error();
  // It may have been stored although the answer was lost.
  const auto holder = deps_.links.Holding(place, Side::kA, commit.link->state.key_a);
  if (!holder.ok()) return holder.error();
  return *holder && (*holder)->state.key_b == commit.link->state.key_b;
}

ports::Hint Comparison::Paced(const LinkProgress& progress, Session& session, Side side,
                              const std::string& key) const {
  const WallTime now = deps_.clock.Now();
  double per_minute =
      deps_.requests_per_minute ? deps_.requests_per_minute(progress.place.account) : 0;
  if (per_minute <= 0) per_minute = kRequestsAssumed;
  const Millis pace(static_cast<std::int64_t>(60'000 / per_minute));
  ports::Hint hint = MakeHint(side, key, progress.first_done ? "compare" : "first", now);
  hint.due_at = std::max(session.next_due, now);
  session.next_due = hint.due_at + std::clamp(pace, kFastestHints, kSlowestHints);
  return hint;
}

}  // namespace sb::syncs
