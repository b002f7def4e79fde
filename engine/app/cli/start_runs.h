#pragma once

#include "engine/app/cli/run_commands.h"

namespace sb::app::cli {

/// Starts a run for each line of `options.inputs`, in batches. A file with a malformed line starts
/// nothing. kRefused when a run could not be started; the others are.
int StartRuns(Session& session, const StartOptions& options);

}  // namespace sb::app::cli
