#pragma once

#include <string>

#include "engine/app/cli/table.h"
#include "engine/base/time.h"
#include "switchboard/v1/run.pb.h"

namespace sb::app::cli {

/// A run drawn over time: a line for each task and, where there are several, for each attempt, with
/// a bar from its beginning to its end. Work is solid, waiting is light, and what goes on in
/// parallel stands below each other; tasks inside of others are indented. `now` is where bars of
/// what has not ended end.
std::string TimelineOf(const switchboard::v1::Run& run, WallTime now, const Style& style);

}  // namespace sb::app::cli
