#pragma once

#include <vector>

#include "engine/core/workflow/run.h"
#include "engine/ports/run_store.h"

namespace sb::runtime {

/// Facts as journal rows after `from_seq`: an intent, an outcome, a fired timer or a signal opens a
/// row of its own, and the pure facts that follow from it share that row. One step of a run costs
/// two rows, not ten.
std::vector<ports::JournalRow> ToJournal(const ports::RunKey& key, int from_seq,
                                         const std::vector<core::workflow::Fact>& facts);

/// All facts of a journal, in order. Fails with kInternal JOURNAL_UNREADABLE.
Result<std::vector<core::workflow::Fact>> FactsOf(const std::vector<ports::JournalRow>& journal);

/// A run as its journal tells it. Fails with kInternal JOURNAL_UNREADABLE.
Result<core::workflow::Run> FromJournal(const std::vector<ports::JournalRow>& journal);

}  // namespace sb::runtime
