#pragma once

#include <cstddef>
#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"

namespace sb::adapters::system {

/// What a shell command writes to its standard output, which is neither kept nor logged. It gets
/// our environment and our standard error; when its time is over, it is killed with all that it
/// started.
///
/// Fails with kUnavailable PROCESS_NOT_STARTED, PROCESS_FAILED (another exit status than 0, or more
/// than `most` bytes), PROCESS_TIMED_OUT.
Result<Secret> OutputOf(const std::string& command, Millis limit, std::size_t most);

}  // namespace sb::adapters::system
