#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"

namespace sb::adapters::postgres {

/// Keeps the daily partitions of the inbox, the journal and the finished runs ahead of time. A day
/// without its partition refuses every write, so RunOnce belongs at start, before anything is
/// written, and then every hour.
class Partitions {
 public:
  /// `clock` is the one that ids are made from.
  Partitions(Database& database, const ports::Clock& clock, int days_ahead = 14)
      : database_(database), clock_(clock), days_ahead_(days_ahead) {}

  /// Makes what is missing from yesterday to `days_ahead` days from now; answers how many were
  /// made. Blocking, may be repeated at any time and by several instances at once.
  Result<int> RunOnce();

 private:
  Database& database_;
  const ports::Clock& clock_;
  const int days_ahead_;
};

}  // namespace sb::adapters::postgres
