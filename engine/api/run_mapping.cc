#include "engine/api/run_mapping.h"

#include <algorithm>

#include "engine/api/json_mapping.h"
#include "engine/core/workflow/decide.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::workflow::Awaiting;
using core::workflow::RunStatus;
using core::workflow::TaskState;
using core::workflow::TaskStatus;

// A client's limit for one message is 4 MiB unless it says otherwise; the rest is room for what
// travels with the run, such as the changes of a watch.
constexpr std::size_t kMostRunBytes = 4 * 1024 * 1024 - 256 * 1024;

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
    case Awaiting::kEmit:
      return v1::TaskWait::KIND_EMIT;
    case Awaiting::kEvent:
      return v1::TaskWait::KIND_EVENT;
    case Awaiting::kChild:
      return v1::TaskWait::KIND_CHILD_RUN;
  }
  return v1::TaskWait::KIND_UNSPECIFIED;
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
  proto.mutable_wait()->set_run(task.child);
  if (const auto due = core::workflow::EarliestDue(task))
    *proto.mutable_wait()->mutable_until_time() = ToTimestamp(*due);
}

v1::Attempt::Outcome OutcomeOf(const CallAttempt& attempt) {
  if (attempt.found) return v1::Attempt::OUTCOME_FOUND;
  if (!attempt.ended_at) return v1::Attempt::OUTCOME_PENDING;
  if (!attempt.error) return v1::Attempt::OUTCOME_SUCCEEDED;
  return attempt.error->kind == ErrorKind::kInDoubt ? v1::Attempt::OUTCOME_IN_DOUBT
                                                    : v1::Attempt::OUTCOME_FAILED;
}

/// Shows values as the workflow allows, or not at all.
struct Lens {
  const Redaction& redaction;
  bool with_data;

  google::protobuf::Value Show(const std::string& ref, const Json& value) const {
    return ToValue(redaction.empty() ? value : redaction.Apply(ref, value));
  }
};

v1::Attempt ToProto(const CallAttempt& attempt, const Lens& lens) {
  v1::Attempt proto;
  proto.set_number(attempt.request.attempt);
  proto.set_action(attempt.request.action);
  proto.set_outcome(OutcomeOf(attempt));
  *proto.mutable_start_time() = ToTimestamp(attempt.requested_at);
  if (attempt.sent_at) *proto.mutable_send_time() = ToTimestamp(*attempt.sent_at);
  if (attempt.ended_at) {
    *proto.mutable_end_time() = ToTimestamp(*attempt.ended_at);
    *proto.mutable_duration() =
        ToDuration(std::chrono::duration_cast<Millis>(*attempt.ended_at - attempt.requested_at));
  }
  if (attempt.error && !attempt.found) {
    proto.set_error_code(attempt.error->code);
    proto.set_error_message(attempt.error->message);
  }
  if (!lens.with_data) return proto;
  *proto.mutable_input() = lens.Show(attempt.request.ref, attempt.request.input);
  const bool answered = attempt.found || (attempt.ended_at && !attempt.error);
  if (answered) *proto.mutable_output() = lens.Show(attempt.request.ref, attempt.output);
  return proto;
}

v1::Pause ToProto(const StandStill& pause) {
  v1::Pause proto;
  proto.set_kind(KindOf(pause.kind));
  *proto.mutable_start_time() = ToTimestamp(pause.from);
  if (pause.due) *proto.mutable_until_time() = ToTimestamp(*pause.due);
  if (pause.to) *proto.mutable_end_time() = ToTimestamp(*pause.to);
  return proto;
}

v1::Task ToProto(const TaskState& task, const TaskStory& story, const Lens& lens) {
  v1::Task proto;
  proto.set_ref(task.ref);
  proto.set_name(task.name);
  proto.set_kind(task.kind);
  proto.set_parent(task.parent);
  proto.set_state(StateOf(task.status));
  proto.set_attempt(task.attempt);
  SetTimes(task, proto);
  if (task.error) *proto.mutable_error() = api::ToProto(*task.error);
  SetWait(task, proto);
  for (const CallAttempt& attempt : story.attempts) *proto.add_attempts() = ToProto(attempt, lens);
  for (const StandStill& pause : story.pauses) *proto.add_pauses() = ToProto(pause);
  const bool called = !story.attempts.empty();
  if (called) proto.set_action(story.attempts.back().request.action);
  if (!lens.with_data) return proto;
  *proto.mutable_input() =
      lens.Show(task.ref, called ? story.attempts.back().request.input : task.input);
  if (task.status == TaskStatus::kCompleted)
    *proto.mutable_output() = lens.Show(task.ref, task.output);
  return proto;
}

