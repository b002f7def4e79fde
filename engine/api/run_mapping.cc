#include "engine/api/run_mapping.h"

#include <algorithm>

#include "engine/api/json_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::workflow::Awaiting;
using core::workflow::RunStatus;
using core::workflow::TaskState;
using core::workflow::TaskStatus;

// A client's limit for one message is 4 MiB unless it says otherwise; the rest is room for what
// wraps the run.
constexpr std::size_t kMostBytes = 4 * 1024 * 1024 - 4096;

v1::Run::State StateOf(RunStatus status) {
  switch (status) {
    case RunStatus::kRunning:
      return v1::Run::STATE_RUNNING;
    case RunStatus::kParked:
      return v1::Run::STATE_PARKED;
    case RunStatus::kSucceeded:
      return v1::Run::STATE_SUCCEEDED;
    case RunStatus::kFailed:
      return v1::Run::STATE_FAILED;
    case RunStatus::kCancelled:
      return v1::Run::STATE_CANCELLED;
  }
  return v1::Run::STATE_UNSPECIFIED;
}

v1::Run::State StateOf(const std::string& status) {
  v1::Run::State state = v1::Run::STATE_UNSPECIFIED;
  return v1::Run::State_Parse("STATE_" + status, &state) ? state : v1::Run::STATE_UNSPECIFIED;
}

v1::Task::State StateOf(TaskStatus status) {
  switch (status) {
    case TaskStatus::kRunning:
      return v1::Task::STATE_RUNNING;
    case TaskStatus::kWaiting:
      return v1::Task::STATE_WAITING;
    case TaskStatus::kCompleted:
      return v1::Task::STATE_COMPLETED;
    case TaskStatus::kSkipped:
      return v1::Task::STATE_SKIPPED;
    case TaskStatus::kFailed:
      return v1::Task::STATE_FAILED;
    case TaskStatus::kCancelled:
      return v1::Task::STATE_CANCELLED;
  }
  return v1::Task::STATE_UNSPECIFIED;
}

v1::TaskWait::Kind KindOf(Awaiting awaiting) {
  switch (awaiting) {
    case Awaiting::kNothing:
      return v1::TaskWait::KIND_UNSPECIFIED;
    case Awaiting::kCall:
      return v1::TaskWait::KIND_CALL;
    case Awaiting::kReadBack:
      return v1::TaskWait::KIND_READ_BACK;
    case Awaiting::kRetry:
      return v1::TaskWait::KIND_RETRY;
    case Awaiting::kTimer:
      return v1::TaskWait::KIND_TIMER;
    case Awaiting::kResume:
      return v1::TaskWait::KIND_RESUME;
  }
  return v1::TaskWait::KIND_UNSPECIFIED;
}

v1::TaskError ToProto(const core::workflow::TaskError& error) {
  v1::TaskError proto;
  proto.set_type(error.type);
  proto.set_status(error.status);
  proto.set_title(error.title);
  proto.set_detail(error.detail);
  proto.set_instance(error.instance);
  return proto;
}

void SetTimes(const TaskState& task, v1::Task& proto) {
  *proto.mutable_start_time() = ToTimestamp(task.started_at);
  if (!task.ended_at) return;
  *proto.mutable_end_time() = ToTimestamp(*task.ended_at);
  *proto.mutable_duration() =
      ToDuration(std::chrono::duration_cast<Millis>(*task.ended_at - task.started_at));
}

void SetWait(const TaskState& task, v1::Task& proto) {
  if (task.awaiting == Awaiting::kNothing || task.ended_at) return;
  proto.mutable_wait()->set_kind(KindOf(task.awaiting));
  if (task.due) *proto.mutable_wait()->mutable_until_time() = ToTimestamp(*task.due);
}

v1::Task ToProto(const TaskState& task, const core::workflow::CallRequested* request,
                 bool with_data) {
  v1::Task proto;
  proto.set_ref(task.ref);
  proto.set_name(task.name);
  proto.set_kind(task.kind);
  proto.set_parent(task.parent);
  proto.set_state(StateOf(task.status));
  if (request != nullptr) proto.set_action(request->action);
  proto.set_attempt(task.attempt);
  SetTimes(task, proto);
  if (task.error) *proto.mutable_error() = ToProto(*task.error);
  SetWait(task, proto);
  if (!with_data) return proto;
  *proto.mutable_input() = ToValue(request != nullptr ? request->input : task.input);
  if (task.status == TaskStatus::kCompleted) *proto.mutable_output() = ToValue(task.output);
  return proto;
}

void SetOutcome(const core::workflow::Run& run, v1::Run& proto) {
  proto.set_state(StateOf(run.status));
  if (run.error) *proto.mutable_error() = ToProto(*run.error);
  if (run.status == RunStatus::kParked) {
    proto.set_parked_code(run.parked_code);
    proto.set_parked_reason(run.parked_reason);
  }
  if (run.ended_at) *proto.mutable_end_time() = ToTimestamp(*run.ended_at);
}

void DropData(v1::Run& run) {
  run.clear_input();
  run.clear_output();
  for (v1::Task& task : *run.mutable_tasks()) {
    task.clear_input();
    task.clear_output();
  }
  run.set_data_omitted(true);
}

}  // namespace

v1::Run ToProto(const ports::RunSummary& summary, const std::string& workflow_name) {
  v1::Run proto;
  proto.set_id(ToText(summary.key.run));
  proto.set_account(ToText(summary.key.account));
  proto.set_workflow(ToText(summary.workflow));
  proto.set_workflow_name(workflow_name);
  if (!summary.event.IsNone()) proto.set_event(ToText(summary.event));
  proto.set_state(StateOf(summary.status));
  proto.set_note(summary.note);
  *proto.mutable_create_time() = ToTimestamp(summary.created_at);
  *proto.mutable_update_time() = ToTimestamp(summary.updated_at);
  const auto state = proto.state();
  const bool final = state == v1::Run::STATE_SUCCEEDED || state == v1::Run::STATE_FAILED ||
                     state == v1::Run::STATE_CANCELLED;
  if (final) *proto.mutable_end_time() = ToTimestamp(summary.updated_at);
  return proto;
}

v1::Run ToProto(const ports::RunSummary& summary, const std::string& workflow_name,
                const core::workflow::Run& run, const Requests& requests, v1::RunView view) {
  const bool with_data = view != v1::RUN_VIEW_BASIC;
  v1::Run proto = ToProto(summary, workflow_name);
  SetOutcome(run, proto);
  *proto.mutable_update_time() = ToTimestamp(std::max(summary.updated_at, LastMove(run)));
  for (const std::string& ref : run.order) {
    const auto task = run.tasks.find(ref);
    if (task == run.tasks.end()) continue;
    const auto request = requests.find(ref);
    *proto.add_tasks() =
        ToProto(task->second, request == requests.end() ? nullptr : &request->second, with_data);
  }
  if (!with_data) return proto;
  *proto.mutable_input() = ToValue(run.input);
  if (run.status == RunStatus::kSucceeded) *proto.mutable_output() = ToValue(run.output);
  if (proto.ByteSizeLong() > kMostBytes) DropData(proto);
  return proto;
}

std::string StatusOf(v1::Run::State state) {
  constexpr std::size_t kPrefixBytes = 6;  // "STATE_"
  return state == v1::Run::STATE_UNSPECIFIED ? "" : v1::Run::State_Name(state).substr(kPrefixBytes);
}

}  // namespace sb::api
