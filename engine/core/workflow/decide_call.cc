#include <algorithm>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/http_call.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

constexpr Millis kFirstBackoff{1000};
constexpr Millis kLongestBackoff{60'000};
constexpr Millis kSoon{1000};

/// 1, 2, 4 ... 60 s, and up to a quarter more, so that runs that failed together do not come back
/// together.
Millis BackoffAfter(const TaskStep& step, int failures) {
  Millis wait = kFirstBackoff;
  for (int i = 1; i < failures && wait < kLongestBackoff; ++i) wait *= 2;
  wait = std::min(wait, kLongestBackoff);
  return wait + wait / 4 * Jitter(step.context().run_id, step.ref(), step.state().attempt) / 1000;
}

const ActionSignature* SignatureOf(const TaskStep& step, const CallTask& call) {
  const auto* action = std::get_if<ActionCall>(&call.what);
  return action == nullptr ? nullptr : step.context().actions.Find(action->action);
}

void Request(TaskStep& step, CallRequested request) {
  step.Emit(request);
  step.Want(PerformCall{step.ref(), std::move(request)});
}

/// The same request once more.
void RequestAgain(TaskStep& step) {
  CallRequested request = *step.state().request;
  request.attempt = step.state().attempt + 1;
  Request(step, std::move(request));
}

void RequestFirst(TaskStep& step, const ActionCall& call) {
  const ActionSignature* signature = step.context().actions.Find(call.action);
  if (signature == nullptr) {
    return step.Fail(MakeTaskError(
        "configuration", 400, "ACTION_UNKNOWN",
        "there is no action " + call.action + ": its connector was changed or removed",
        step.ref()));
  }
  auto input = EvaluateTemplate(step.scope(), call.with, step.state().input, {});
  if (!input.ok()) return step.Fail(ToExpressionError(input.error(), step.ref()));
  if (signature->input) {
    const auto violations = signature->input->Check(*input);
    if (!violations.empty()) {
      return step.Fail(MakeTaskError("validation", 400, "ACTION_INPUT_INVALID",
                                     "the input of " + call.action + " is wrong: with" +
                                         violations[0].pointer + " " + violations[0].message,
                                     step.ref()));
    }
  }
  Request(step, {step.ref(), step.state().attempt + 1, signature->name + ":" + signature->version,
                 std::move(input).value(), signature->effect, OpKey(step)});
}

/// An HTTP call, or an OpenAPI call whose request must first be made from its document.
template <typename Call>
void RequestFirst(TaskStep& step, const Call& call) {
  auto input = EvaluateCall(call, step.task().policy, step.scope(), step.state().input);
  if (!input.ok()) {
    return step.Fail(input.error().code == "HTTP_REQUEST_INVALID"
                         ? ToTaskError(input.error(), step.ref())
                         : ToExpressionError(input.error(), step.ref()));
  }
  constexpr bool kHttp = std::is_same_v<Call, HttpCall>;
  const EffectClass effect = kHttp ? EffectOf(*input) : EffectClass::kRead;
  Request(step, {step.ref(), step.state().attempt + 1, kHttp ? kHttpAction : kOpenApiAction,
                 std::move(input).value(), effect, OpKey(step)});
}

void PlanRetry(TaskStep& step, const Error& error, Millis wait) {
  if (error.retry_after) wait = std::max(wait, *error.retry_after);
  const WallTime due = step.now() + wait;
  step.Emit(RetryPlanned{step.ref(), step.state().attempt + 1, due, error.code});
  step.WakeAt(due);
}

void PlanReadBack(TaskStep& step, int round, Millis wait) {
  const WallTime due = step.now() + wait;
  step.Emit(ReadBackPlanned{step.ref(), step.state().attempt, round, due});
  step.WakeAt(due);
}

void Park(TaskStep& step, std::string code, std::string reason) {
  step.Emit(RunParked{std::move(code), std::move(reason), step.ref()});
}

void ParkForAccount(TaskStep& step, const Error& error) {
  Park(step, "ACCOUNT_NEEDS_REAUTH", error.message);
}

void ParkForPerson(TaskStep& step, const std::string& why) {
  Park(step, "OUTCOME_UNKNOWN",
       "nobody knows whether " + step.state().request->action + " took effect: " + why +
           "; look at the provider, then cancel the run, or resume it to go on with this task");
}

/// Exactly one place retries: where the workflow says how what failed is to be done again, it does
/// so, and not the engine besides.
bool IsRetriedByWorkflow(const TaskStep& step, const TaskError& failure) {
  for (std::string ref = ParentRef(step.ref()); !ref.empty(); ref = ParentRef(ref)) {
    const Task* task = step.context().workflow.Find(DefinitionPointer(ref));
    const auto* attempt = task == nullptr ? nullptr : std::get_if<TryTask>(&task->kind);
    if (attempt == nullptr || step.StateOf(ref).caught) continue;
    if (FitsFilter(attempt->errors, failure)) return attempt->retry.has_value();
  }
  return false;
}

int MostAttempts(const TaskStep& step, const TaskError& failure) {
  const auto& own = step.task().policy.attempts;
  const auto attempts = own ? own : step.context().workflow.policy.attempts;
  if (attempts) return *attempts;
  return IsRetriedByWorkflow(step, failure) ? 1 : kMaxCallFailures;
}

/// Whether the attempts of this entry are used up; then the task has failed.
bool GiveUp(TaskStep& step, const Error& error) {
  TaskError failure = ToTaskError(error, step.ref());
  const int failures = step.state().failures;
  if (failures < MostAttempts(step, failure)) return false;
  if (failures > 1) failure.detail += " (tried " + std::to_string(failures) + " times)";
  step.Fail(std::move(failure));
  return true;
}

std::vector<Millis> ReadBackWaits(const TaskStep& step, const CallTask& call) {
  const ActionSignature* signature = SignatureOf(step, call);
  if (signature != nullptr && !signature->read_back_waits.empty())
    return signature->read_back_waits;
  return {Millis(2000), Millis(5000), Millis(15'000)};
}

void OnBlindDoubt(TaskStep& step, const Error& error) {
  const auto& own = step.task().policy.on_unknown_outcome;
  const auto policy = own ? own : step.context().workflow.policy.on_unknown_outcome;
  switch (policy.value_or(UnknownOutcomePolicy::kPark)) {
    case UnknownOutcomePolicy::kPark:
      return ParkForPerson(step, error.message);
    case UnknownOutcomePolicy::kRaise:
      return step.Fail(ToTaskError(error, step.ref()));
    case UnknownOutcomePolicy::kRetry:
      if (!GiveUp(step, error)) PlanRetry(step, error, kSoon);
      return;
    case UnknownOutcomePolicy::kAssumeDone:
      return step.Complete(Json());
  }
}

/// Sent, and nobody knows what became of it: what is safe depends on what a repetition would do.
void OnDoubt(TaskStep& step, const CallTask& call, const Error& error) {
  switch (step.state().request->effect) {
    case EffectClass::kRead:
    case EffectClass::kIdempotent:
    case EffectClass::kKeyed:
      if (!GiveUp(step, error)) PlanRetry(step, error, kSoon);
      return;
    case EffectClass::kVerifiable:
      return PlanReadBack(step, 1, ReadBackWaits(step, call).front());
    case EffectClass::kBlind:
      return OnBlindDoubt(step, error);
  }
}

void OnError(TaskStep& step, const CallTask& call, const Error& error) {
  switch (error.kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kCancelled:
    case ErrorKind::kRateLimited:
      if (!GiveUp(step, error)) PlanRetry(step, error, BackoffAfter(step, step.state().failures));
      return;
    case ErrorKind::kUnauthorized:
      return ParkForAccount(step, error);
    case ErrorKind::kInDoubt:
      return OnDoubt(step, call, error);
    case ErrorKind::kInvalid:
    case ErrorKind::kForbidden:
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
    case ErrorKind::kInternal:
      return step.Fail(ToTaskError(error, step.ref()));
  }
}

void OnOutcome(TaskStep& step, const CallTask& call, const CallOutcome& outcome) {
  if (outcome.result.ok()) {
    const bool prepared = step.state().request->action == kOpenApiAction;
    step.Emit(CallEnded{step.ref(), outcome.attempt, *outcome.result, {}});
    if (!prepared) return step.Complete();
    return Request(step, {step.ref(), step.state().attempt + 1, kHttpAction, *outcome.result,
                          EffectOf(*outcome.result), OpKey(step)});
  }
  const Error& error = outcome.result.error();
  step.Emit(CallEnded{step.ref(), outcome.attempt, {}, error});
  OnError(step, call, error);
}

void OnReadBackError(TaskStep& step, const Error& error) {
  const int round = step.state().read_back_round;
  switch (error.kind) {
    case ErrorKind::kUnauthorized:
      return ParkForAccount(step, error);
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kCancelled:
    case ErrorKind::kRateLimited:
    case ErrorKind::kInDoubt:
      if (step.state().read_back_failures < kMaxCallFailures) {
        return PlanReadBack(step, round, BackoffAfter(step, step.state().read_back_failures));
      }
      [[fallthrough]];
    default:
      return ParkForPerson(step,
                           "its answer was lost and looking it up failed (" + error.message + ")");
  }
}

void OnReadBack(TaskStep& step, const CallTask& call, const ReadBackOutcome& outcome) {
  ReadBackEnded ended{step.ref(), outcome.attempt, outcome.round, false, {}, {}};
  if (!outcome.result.ok()) {
    ended.error = outcome.result.error();
    step.Emit(std::move(ended));
    return OnReadBackError(step, outcome.result.error());
  }
  ended.found = outcome.result->has_value();
  if (ended.found) ended.output = **outcome.result;
  const bool found = ended.found;
  step.Emit(std::move(ended));
  if (found) return step.Complete();
  const std::vector<Millis> waits = ReadBackWaits(step, call);
  const auto next = static_cast<std::size_t>(outcome.round);
  if (next < waits.size()) return PlanReadBack(step, outcome.round + 1, waits[next]);
  const Error lost =
      InDoubt("OUTCOME_UNKNOWN", "the request was sent again and again without an answer");
  if (!GiveUp(step, lost)) RequestAgain(step);
}

void OnDue(TaskStep& step) {
  if (step.state().awaiting == Awaiting::kRetry) return RequestAgain(step);
  if (step.state().awaiting != Awaiting::kReadBack) return;
  const TaskState& state = step.state();
  step.Want(PerformReadBack{step.ref(), state.read_back_round, *state.request,
                            state.requested_at.value_or(state.started_at)});
}

/// The account works again, or a person has looked. What was being looked up is looked up; all else
/// is sent again.
void OnResume(TaskStep& step) {
  const TaskState& state = step.state();
  if (state.read_back_round > 0) return PlanReadBack(step, 1, Millis(0));
  RequestAgain(step);
}

}  // namespace

void DecideTask(TaskStep& step, const CallTask& call, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal)) {
    return std::visit([&step](const auto& each) { RequestFirst(step, each); }, call.what);
  }
  if (std::holds_alternative<Due>(signal)) return OnDue(step);
  if (std::holds_alternative<Resume>(signal)) return OnResume(step);
  if (const auto* outcome = std::get_if<const CallOutcome*>(&signal))
    return OnOutcome(step, call, **outcome);
  if (const auto* found = std::get_if<const ReadBackOutcome*>(&signal))
    return OnReadBack(step, call, **found);
  if (const auto* admitted = std::get_if<const CallAdmitted*>(&signal)) {
    step.Emit(CallStarted{step.ref(), (*admitted)->attempt, step.state().request->op_key});
    step.Want(SendCall{step.ref(), (*admitted)->attempt});
  }
}

}  // namespace sb::core::workflow
