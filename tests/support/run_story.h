#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/ports/run_store.h"
#include "tests/support/fake_clock.h"

namespace sb::testing {

/// Makes the batches of commit stories: an account in slot 17 whose runs start, go on and end.
class RunStory {
 public:
  static constexpr Slot kSlot = 17;
  static constexpr AccountId kAccount{1001};
  static constexpr WorkflowId kWorkflow{501};

  ports::RunKey NewKey() { return {kSlot, kAccount, ids_.Next<RunTag>(kStoryTime)}; }

  /// An empty batch with a receipt of its own.
  ports::CommitBatch Batch() {
    ports::CommitBatch batch;
    const std::string number = std::to_string(++batches_);
    batch.commit_id = "00000000-0000-4000-8000-" + std::string(12 - number.size(), '0') + number;
    return batch;
  }

  static ports::JournalRow Row(const ports::RunKey& key, int seq) {
    ports::JournalRow row;
    row.key = key;
    row.seq = seq;
    row.kind = ports::JournalKind::kDecision;
    row.facts = Json::array({{{"seq", seq}}});
    row.at = kStoryTime + std::chrono::seconds(seq);
    return row;
  }

  /// Adds journal rows from_seq + 1 .. to_seq of `key` and the step they make.
  static void Go(ports::CommitBatch& batch, const ports::RunKey& key, int from_seq, int to_seq) {
    for (int seq = from_seq + 1; seq <= to_seq; ++seq) batch.journal.push_back(Row(key, seq));
    ports::RunStep step;
    step.key = key;
    step.from_seq = from_seq;
    step.to_seq = to_seq;
    step.status = "RUNNING";
    batch.steps.push_back(step);
  }

  /// The same, and the run is over.
  static void End(ports::CommitBatch& batch, const ports::RunKey& key, int from_seq, int to_seq,
                  const std::string& status = "SUCCEEDED") {
    Go(batch, key, from_seq, to_seq);
    batch.steps.back().finished = true;
    batch.steps.back().status = status;
  }

  /// Adds a new run with two rows of journal.
  static void Start(ports::CommitBatch& batch, const ports::RunKey& key,
                    const std::string& trigger_key) {
    batch.new_runs.push_back(
        {key, kWorkflow, trigger_key, EventId(9001), core::quota::Lane::kLive});
    Go(batch, key, 0, 2);
  }

 private:
  IdGenerator ids_{1};
  int batches_ = 0;
};

}  // namespace sb::testing
