#pragma once

#include "engine/app/cli/session.h"

namespace sb::app::cli {

// Each runs one command and returns its exit code. Keys are shown by their ids only.
int ListKeys(Session& session);
int RotateKeys(Session& session);

}  // namespace sb::app::cli
