#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "engine/api/run_reader.h"
#include "engine/ports/run_store.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// One BulkRuns call: finds the runs, then does one thing to each. Blocking; one thread.
class BulkRuns {
 public:
  /// Passes a message on; false: nobody listens any more.
  using Send = std::function<bool(switchboard::v1::BulkRunsResponse)>;

  BulkRuns(const Dependencies& deps, RunReader& reader, const Caller& caller,
           switchboard::v1::BulkRunsRequest request)
      : deps_(deps), reader_(reader), caller_(caller), request_(std::move(request)) {}

  Outcome Work(const Send& send, const std::function<bool()>& gone);

 private:
  struct Progress;

  Outcome Check();
  Outcome FindRuns();
  void AddSample(switchboard::v1::BulkRunsResponse& message);
  void Act(RunId id, const std::function<void(const Status&)>& done);
  void Retry(RunId id, const std::function<void(const Status&)>& done);

  const Dependencies& deps_;
  RunReader& reader_;
  const Caller& caller_;
  switchboard::v1::BulkRunsRequest request_;
  std::vector<RunId> runs_;
  std::vector<ports::RunSummary> sample_;
};

}  // namespace sb::api
