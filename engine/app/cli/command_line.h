#pragma once

#include <functional>

#include "engine/app/cli/environment.h"

namespace CLI {
class App;
}

namespace sb::app::cli {

/// What the command line asked for: runs it and returns the exit code.
using Chosen = std::function<int()>;

/// Adds commands that are no clients of the API (`serve`): declares them and their options on
/// `app`; when one of them is parsed, its callback sets `chosen`. `data_dir` is the global
/// --data-dir, for DataDir(); like `app` and `chosen` it outlives what was added.
using AddCommands = std::function<void(CLI::App& app, const std::string& data_dir, Chosen& chosen)>;

/// The whole program behind `switchboard`: parses, runs one command, and returns the exit code: 0
/// done, 1 refused, 2 usage, 3 no server.
int Main(int argc, const char* const* argv, const Environment& environment,
         const AddCommands& add_more = {});

}  // namespace sb::app::cli
