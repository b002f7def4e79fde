#include "engine/core/gaps/blind_window.h"

#include <algorithm>

namespace sb::core::gaps {
namespace {

std::optional<WallTime> LastCertainty(const Sighting& sighting) {
  // A webhook that is switched off was first not answered for a while: that it was seen to be in
  // order proves less than an event that came.
  if (sighting.blindness == Blindness::kNothingCame)
    return sighting.last_delivery ? sighting.last_delivery : sighting.last_good;
  return sighting.last_good ? sighting.last_good : sighting.last_delivery;
}

}  // namespace

WallTime BlindSince(const Sighting& sighting) {
  const WallTime certain = LastCertainty(sighting).value_or(sighting.connected_at);
  const WallTime oldest = std::max(sighting.connected_at, sighting.now - sighting.memory);
  // Providers tell of an instant by its second: what happened within the first second counts.
  return std::chrono::floor<std::chrono::seconds>(
      std::min(std::max(certain - kSlack, oldest), sighting.now));
}

}  // namespace sb::core::gaps
