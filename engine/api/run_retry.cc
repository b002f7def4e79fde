#include "engine/api/run_retry.h"

#include "engine/api/run_history.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::workflow::RunStatus;

std::optional<Failure> Refusal(const std::string& run, RunStatus status) {
  if (!IsFinal(status)) {
    return Failure(Conflict("RUN_NOT_FINISHED", "run " + run +
                                                    " has not ended: only what failed or was "
                                                    "cancelled can be done again"));
  }
  if (status == RunStatus::kSucceeded) {
    return Failure(Conflict("RUN_NOT_RETRIABLE",
                            "run " + run +
                                " has succeeded: only what failed or was cancelled can be done "
                                "again; to do the same once more, start a run"));
  }
  return {};
}

}  // namespace

std::variant<runtime::Engine::StartRequest, Failure> RetryOf(const ports::StoredRun& stored,
                                                             v1::RetryRunRequest::From from,
                                                             const std::string& request_id) {
  const auto history = ReadHistory(stored.journal);
  if (!history.ok()) return Failure(history.error());
  const std::string run = ToText(stored.summary.key.run);
  if (auto refusal = Refusal(run, history->run.status)) return std::move(*refusal);
  runtime::Engine::StartRequest start;
  start.account = stored.summary.key.account;
  start.workflow = stored.summary.workflow;
  start.event = stored.summary.event;
  start.input = history->run.input;
  start.sort = "retry";
  start.retried_from = run;
  const bool at_failure = from == v1::RetryRunRequest::FROM_FAILED_TASK;
  if (!request_id.empty())
    start.request_id = run + (at_failure ? "/failed task/" : "/") + request_id;
  if (!at_failure) return start;
  auto facts = FactsAfter(stored.journal, 0);
  if (!facts.ok()) return Failure(facts.error());
  start.taken_over = core::workflow::TakeOver(std::move(facts).value(), run);
  if (!start.taken_over) {
    return Failure(Conflict("RUN_NOT_RETRIABLE",
                            "run " + run +
                                " cannot be continued: no task failed, or others were under way "
                                "beside it; do it again from the start"));
  }
  return start;
}

}  // namespace sb::api
