#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

/// A delay that grew for ever would be a run that never ends.
constexpr Millis kLongestRetryDelay = std::chrono::hours(24);

/// Whether `when` holds and `except_when` does not, with the error as `$<as>`; an empty one says
/// nothing.
Result<bool> Holds(const TaskStep& step, const TryTask& attempt, const std::string& when,
                   const std::string& except_when, const TaskError& error) {
  const Scope scope = step.scope();
  const Arguments arguments = {{attempt.as, ToJson(error)}};
  const auto is_true = [&](const std::string& source) -> Result<bool> {
    const auto value = scope.Evaluate(source, step.state().input, arguments);
    if (!value.ok()) return value.error();
    return !value->is_null() && *value != Json(false);
  };
  if (!when.empty()) {
    auto wanted = is_true(when);
    if (!wanted.ok() || !*wanted) return wanted;
  }
  if (except_when.empty()) return true;
  auto excepted = is_true(except_when);
  if (!excepted.ok()) return excepted;
  return !*excepted;
}

Result<bool> Catches(const TaskStep& step, const TryTask& attempt, const TaskError& error) {
  if (step.state().caught) return false;  // it came from the handler
  if (!FitsFilter(attempt.errors, error)) return false;
  return Holds(step, attempt, attempt.when, attempt.except_when, error);
}

Result<bool> Retries(const TaskStep& step, const TryTask& attempt, const TaskError& error) {
  if (!attempt.retry) return false;
  const int made = step.state().round + 1;
  if (attempt.retry->max_attempts > 0 && made >= attempt.retry->max_attempts) return false;
  return Holds(step, attempt, attempt.retry->when, attempt.retry->except_when, error);
}

/// Whether an attempt after this delay would begin later than `limit.duration` allows.
bool IsTooLate(const TaskStep& step, const RetryRule& rule, Millis delay) {
  return rule.longest && step.now() + delay - step.state().started_at > *rule.longest;
}

/// `limit.attempt.duration`: the attempt that begins now fails when it takes longer.
void LimitAttempt(TaskStep& step, const TryTask& attempt) {
  if (!attempt.retry || !attempt.retry->longest_attempt) return;
  const WallTime due = step.now() + *attempt.retry->longest_attempt;
  step.Emit(DeadlineSet{step.ref(), due, true});
  step.WakeAt(due);
}

Millis DelayBefore(const TaskStep& step, const RetryRule& rule, int next_attempt) {
  const double retries = next_attempt - 1;  // 1 before the second attempt
  double factor = 1;
  if (rule.backoff == Backoff::kLinear) factor = retries;
  if (rule.backoff == Backoff::kExponential) factor = std::pow(2, std::min(retries - 1, 40.0));
  const double grown = static_cast<double>(rule.delay.count()) * factor;
  const auto delay =
      Millis(std::llround(std::min(grown, static_cast<double>(kLongestRetryDelay.count()))));
  const Millis span = rule.jitter_to - rule.jitter_from;
  return delay + rule.jitter_from +
         span * Jitter(step.context().run_id, step.ref(), next_attempt) / 1000;
}

void StartRound(TaskStep& step, const TryTask& attempt, int round) {
  step.Emit(RoundStarted{step.ref(), round, {}});
  LimitAttempt(step, attempt);
  step.EnterFirst(attempt.tasks, "#" + std::to_string(round));
}

void Retry(TaskStep& step, const TryTask& attempt, const TaskError& error, Millis delay) {
  const int next_attempt = step.state().round + 2;
  if (delay <= Millis(0)) return StartRound(step, attempt, next_attempt - 1);
  const WallTime due = step.now() + delay;
  step.Emit(
      RetryPlanned{step.ref(), next_attempt, due, error.title.empty() ? error.type : error.title});
  step.WakeAt(due);
}

void OnFailure(TaskStep& step, const TryTask& attempt, const TaskError& error) {
  const auto caught = Catches(step, attempt, error);
  if (!caught.ok()) return step.Fail(ToExpressionError(caught.error(), step.ref()));
  if (!*caught) return step.Fail(error);
  const auto retried = Retries(step, attempt, error);
  if (!retried.ok()) return step.Fail(ToExpressionError(retried.error(), step.ref()));
  if (*retried) {
    const Millis delay = DelayBefore(step, *attempt.retry, step.state().round + 2);
    if (!IsTooLate(step, *attempt.retry, delay)) return Retry(step, attempt, error, delay);
  }
  // Retries that came to nothing are no success: without a handler the error goes on.
  if (attempt.retry && attempt.handler.empty()) return step.Fail(error);
  step.Emit(ErrorCaught{step.ref(), error});
  if (attempt.handler.empty()) return step.Complete();
  step.EnterFirst(attempt.handler, "");
}

}  // namespace

void DecideTask(TaskStep& step, const TryTask& attempt, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal)) {
    LimitAttempt(step, attempt);
    return step.EnterFirst(attempt.tasks, "");
  }
  if (std::holds_alternative<RoundTimedOut>(signal)) {
    return OnFailure(
        step, attempt,
        MakeTaskError("timeout", 408, "TIMED_OUT",
                      "the attempt took longer than `limit.attempt.duration` allows", step.ref()));
  }
  if (std::holds_alternative<ChildrenDone>(signal)) return step.Complete();
  if (std::holds_alternative<Due>(signal)) return StartRound(step, attempt, step.state().round + 1);
  if (const auto* failed = std::get_if<ChildFailed>(&signal))
    OnFailure(step, attempt, failed->error);
}

}  // namespace sb::core::workflow
