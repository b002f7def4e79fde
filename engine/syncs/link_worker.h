#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/quota/lane.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/step.h"
#include "engine/ports/clock.h"
#include "engine/ports/link_store.h"
#include "engine/ports/record_side.h"

namespace sb::syncs {

/// What the work on one sync needs.
struct LinkScene {
  ports::LinkPlace place;
  const core::twoway::Definition& definition;
  const core::twoway::Projector& projector_a;
  const core::twoway::Projector& projector_b;
  ports::RecordSide& a;
  ports::RecordSide& b;

  ports::RecordSide& side(core::twoway::Side which) const {
    return which == core::twoway::Side::kA ? a : b;
  }

  const core::twoway::Projector& projector(core::twoway::Side which) const {
    return which == core::twoway::Side::kA ? projector_a : projector_b;
  }
};

/// Carries one hint to its end: reads both sides, decides, stores what is intended, writes, and
/// stores what came of it. Whatever it was doing when it died is found in the store and gone on
/// with, never blindly repeated. Blocking; for one caller at a time for each sync; borrows
/// everything.
class LinkWorker {
 public:
  struct Dependencies {
    ports::LinkStore& links;
    const ports::Clock& clock;
    std::function<std::int64_t()> new_id;  ///< Time-ordered (IdMaker).
  };

  enum class Outcome {
    kQuiet,    ///< Nothing had to be written.
    kSettled,  ///< Something was written, and both sides agree.
    kAgain,    ///< Somebody edits it at this moment: the hint stays and is due in a while.
    kParked,
    kEnded,
    kHindered  ///< A side is not to be had, or refuses: the hint is put off.
  };

  explicit LinkWorker(Dependencies dependencies);

  /// `heard`: the record as a hint told it, whole and at most 30 seconds old: spares a read where
  /// nothing has to be written. Fails only as LinkStore, or as RecordSide with kUnauthorized,
  /// kForbidden and LINK_SIDE_CHANGED, which stop the whole sync; the hint stays.
  Result<Outcome> Work(const LinkScene& scene, const ports::Hint& hint, core::quota::Lane lane,
                       const std::optional<ports::SideRecord>& heard = std::nullopt);

 private:
  Dependencies deps_;
};

}  // namespace sb::syncs
