#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "engine/adapters/system/service_user.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::adapters::system {

struct ChildCommand {
  std::vector<std::string> arguments;  ///< The first is the program's path.
  std::filesystem::path folder;        ///< Where it runs.
  std::filesystem::path output;        ///< Gets its standard output and error, at the end.
  std::string input;                   ///< Its standard input; at most 64 KiB.
  ServiceUser user;
  /// It gets SIGINT when the thread that starts it ends, so that it never outlives us; and a
  /// process group of its own, so that Ctrl-C reaches us alone and we can drain first.
  bool is_server = false;
};

/// Starts it with an environment of its own: ours may hold secrets. kUnavailable
/// PROCESS_NOT_STARTED.
Result<pid_t> Spawn(const ChildCommand& command);

/// How a child ended.
struct ChildEnd {
  bool ended = false;    ///< False: it still ran when the time was over.
  bool success = false;  ///< It exited with status 0.
};

/// Waits until a child of ours ends, at most for `limit`. Its end is told once.
ChildEnd WaitForChild(pid_t child, Millis limit);

/// Runs it to its end. kUnavailable PROCESS_NOT_STARTED, PROCESS_FAILED (with the last lines of its
/// output), PROCESS_TIMED_OUT.
Status RunToEnd(const ChildCommand& command, Millis limit);

/// The last lines of a log file, for an error message.
std::string LastLines(const std::filesystem::path& file, int lines);

/// Asks `done` again and again until it says yes or the time is over; whether it did.
template <typename Done>
bool PollUntil(Millis limit, Done done);

/// A short pause between two looks.
void PauseBriefly();
/// Milliseconds of a clock that nobody sets.
std::int64_t SteadyMillis();

template <typename Done>
bool PollUntil(Millis limit, Done done) {
  const std::int64_t end = SteadyMillis() + limit.count();
  while (!done()) {
    if (SteadyMillis() >= end) return false;
    PauseBriefly();
  }
  return true;
}

}  // namespace sb::adapters::system
