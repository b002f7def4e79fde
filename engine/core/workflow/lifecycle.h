#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/core/workflow/run.h"

namespace sb::core::workflow {

/// What lifecycle events say of the run that they are about.
struct LifecycleSubject {
  std::string run;      ///< "run_..."
  std::string account;  ///< "acc_..."
  std::string workspace;
  std::string name;
  std::string version;
};

/// One step in the life of a run, in the words of DSL 1.0.3 ("Lifecycle Events").
struct LifecycleEvent {
  std::string type;  ///< "io.serverlessworkflow.task.completed.v1"
  WallTime time;
  std::string task;  ///< Its ref; empty: the event is about the run.
  Json data;         ///< As the specification describes it. Holds no inputs and outputs.
};

/// The lifecycle events that a fact stands for, in order; none for a fact that is the engine's own
/// business. Pure: the same fact gives the same events.
std::vector<LifecycleEvent> LifecycleOf(const Fact& fact, const LifecycleSubject& subject);

/// Whether a CloudEvents type is one of a lifecycle event.
bool IsLifecycleType(const std::string& type);

}  // namespace sb::core::workflow
