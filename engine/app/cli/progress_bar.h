#pragma once

#include <cstdint>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

/// "[#########---------]  45 %  67 of 150" on the error stream, over itself; nothing where that is
/// no terminal, or scripts read the output.
void DrawProgress(const Session& session, std::int64_t done, std::int64_t total, bool finished);

}  // namespace sb::app::cli
