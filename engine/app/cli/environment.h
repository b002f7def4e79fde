#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include "engine/app/defaults.h"
#include "engine/base/time.h"

namespace sb::app::cli {

/// What the command line touches of the world. Tests give their own.
struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Variables variables;
  std::function<WallTime()> now;
  std::function<void(Millis)> pause;
  int width = 0;  ///< Columns of the terminal behind `out`; 0: no terminal, nothing is shortened.
  bool colours =
      false;  ///< `out` is a terminal that shows colours, and nobody asked for none (NO_COLOR).
  /// Asks for a line that is not shown while it is typed; empty where `in` is no terminal.
  std::function<std::string(const std::string& prompt)> ask_hidden = {};
};

/// The real one: standard streams, the terminal's width, this process's variables. `now` comes from
/// the program's clock.
Environment RealEnvironment(std::function<WallTime()> now);

/// How a command ends; documented in `switchboard --help`.
inline constexpr int kOk = 0;
inline constexpr int kRefused = 1;      ///< The request was refused, or a check failed.
inline constexpr int kUsage = 2;        ///< The command line makes no sense.
inline constexpr int kUnreachable = 3;  ///< No server answers.

}  // namespace sb::app::cli
