#include "engine/core/workflow/lifecycle.h"

#include <utility>

namespace sb::core::workflow {
namespace {

constexpr const char* kPrefix = "io.serverlessworkflow.";

/// Turns one fact into events; a fact that nobody outside waits for gives none.
struct Teller {
  const LifecycleSubject& subject;
  WallTime at;
  std::vector<LifecycleEvent>& events;

  /// `moment` names the member that holds the time: "startedAt".
  void OfRun(const char* what, const char* moment, Json more = Json::object()) const {
    Json data = std::move(more);
    data["name"] = subject.run;
    data["definition"] = {
        {"namespace", subject.workspace}, {"name", subject.name}, {"version", subject.version}};
    data[moment] = ToRfc3339(at);
    events.push_back({std::string(kPrefix) + "workflow." + what + ".v1", at, {}, std::move(data)});
  }

  void OfTask(const std::string& ref, const char* what, const char* moment,
              Json more = Json::object()) const {
    if (ref.empty()) return;
    Json data = std::move(more);
    data["workflow"] = subject.run;
    data["task"] = ref;
    data[moment] = ToRfc3339(at);
    events.push_back({std::string(kPrefix) + "task." + what + ".v1", at, ref, std::move(data)});
  }

  void operator()(const RunStarted& fact) const {
    if (!fact.gathers) OfRun("started", "startedAt");
  }

  void operator()(const InputGathered&) const { OfRun("started", "startedAt"); }

  void operator()(const RunParked& fact) const {
    OfRun("suspended", "suspendedAt", {{"reason", fact.code}});
    OfTask(fact.ref, "suspended", "suspendedAt");
  }

  void operator()(const RunResumed&) const { OfRun("resumed", "resumedAt"); }

  void operator()(const RunSucceeded&) const { OfRun("completed", "completedAt"); }

  void operator()(const RunFailed& fact) const {
    OfRun("faulted", "faultedAt", {{"error", ToJson(fact.error)}});
  }

  void operator()(const RunCancelled&) const { OfRun("cancelled", "cancelledAt"); }

  void operator()(const TaskEntered& fact) const {
    OfTask(fact.ref, "created", "createdAt");
    OfTask(fact.ref, "started", "startedAt");
  }

  void operator()(const RetryPlanned& fact) const { OfTask(fact.ref, "retried", "retriedAt"); }

  void operator()(const TaskCompleted& fact) const {
    OfTask(fact.ref, "completed", "completedAt",
           fact.skipped ? Json{{"skipped", true}} : Json::object());
  }

  void operator()(const TaskFailed& fact) const {
    OfTask(fact.ref, "faulted", "faultedAt", {{"error", ToJson(fact.error)}});
  }

  template <typename InnerFact>
  void operator()(const InnerFact&) const {}
};

}  // namespace

std::vector<LifecycleEvent> LifecycleOf(const Fact& fact, const LifecycleSubject& subject) {
  std::vector<LifecycleEvent> events;
  std::visit(Teller{subject, fact.at, events}, fact.body);
  return events;
}

bool IsLifecycleType(const std::string& type) {
  return type.starts_with(std::string(kPrefix) + "workflow.") ||
         type.starts_with(std::string(kPrefix) + "task.");
}

}  // namespace sb::core::workflow
