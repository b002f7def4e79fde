#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/core/workflow/run.h"
#include "engine/ports/run_store.h"

namespace sb::api {

/// The newest request of each task, by ref. A run's state lets go of it when the task ends, but
/// people want to see what was asked.
using Requests = std::map<std::string, core::workflow::CallRequested>;

/// Keeps the requests among these facts, which may come in any order.
void Remember(const std::vector<core::workflow::Fact>& facts, Requests& requests);

/// A run as its journal tells it.
struct RunHistory {
  core::workflow::Run run;
  Requests requests;
};

/// Fails with kInternal JOURNAL_UNREADABLE.
Result<RunHistory> ReadHistory(const std::vector<ports::JournalRow>& journal);

/// Whether `older` is certainly an earlier stage of the same run than `newer`.
bool IsEarlier(const core::workflow::Run& older, const core::workflow::Run& newer);

/// When a run last moved, as far as its own state tells.
WallTime LastMove(const core::workflow::Run& run);

}  // namespace sb::api
