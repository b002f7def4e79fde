#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/quota/lane.h"
#include "engine/core/twoway/step.h"
#include "engine/ports/link_store.h"
#include "engine/syncs/link_worker.h"

namespace sb::syncs {

/// What the other side has of a record's match keys.
struct Counterparts {
  std::vector<core::twoway::MatchKey> keys;                   ///< Of the record.
  std::vector<std::vector<core::twoway::Candidate>> records;  ///< In the order of the keys.
  std::set<std::string> linked;                               ///< Those of them with a link.
  /// Links of theirs whose record on this side is missing, and those that may just have made one of
  /// them: these come first.
  std::vector<ports::Link> unfinished;
  Status side;  ///< What hindered it.
  Status store;
};

/// Looks by one rule after the other; the first that finds any ends it. `key`: of the record. Where
/// a side found so many that the one with the key may not be among them: kUnavailable
/// LINK_TOO_MANY_FOUND.
Counterparts FindCounterparts(ports::LinkStore& links, const LinkScene& scene,
                              core::quota::Lane lane, core::twoway::Side side,
                              const std::string& key, const core::twoway::Seen& seen);

/// The question to a person about a record without link.
ports::LinkConflict ConflictOfMeeting(const LinkWorker::Dependencies& deps, core::twoway::Side side,
                                      const std::string& key, const core::twoway::Seen& seen,
                                      const core::twoway::Meeting& meeting);

/// Records on `side` of the links that hold these keys.
Result<std::vector<std::string>> RivalsOf(ports::LinkStore& links, const LinkScene& scene,
                                          core::twoway::Side side,
                                          const std::vector<core::twoway::MatchKey>& keys);

}  // namespace sb::syncs
