#include "engine/accounts/recording_upkeep.h"

namespace sb::accounts {
namespace {

constexpr int kFilesPerRound = 200;

}  // namespace

Result<bool> RecordingUpkeep::RunOnce() {
  const auto expired = deps_.recordings.Expire(deps_.clock.Now(), kFilesPerRound);
  if (!expired.ok()) return expired.error();
  const auto waste = deps_.recordings.Waste(deps_.clock.Now(), kFilesPerRound);
  if (!waste.ok()) return waste.error();
  for (const ports::RecordingWaste& each : *waste) {
    const Status erased = deps_.media.Erase(ports::MediaKeyOf(each.account, each.recording));
    if (!erased.ok()) return erased.error();
    if (Status noted = deps_.recordings.Wasted(each); !noted.ok()) return noted.error();
    deps_.metrics.Count("switchboard_recordings_total", {{"result", "erased"}});
  }
  return *expired == kFilesPerRound || waste->size() == static_cast<std::size_t>(kFilesPerRound);
}

}  // namespace sb::accounts