void SetOutcome(const core::workflow::Run& run, v1::Run& proto) {
  proto.set_state(StateOf(run.status));
  if (run.error) *proto.mutable_error() = api::ToProto(*run.error);
  if (run.status == RunStatus::kParked) {
    proto.set_parked_code(run.parked_code);
    proto.set_parked_reason(run.parked_reason);
  }
  if (run.ended_at) *proto.mutable_end_time() = ToTimestamp(*run.ended_at);
}

void DropAttemptData(v1::Run& run) {
  for (v1::Task& task : *run.mutable_tasks()) {
    for (v1::Attempt& attempt : *task.mutable_attempts()) {
      attempt.clear_input();
      attempt.clear_output();
    }
  }
  run.set_data_omitted(true);
}

void DropData(v1::Run& run) {
  run.clear_input();
  run.clear_output();
  for (v1::Task& task : *run.mutable_tasks()) {
    task.clear_input();
    task.clear_output();
  }
}

/// Half of the tasks at a time, the oldest first.
void DropTasks(v1::Run& run) {
  const int dropped = (run.tasks_size() + 1) / 2;
  run.mutable_tasks()->DeleteSubrange(0, dropped);
  run.set_omitted_tasks(run.omitted_tasks() + dropped);
}

/// Makes a run fit into one message.
void Fit(v1::Run& run) {
  if (run.ByteSizeLong() <= kMostRunBytes) return;
  DropAttemptData(run);
  if (run.ByteSizeLong() <= kMostRunBytes) return;
  DropData(run);
  while (run.ByteSizeLong() > kMostRunBytes && run.tasks_size() > 0) DropTasks(run);
}

}  // namespace

v1::TaskError ToProto(const core::workflow::TaskError& error) {
  v1::TaskError proto;
  proto.set_type(error.type);
  proto.set_status(error.status);
  proto.set_title(error.title);
  proto.set_detail(error.detail);
  proto.set_instance(error.instance);
  return proto;
}

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

v1::Run ToProto(const ports::RunSummary& summary, const WorkflowFace& face,
                const RunHistory& history, v1::RunView view) {
  static const TaskStory kNoStory;
  const core::workflow::Run& run = history.run;
  const Lens lens{face.redaction, view != v1::RUN_VIEW_BASIC};
  v1::Run proto = ToProto(summary, face.Text());
  SetOutcome(run, proto);
  proto.set_retried_from(run.retried_from);
  *proto.mutable_update_time() = ToTimestamp(std::max(summary.updated_at, LastMove(run)));
  proto.set_omitted_tasks(run.forgotten);
  for (const std::string& ref : run.order) {
    const auto task = run.tasks.find(ref);
    if (task == run.tasks.end()) continue;
    const auto story = history.stories.find(ref);
    *proto.add_tasks() =
        ToProto(task->second, story == history.stories.end() ? kNoStory : story->second, lens);
  }
  if (lens.with_data) {
    *proto.mutable_input() = lens.Show("", run.input);
    if (run.status == RunStatus::kSucceeded) *proto.mutable_output() = lens.Show("", run.output);
  }
  Fit(proto);
  return proto;
}

void ShowQuotaWaits(const runtime::QuotaReport& report, v1::Run& run) {
  constexpr std::chrono::seconds kWorthTelling(1);
  std::optional<WallTime> first;
  for (const runtime::QuotaReport::Wait& wait : report.waits) {
    if (wait.until <= report.at + kWorthTelling) continue;
    for (v1::Task& task : *run.mutable_tasks()) {
      if (task.ref() != wait.task || task.wait().kind() != v1::TaskWait::KIND_CALL) continue;
      task.mutable_wait()->set_kind(v1::TaskWait::KIND_QUOTA);
      *task.mutable_wait()->mutable_until_time() = ToTimestamp(wait.until);
      first = std::min(first.value_or(wait.until), wait.until);
    }
  }
  if (!first || !run.note().empty()) return;
  constexpr std::size_t kTimeOfDay = 11;  // "2026-06-01T09:30:00.250Z"
  run.set_note("waiting for quota until " + ToRfc3339(*first).substr(kTimeOfDay, 8));
}

std::string StatusOf(v1::Run::State state) {
  constexpr std::size_t kPrefixBytes = 6;  // "STATE_"
  return state == v1::Run::STATE_UNSPECIFIED ? "" : v1::Run::State_Name(state).substr(kPrefixBytes);
}

}  // namespace sb::api
