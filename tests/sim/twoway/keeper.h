#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/syncs/comparison.h"
#include "engine/syncs/heard_records.h"
#include "engine/syncs/link_worker.h"
#include "engine/syncs/sync_scene.h"
#include "tests/sim/twoway/dice.h"
#include "tests/sim/twoway/flaws.h"
#include "tests/sim/twoway/world.h"

namespace sb::sim::twoway {

/// An event of a side, as it was when it was sent.
struct Telling {
  core::twoway::Side side = core::twoway::Side::kA;
  std::string key;
  bool gone = false;
  std::optional<ports::SideRecord> record;
  WallTime sent_at;
  WallTime arrives_at;
};

/// What outlives a process besides the store.
struct Ledger {
  std::int64_t ids = 0;
  bool wants_comparison = false;
};

/// A process that keeps a sync: takes hints in, compares, and lets the worker work. It remembers
/// nothing that matters, and may end at any call.
class Keeper {
 public:
  struct Dependencies {
    World& world;
    StoreEdge& store;
    SideEdge& a;
    SideEdge& b;
    Dice& dice;
    Ledger& ledger;
    Flaw flaw;
    double lost = 0;  ///< Of the lines of a change log.
    std::function<void(const std::string&)> note;
  };

  explicit Keeper(Dependencies deps);

  /// True: it is stored.
  bool Hear(const Telling& telling);

  /// The record whose hint is being worked on.
  const std::optional<std::pair<core::twoway::Side, std::string>>& at_work() const {
    return at_work_;
  }

  /// The comparison finds that a record differs: true, it is stored.
  bool ComeUpon(core::twoway::Side side, const std::string& key);
  /// Reads change logs, compares one page further, and works on what is due. The number of hints
  /// that were worked on.
  int Tick();
  /// Begins a comparison of both sides, unless one is under way. False: the store fails.
  bool BeginComparison();
  bool IsComparing();

 private:
  static syncs::MadeSide Made(SideEdge& side, const ports::Clock& clock);

  SideEdge& side(core::twoway::Side which) {
    return which == core::twoway::Side::kA ? deps_.a : deps_.b;
  }

  Result<ports::LinkProgress> Progress();
  ports::Hint HintOf(core::twoway::Side side, const std::string& key, const char* reason,
                     bool gone) const;
  bool IsTakenForEcho(core::twoway::Side side, const std::string& key) const;
  bool IsMeasured();
  bool BeginIfWanted();
  void Poll(core::twoway::Side which);
  int WorkDue();

  Dependencies deps_;
  const std::function<std::int64_t()> new_id_;
  Metrics metrics_;
  syncs::HeardRecords heard_;
  std::optional<std::pair<core::twoway::Side, std::string>> at_work_;
  syncs::SyncScene scene_;
  syncs::LinkWorker worker_;
  syncs::Comparison comparison_;
  bool is_measured_ = false;
  WallTime refused_until_;  ///< A side stopped the whole sync.
};

}  // namespace sb::sim::twoway
