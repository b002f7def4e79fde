#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/workflow/run.h"
#include "engine/ports/run_store.h"

namespace sb::api {

/// One try of a call, from the wish to the outcome.
struct CallAttempt {
  core::workflow::CallRequested request;
  WallTime requested_at;
  std::optional<WallTime> sent_at;   ///< When its intent was first stored; none for reads.
  std::optional<WallTime> ended_at;  ///< When its outcome was known.
  Json output;
  std::optional<Error> error;
  bool found = false;  ///< The answer was lost, and a look-up gave what it would have given.
};

/// A time in which a task stood still.
struct StandStill {
  core::workflow::Awaiting kind = core::workflow::Awaiting::kNothing;
  WallTime from;
  std::optional<WallTime> due;
  std::optional<WallTime> to;  ///< None while it lasts.
};

/// What a run's state lets go of when it moves on, but people want to see. Oldest first; of each
/// the newest kMostKept.
struct TaskStory {
  static constexpr std::size_t kMostKept = 50;

  std::vector<CallAttempt> attempts;
  std::vector<StandStill> pauses;
};

/// A run as its journal tells it.
struct RunHistory {
  core::workflow::Run run;
  std::map<std::string, TaskStory> stories;  ///< By ref.
  int seq = 0;                               ///< The newest journal row in it.
  std::size_t facts = 0;                     ///< So many were told.
  WallTime begins_at{};  ///< Of the first of them: a long run's journal is read from a snapshot on.

  /// Adds what a fact tells to the stories; the run itself is left alone.
  void Tell(const core::workflow::Fact& fact);
};

/// Fails with kInternal JOURNAL_UNREADABLE.
Result<RunHistory> ReadHistory(const std::vector<ports::JournalRow>& journal);

/// The facts of the rows behind `after`. Fails with kInternal JOURNAL_UNREADABLE.
Result<std::vector<core::workflow::Fact>> FactsAfter(const std::vector<ports::JournalRow>& journal,
                                                     int after);

/// When a run last moved, as far as its own state tells.
WallTime LastMove(const core::workflow::Run& run);

}  // namespace sb::api
