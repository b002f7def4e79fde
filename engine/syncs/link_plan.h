#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/twoway/merge.h"
#include "engine/core/twoway/record.h"
#include "engine/ports/link_store.h"
#include "engine/ports/record_side.h"
#include "engine/syncs/sync_scene.h"

namespace sb::syncs {

/// Some records side by side, and what would become of them.
struct PlanSample {
  /// "equal" (linked, and nothing is written or asked), "update", "create_a", "create_b",
  /// "ambiguous", "taken", "refused", "skip".
  std::string what;
  std::string key_a;  ///< Empty: there is none.
  std::string key_b;
  core::twoway::Record a;
  core::twoway::Record b;
  core::twoway::Record target;             ///< What both would show.
  std::vector<core::twoway::Loss> losses;  ///< Values that would not stand.
  std::vector<core::twoway::Loss> asks;    ///< Fields that would wait for a person.
  std::vector<std::string> rivals;         ///< Of an ambiguous one: keys of the other side.
  std::string code;                        ///< Of what is skipped, see core::twoway::Meeting.
};

/// A value that could not be read as it should.
struct PlanFlag {
  core::twoway::Side side = core::twoway::Side::kA;
  std::string key;
  core::twoway::Flag flag;
};

/// What starting a sync would do. Nothing was written.
struct LinkPlan {
  /// What hinders it; then nothing else is told. Advice hinders nothing, and comes last.
  std::vector<ports::SideProblem> problems_a;
  std::vector<ports::SideProblem> problems_b;
  std::int64_t read_a = 0;  ///< Records that were read.
  std::int64_t read_b = 0;
  bool whole = true;  ///< False: there are more than kMostPlanRecords; the counts are of these.
  std::int64_t linked = 0;     ///< Pairs that would be linked, or are.
  std::int64_t equal = 0;      ///< Of these, pairs in which nothing would be written or asked.
  std::int64_t updates_a = 0;  ///< Records that would be written.
  std::int64_t updates_b = 0;
  std::int64_t creates_a = 0;
  std::int64_t creates_b = 0;
  std::int64_t conflicts = 0;  ///< Values that would not stand; they are kept for 90 days.
  std::int64_t questions = 0;  ///< Fields that would wait for a person.
  std::int64_t ambiguous = 0;  ///< Records that more than one other fits: they wait for a person.
  std::int64_t refused = 0;    ///< Records that cannot be made for want of a value.
  std::int64_t skipped = 0;    ///< Left out by `where`, or made nowhere.
  std::map<std::string, std::int64_t> flagged;  ///< By the code of the flag: fields.
  std::vector<PlanFlag> flags;                  ///< The first ones.
  std::vector<PlanSample> samples;              ///< The first ones of each sort.
  std::int64_t requests = 0;                    ///< Of the provider, once it is started.
  std::int64_t requests_used = 0;               ///< Of the provider, by this plan.
  std::optional<double> requests_per_minute;    ///< Nothing: not known.
  std::optional<double> minutes;                ///< For `requests`.
};

/// Records of both sides together, half of them of each, that a plan holds in memory: their text
/// and some 300 bytes each, at most 256 MiB.
inline constexpr std::int64_t kMostPlanRecords = 200'000;

/// What a plan is made for.
struct PlanScene {
  const SyncScene& scene;
  ports::LinkStore& links;
  std::optional<ports::LinkPlace> place;  ///< Of the sync, where it is deployed: its links count.
  std::optional<double> requests_per_minute;
  WallTime now;
  /// Whether nobody waits for the plan any more: asked before each page. Empty: never.
  std::function<bool()> stopped = {};
};

/// Reads both sides whole, matches them in memory, and counts. Writes nothing. Blocking; may take
/// many minutes. Fails as RecordSide, Projector and LinkStore, and with kCancelled CALL_ABANDONED
/// where it was stopped.
Result<LinkPlan> PlanLinks(const PlanScene& what);

}  // namespace sb::syncs
