#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace sb::core::sync {

/// What a sync does with rows whose object is gone.
enum class DeletePolicy {
  kMark,    ///< `_deleted_at` is set.
  kRemove,  ///< The row is deleted, with its child rows.
  kKeep     ///< Nothing: the table keeps all that ever was.
};

/// How many rows may go in one round before a person is asked.
struct DeleteBrake {
  std::int64_t count = 100;
  int percent = 5;

  bool operator==(const DeleteBrake&) const = default;
};

/// A row that a proven window did not show.
struct Suspect {
  std::string key;
  WallTime missed_at;  ///< The first time.

  bool operator==(const Suspect&) const = default;
};

/// What follows from a proven window.
struct AbsenceRound {
  std::vector<Suspect> watch;      ///< Not shown for the first time: to be remembered.
  std::vector<std::string> ask;    ///< Not shown again: to be asked for by themselves.
  std::vector<std::string> clear;  ///< Suspects that were shown: to be forgotten.
};

/// `stored`: keys of rows that are not deleted and belong into the window. `shown`: those that the
/// proven reading of it gave. `suspects`: those of `stored` that were missed before. `begun_at`:
/// when the reading began. Only one that began after the first one that missed it counts as the
/// second.
AbsenceRound AfterProvenWindow(const std::vector<std::string>& stored,
                               const std::set<std::string>& shown,
                               const std::vector<Suspect>& suspects, WallTime begun_at);

/// Whether so many confirmed absences of one round, of so many rows, need a person first.
bool IsBraked(const DeleteBrake& brake, std::int64_t absent, std::int64_t rows);

}  // namespace sb::core::sync
