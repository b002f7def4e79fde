#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/link_store.h"

// Small steps that several of those who drive a sync take.
namespace sb::syncs {

/// How far a sync is; a new one where nothing is stored.
Result<ports::LinkProgress> ProgressOf(ports::LinkStore& links, const ports::LinkPlace& place);

/// Changes what is stored, with hints in the same commit, over whatever others change meanwhile.
Status UpdateProgress(ports::LinkStore& links, const ports::LinkPlace& place,
                      const std::function<void(ports::LinkProgress&)>& change,
                      const std::vector<ports::Hint>& hints = {});

/// Something may not have been told: both sides are to be read whole. A comparison that is under
/// way ends first (one that began anew each time might never end), and another one follows it.
void AskForComparison(ports::LinkProgress& progress);

ports::Hint MakeHint(core::twoway::Side side, std::string key, std::string reason, WallTime now);

/// A link that is parked for something that an edit can mend goes on once its record is edited.
Status WakeParked(ports::LinkStore& links, const ports::LinkPlace& place, const ports::Hint& hint);

}  // namespace sb::syncs
