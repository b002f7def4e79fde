#pragma once

#include <string>

#include "engine/adapters/postgres/personal_places.h"

namespace sb::adapters::postgres {

/// The statements over one place, made from its entry in the list. All of them begin with
/// $1 slot, $2 account.
struct PlaceQueries {
  /// $3, $4 after this key; $5 run ids, empty for all; $6 limit. Gives k1, k2, version, live and
  /// the columns as c1, c2 ...
  std::string read;
  /// $3 k1[], $4 k2[], $5 version[], $6 how many rows, $7 .. $11 as kErasureSave, and then an array
  /// for each column. Gives the new step.
  std::string rewrite;
  /// $3 limit, $4 erasure, $5 the place's name. Gives how many were deleted.
  std::string remove;
};

PlaceQueries QueriesOf(const Place& place);

/// What stores the progress of an erasure; its parameters are numbered from `first`: id, step,
/// state, sealed, counts, live runs, position, finished_at.
std::string SaveErasureSql(int first);
inline constexpr int kSaveErasureParams = 8;

}  // namespace sb::adapters::postgres
