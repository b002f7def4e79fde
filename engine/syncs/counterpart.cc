#include "engine/syncs/counterpart.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/syncs/link_job.h"

namespace sb::syncs {
namespace {

using core::twoway::Candidate;
using core::twoway::MatchKey;
using core::twoway::Presence;
using core::twoway::Side;

/// The records of a side that have a key and take part.
Result<std::vector<Candidate>> CandidatesFor(const LinkScene& scene, Side side, const MatchKey& key,
                                             core::quota::Lane lane) {
  const auto found = scene.side(side).Find(key, lane);
  if (!found.ok()) return found.error();
  std::vector<Candidate> candidates;
  std::size_t owners = 0;  // those that are left out as well
  for (const ports::SideRecord& record : *found) {
    auto seen = SeenOf(scene.projector(side), record);
    if (!seen.ok()) return seen.error();
    // A side may give too many: what it cannot read in full it finds by a part of it.
    const auto own =
        MatchKeysOf(scene.definition, side, seen->told.record, seen->native, record.key);
    const bool has_it =
        key.by == core::twoway::MatchBy::kExternalKey || std::ranges::count(own, key) > 0;
    if (!has_it) continue;
    ++owners;
    if (seen->presence != Presence::kPresent) continue;
    candidates.push_back({record.key, std::move(seen->told), std::move(seen->native)});
  }
  // The one that has it may be behind those that only look like it: making another would be worse.
  const bool cut = found->size() >= static_cast<std::size_t>(ports::kMostFound);
  if (owners == 0 && cut) {
    return Unavailable("LINK_TOO_MANY_FOUND",
                       "too many records of " + scene.definition.at(side).name +
                           " look as if they had the same number or address, and none of those "
                           "that were read has it; nothing is made, and it is looked for again");
  }
  return candidates;
}

/// A record that has no link may be one that a link of the same number or address has just made,
/// if what came of that is not stored yet.
Status AddMakers(ports::LinkStore& links, const LinkScene& scene, Side other,
                 Counterparts& counterparts) {
  bool any_free = false;
  for (const auto& of_key : counterparts.records) {
    for (const Candidate& each : of_key)
      any_free = any_free || !counterparts.linked.contains(each.key);
  }
  if (!any_free) return {};
  const auto holders = links.Matching(scene.place, counterparts.keys);
  if (!holders.ok()) return holders.error();
  for (const ports::LinkId id : *holders) {
    auto link = links.Get(scene.place, id);
    if (!link.ok() && link.error().kind == ErrorKind::kNotFound) continue;
    if (!link.ok()) return link.error();
    const bool makes = link->state.key(other).empty() && link->state.intent &&
                       link->standing != ports::LinkStanding::kEnded;
    if (makes) counterparts.unfinished.push_back(*std::move(link));
  }
  return {};
}

}  // namespace

Counterparts FindCounterparts(ports::LinkStore& links, const LinkScene& scene,
                              core::quota::Lane lane, Side side, const std::string& key,
                              const core::twoway::Seen& seen) {
  const Side other = OtherOf(side);
  Counterparts counterparts;
  counterparts.keys = MatchKeysOf(scene.definition, side, seen.told.record, seen.native, key);
  std::optional<core::twoway::MatchBy> found_by;
  for (const MatchKey& each : counterparts.keys) {
    counterparts.records.emplace_back();
    if (found_by && *found_by != each.by) continue;
    auto candidates = CandidatesFor(scene, other, each, lane);
    if (!candidates.ok()) {
      counterparts.side = candidates.error();
      return counterparts;
    }
    if (!candidates->empty()) found_by = each.by;
    for (const Candidate& candidate : *candidates) {
      auto link = links.Holding(scene.place, other, candidate.key);
      if (!link.ok()) {
        counterparts.store = link.error();
        return counterparts;
      }
      if (!*link || (*link)->state.key(side) == key) continue;
      counterparts.linked.insert(candidate.key);
      if ((*link)->state.key(side).empty()) counterparts.unfinished.push_back(**std::move(link));
    }
    counterparts.records.back() = *std::move(candidates);
  }
  counterparts.store = AddMakers(links, scene, other, counterparts);
  return counterparts;
}

ports::LinkConflict ConflictOfMeeting(const LinkWorker::Dependencies& deps, Side side,
                                      const std::string& key, const core::twoway::Seen& seen,
                                      const core::twoway::Meeting& meeting) {
  ports::LinkConflict conflict;
  conflict.id = ports::ConflictId(deps.new_id());
  conflict.side = side;
  conflict.key = key;
  conflict.code = meeting.code;
  (side == Side::kA ? conflict.a : conflict.b) = AsJson(seen.told.record);
  (side == Side::kA ? conflict.a_at : conflict.b_at) = seen.told.changed_at;
  conflict.rivals = meeting.rivals;
  conflict.at = deps.clock.Now();
  return conflict;
}

Result<std::vector<std::string>> RivalsOf(ports::LinkStore& links, const LinkScene& scene,
                                          Side side, const std::vector<MatchKey>& keys) {
  std::vector<std::string> rivals;
  if (keys.empty()) return rivals;
  const auto holders = links.Matching(scene.place, keys);
  if (!holders.ok()) return holders.error();
  for (const ports::LinkId id : *holders) {
    const auto link = links.Get(scene.place, id);
    if (!link.ok() && link.error().kind == ErrorKind::kNotFound) continue;
    if (!link.ok()) return link.error();
    if (!link->state.key(side).empty()) rivals.push_back(link->state.key(side));
  }
  return rivals;
}

}  // namespace sb::syncs
