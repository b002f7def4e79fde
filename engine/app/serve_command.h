#pragma once

#include <string>

#include "engine/app/cli/command_line.h"

namespace sb::app {

/// Adds `serve` to the command line: the engine itself, until Ctrl-C or SIGTERM. Fits
/// cli::AddCommands.
void AddServeCommand(CLI::App& app, const std::string& data_dir, cli::Chosen& chosen);

}  // namespace sb::app
