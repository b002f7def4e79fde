#pragma once

#include <chrono>
#include <string>

#include "engine/adapters/postgres/database.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"

namespace sb::adapters::postgres {

/// Forgets what is old: the daily partitions of the inbox, the journal and the finished runs as a
/// whole, and row by row what says that a delivery or a trigger was seen, that a record has
/// settled, that a sync left an object out, and what two-way syncs remember of what is over (for
/// ports::kLinkMemory, whatever `keep` is; of deleted syncs at once), and what platforms pushed,
/// were given and deleted.
///
/// A day stays as long as something of it is still needed: its journal and finished runs while a
/// run of that day is live, its inbox while an event of it is not dealt with. Dropping a day takes
/// no lock that readers or writers of other days would notice. RunOnce may be interrupted anywhere
/// and repeated at any time; one instance at a time should do so.
class Retention {
 public:
  /// What is remembered of deliveries and triggers outlives them at least so long: longer than any
  /// provider repeats a delivery.
  static constexpr std::chrono::days kSeenAtLeast{14};

  /// `clock` is the one that ids are made from. `keep`: so many whole days, at least one.
  Retention(Database& database, const ports::Clock& clock, std::chrono::days keep)
      : database_(database), clock_(clock), keep_(keep) {}

  struct Forgotten {
    int partitions = 0;
    int rows = 0;  ///< Of what was seen, of dead letters, and of links.
  };

  /// Blocking; may take a while.
  Result<Forgotten> RunOnce();

 private:
  Status DropPartition(const std::string& parent, const std::string& partition,
                       const std::string& state);
  Status Execute(const std::string& sql);
  Result<int> Prune(const Statement& statement, WallTime before);
  Result<int> PruneLinks(WallTime before);
  Result<int> PruneRecords();

  Database& database_;
  const ports::Clock& clock_;
  const std::chrono::days keep_;
};

}  // namespace sb::adapters::postgres
