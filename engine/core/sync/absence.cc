#include "engine/core/sync/absence.h"

#include <algorithm>

namespace sb::core::sync {

AbsenceRound AfterProvenWindow(const std::vector<std::string>& stored,
                               const std::set<std::string>& shown,
                               const std::vector<Suspect>& suspects, WallTime begun_at) {
  AbsenceRound round;
  for (const std::string& key : stored) {
    const auto suspect =
        std::ranges::find_if(suspects, [&](const Suspect& each) { return each.key == key; });
    const bool known = suspect != suspects.end();
    if (shown.contains(key)) {
      if (known) round.clear.push_back(key);
    } else if (!known) {
      round.watch.push_back({key, begun_at});
    } else if (suspect->missed_at < begun_at) {
      round.ask.push_back(key);
    }
  }
  return round;
}

bool IsBraked(const DeleteBrake& brake, std::int64_t absent, std::int64_t rows) {
  // Of a handful of rows every one is many percent.
  constexpr std::int64_t kAlwaysFine = 5;
  if (absent > brake.count) return true;
  return absent > kAlwaysFine && absent * 100 > rows * brake.percent;
}

}  // namespace sb::core::sync
