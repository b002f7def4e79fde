#include "engine/api/bulk_runs.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "engine/api/list_filters.h"
#include "engine/api/request_id.h"
#include "engine/api/run_mapping.h"
#include "engine/api/run_retry.h"
#include "engine/runtime/engine.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr std::size_t kMostRuns = 100'000;
constexpr std::size_t kMostSample = 10;
constexpr int kMostFailures = 20;
constexpr int kMostUnderWay = 64;
constexpr int kBulkPageSize = 1000;
constexpr std::size_t kMostReasonBytes = 500;

/// The states of runs that an action fits.
std::vector<std::string> StatesFor(v1::BulkRunsRequest::Action action) {
  switch (action) {
    case v1::BulkRunsRequest::ACTION_CANCEL:
      return {"RUNNING", "PARKED"};
    case v1::BulkRunsRequest::ACTION_RETRY:
      return {"FAILED", "CANCELLED"};
    case v1::BulkRunsRequest::ACTION_RESUME:
      return {"PARKED"};
    case v1::BulkRunsRequest::ACTION_SUSPEND:
      return {"RUNNING"};
    default:
      return {};
  }
}

}  // namespace

/// What the calls under way report to the one thread that waits for them. Shared with them, because
/// a stopping server does not wait.
struct BulkRuns::Progress {
  std::mutex mutex;
  std::condition_variable changed;
  int under_way = 0;
  v1::BulkRunsResponse message;

  void End(RunId id, const Status& status) {
    const std::lock_guard lock(mutex);
    --under_way;
    message.set_done(message.done() + 1);
    if (!status.ok()) {
      message.set_failed(message.failed() + 1);
      if (message.failures_size() < kMostFailures) {
        v1::BulkFailure& failure = *message.add_failures();
        failure.set_run(ToText(id));
        failure.set_code(status.error().code);
        failure.set_message(status.error().message);
      }
    }
    changed.notify_all();
  }

  /// The newest state, and room for the failures of the next one.
  v1::BulkRunsResponse Take() {
    v1::BulkRunsResponse taken = message;
    message.clear_failures();
    return taken;
  }
};

Outcome BulkRuns::Check() {
  if (request_.filter().find_first_not_of(" \t\r\n") == std::string::npos) {
    return WrongField("filter",
                      "must not be empty: to mean all runs, write create_time > 2020-01-01",
                      "FILTER_INVALID");
  }
  if (StatesFor(request_.action()).empty()) {
    return WrongField("action",
                      "must be ACTION_CANCEL, ACTION_RETRY, ACTION_RESUME or ACTION_SUSPEND");
  }
  if (auto wrong = CheckRequestId(request_.request_id())) return wrong;
  if (request_.reason().size() > kMostReasonBytes)
    return WrongField("reason", "must be at most 500 bytes");
  return {};
}

Outcome BulkRuns::FindRuns() {
  auto read = ReadRunFilter(deps_, caller_, request_.filter());
  if (auto* failure = std::get_if<Failure>(&read)) return std::move(*failure);
  auto& filter = std::get<ports::RunFilter>(read);
  filter.statuses.Only([&] {
    auto states = StatesFor(request_.action());
    std::erase_if(states, [&](const auto& state) { return !filter.statuses.Includes(state); });
    return states;
  }());
  ports::PageRequest page{0, kBulkPageSize};
  do {
    const auto part = deps_.runs.List(filter, page);
    if (!part.ok()) return Failure(part.error());
    for (const ports::RunSummary& run : part->items) {
      if (runs_.size() == kMostRuns) return {};
      runs_.push_back(run.key.run);
      if (sample_.size() < kMostSample) sample_.push_back(run);
    }
    page.before = part->next_before;
  } while (page.before != 0);
  return {};
}

void BulkRuns::AddSample(v1::BulkRunsResponse& message) {
  for (const ports::RunSummary& run : sample_)
    *message.add_sample() = ToProto(run, reader_.WorkflowName(run.workflow));
}

void BulkRuns::Retry(RunId id, const std::function<void(const Status&)>& done) {
  const auto stored = deps_.runs.Get(id);
  if (!stored.ok()) return done(stored.error());
  auto start = RetryOf(*stored, request_.from(), request_.request_id());
  if (const auto* failure = std::get_if<Failure>(&start)) return done(failure->error);
  deps_.engine.StartRun(
      std::get<runtime::Engine::StartRequest>(std::move(start)),
      [done](const Result<RunId>& run) { done(run.ok() ? Status() : Status(run.error())); });
}

void BulkRuns::Act(RunId id, const std::function<void(const Status&)>& done) {
  switch (request_.action()) {
    case v1::BulkRunsRequest::ACTION_CANCEL:
      return deps_.engine.CancelRun(id, request_.reason(), done);
    case v1::BulkRunsRequest::ACTION_RESUME:
      return deps_.engine.ResumeRun(id, done);
    case v1::BulkRunsRequest::ACTION_SUSPEND:
      return deps_.engine.SuspendRun(id, request_.reason(), done);
    default:
      return Retry(id, done);
  }
}

Outcome BulkRuns::Work(const Send& send, const std::function<bool()>& gone) {
  if (auto wrong = Check()) return wrong;
  if (auto wrong = FindRuns()) return wrong;
  const auto progress = std::make_shared<Progress>();
  progress->message.set_total(static_cast<std::int64_t>(runs_.size()));
  if (request_.validate_only()) {
    AddSample(progress->message);
    progress->message.set_finished(true);
    send(progress->message);
    return {};
  }
  // A message for each percent is enough to watch.
  const std::int64_t step = std::max<std::int64_t>(1, progress->message.total() / 100);
  std::int64_t told = 0;
  if (!send(progress->message)) return {};
  for (const RunId id : runs_) {
    std::unique_lock lock(progress->mutex);
    progress->changed.wait(lock, [&] { return progress->under_way < kMostUnderWay; });
    ++progress->under_way;
    const bool tell = progress->message.done() >= told + step;
    if (tell) told = progress->message.done();
    const auto message = tell ? std::optional(progress->Take()) : std::nullopt;
    lock.unlock();
    if (gone() || (message && !send(*message))) return {};
    Act(id, [progress, id](const Status& status) { progress->End(id, status); });
  }
  std::unique_lock lock(progress->mutex);
  progress->changed.wait(lock, [&] { return progress->under_way == 0; });
  progress->message.set_finished(true);
  send(progress->Take());
  return {};
}

}  // namespace sb::api
