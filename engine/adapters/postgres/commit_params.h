#pragma once

#include "engine/adapters/postgres/params.h"
#include "engine/base/result.h"
#include "engine/ports/run_store.h"

namespace sb::adapters::postgres {

/// Whether eng.commit_batch alone writes the batch: it changes no schedules and no turns.
bool IsPlain(const ports::CommitBatch& batch);

/// The parameters of eng.commit_batch and, unless the batch is plain, of eng.put_schedules and
/// eng.put_turns. Every list is sorted by key, so that two writers lock in one
/// order; the steps of one run are joined into one, and those of a new run into its first row.
/// kConflict RUN_SEQUENCE_CONFLICT when steps of one run do not follow each other.
Result<Params> CommitParams(const ports::WriterFence& fence, const ports::CommitBatch& batch);

/// The parameters of eng.settle_commit.
Params SettleParams(const ports::WriterFence& fence, const ports::CommitBatch& batch);

}  // namespace sb::adapters::postgres
