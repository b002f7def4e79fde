#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/api/account_reach.h"
#include "engine/api/dependencies.h"
#include "engine/runtime/engine.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// The items of one StartRuns call, from the request to its answer. They name few accounts and
/// workflows, many times: each is looked up once. Reading blocks; one thread at a time.
class BulkStart {
 public:
  /// Borrows both.
  BulkStart(const Dependencies& deps, const Caller& caller)
      : deps_(deps), reach_(deps.accounts, caller) {}

  /// The items that can be handed to the engine; of the others it remembers what is wrong.
  std::vector<runtime::Engine::StartRequest> Read(const switchboard::v1::StartRunsRequest& request);
  /// Answers every item; `started` is what the engine made of those that it was handed.
  void Answer(runtime::Engine::StartedRuns started, switchboard::v1::StartRunsResponse& response);

 private:
  Result<runtime::Engine::StartRequest> ReadItem(const switchboard::v1::StartRunsRequest& request,
                                                 const switchboard::v1::RunToStart& item);
  const Result<AccountId>& AccountOf(const std::string& text);
  const Result<WorkflowId>& WorkflowOf(const std::string& text);

  const Dependencies& deps_;
  AccountReach reach_;
  std::map<std::string, Result<AccountId>> accounts_;
  std::map<std::string, Result<WorkflowId>> workflows_;
  std::map<int, Error> refused_;  ///< By item.
};

}  // namespace sb::api
