#include <algorithm>
#include <utility>

#include "engine/core/twoway/step.h"

// A record that was met and has no link.
namespace sb::core::twoway {
namespace {

/// Keys of the records that the first rule finds which finds any; sorted.
std::set<std::string> FittingKeys(const std::vector<MatchKey>& keys,
                                  const std::vector<std::vector<Candidate>>& found) {
  std::set<std::string> fitting;
  for (std::size_t i = 0; i < std::min(keys.size(), found.size()); ++i) {
    if (!fitting.empty() && keys[i].by != keys[i - 1].by) {
      break;
    }
    for (const Candidate& candidate : found[i]) {
      fitting.insert(candidate.key);
    }
  }
  return fitting;
}

bool IsStale(const Seen& seen, std::optional<WallTime> deleted_at) {
  return deleted_at && (!seen.told.changed_at || *seen.told.changed_at <= *deleted_at);
}

Meeting MeetingOf(Meeting::What what, std::string code, const std::set<std::string>& rivals = {}) {
  Meeting meeting;
  meeting.what = what;
  meeting.code = std::move(code);
  meeting.rivals.assign(rivals.begin(), rivals.end());
  return meeting;
}

}  // namespace

bool MakesRecordsIn(const Definition& definition, Side side) {
  return definition.creates == Creates::kBoth ||
         definition.creates == (side == Side::kA ? Creates::kInA : Creates::kInB);
}

Meeting Meet(const Definition& definition, Side side, const Seen& seen,
             const std::vector<MatchKey>& keys, const std::vector<std::vector<Candidate>>& found,
             const std::set<std::string>& linked, std::optional<WallTime> deleted_at) {
  if (IsStale(seen, deleted_at)) {
    return MeetingOf(Meeting::What::kStale, "LINK_TOMBSTONED");
  }
  if (seen.presence != Presence::kPresent) {
    return MeetingOf(Meeting::What::kSkip,
                     seen.presence == Presence::kOutside ? "LINK_OUTSIDE" : "");
  }
  const std::set<std::string> fitting = FittingKeys(keys, found);
  if (fitting.empty()) {
    return MakesRecordsIn(definition, OtherOf(side))
               ? MeetingOf(Meeting::What::kCreate, "")
               : MeetingOf(Meeting::What::kSkip, "LINK_NOT_CREATED");
  }
  if (std::includes(linked.begin(), linked.end(), fitting.begin(), fitting.end())) {
    return MeetingOf(Meeting::What::kTaken, "LINK_TAKEN", fitting);
  }
  if (fitting.size() > 1) {
    return MeetingOf(Meeting::What::kAmbiguous, "LINK_AMBIGUOUS", fitting);
  }
  Meeting meeting = MeetingOf(Meeting::What::kLink, "");
  meeting.key = *fitting.begin();
  return meeting;
}

}  // namespace sb::core::twoway
