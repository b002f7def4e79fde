#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/core/workflow/decide.h"

namespace sb::core::workflow {

/// What a run would do.
struct DryRun {
  enum class Ending {
    kEnded,    ///< `run` tells how.
    kWaiting,  ///< For something that nobody gives here, such as an event or a person.
    kTooLong,  ///< More than `most_steps` inputs: the rest is not known.
  };

  Run run;
  std::vector<CallRequested> calls;  ///< In the order in which they would be wanted.
  Ending ending = Ending::kEnded;
};

/// Runs a workflow without the world: every call is answered at once by `answer`, and time passes
/// only as the run waits for it. Nothing is stored or sent. Pure as far as `answer` is;
/// `context.now` is when the run begins.
DryRun PerformDryRun(DecideContext context, const Json& input,
                     const std::function<Result<Json>(const CallRequested&)>& answer,
                     int most_steps = 1000);

}  // namespace sb::core::workflow
