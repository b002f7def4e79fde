#pragma once

#include <functional>
#include <string>

#include "engine/app/cli/environment.h"
#include "engine/base/result.h"

namespace CLI {
class App;
}

namespace switchboard::v1 {
class Connector;
}

namespace sb::app::cli {

/// What the command line asked for: runs it and returns the exit code.
using Chosen = std::function<int()>;

/// Adds commands that are no clients of the API (`serve`): declares them and their options on
/// `app`; when one of them is parsed, its callback sets `chosen`. `data_dir` is the global
/// --data-dir, for DataDir(); like `app` and `chosen` it outlives what was added.
using AddCommands = std::function<void(CLI::App& app, const std::string& data_dir, Chosen& chosen)>;

/// Checks a connector's folder as `serve --connectors` does: what is wrong with it, or into
/// `connector` what a server would show of it.
using CheckConnector =
    std::function<Status(const std::string& folder, switchboard::v1::Connector& connector)>;

/// The whole program behind `switchboard`: parses, runs one command, and returns the exit code: 0
/// done, 1 refused, 2 usage, 3 no server. `check_connector` does the work of `connector validate`.
int Main(int argc, const char* const* argv, const Environment& environment,
         const AddCommands& add_more = {}, const CheckConnector& check_connector = {});

}  // namespace sb::app::cli
