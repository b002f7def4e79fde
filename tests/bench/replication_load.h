#pragma once

#include <filesystem>

#include "tests/bench/figures.h"

namespace sb::bench {

/// A company of many calls that is read into tables, and what plain COPY does with the same rows.
struct ReplicationSample {
  Sample calls;          ///< Calls a second, from the start of the sync until all are there.
  Sample copied;         ///< Calls a second, by COPY of all tables into empty ones of their shape.
  double memory_mb = 0;  ///< The most that the engine held in memory meanwhile.
};

/// Starts the engine and a `large` sandbox without a rate limit, replicates the newest calls (about
/// a hundred thousand, times `scale`) with their parts, and copies the tables with psql. Takes some
/// minutes. Throws std::runtime_error when something does not start, or ends with other rows.
ReplicationSample MeasureReplication(const std::filesystem::path& programs, double scale);

}  // namespace sb::bench
