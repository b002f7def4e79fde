#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "connectors/aircall/sandbox/door/sandbox.h"

namespace sb::aircall::sandbox {

struct Options {
  SandboxSettings sandbox{};
  std::filesystem::path endpoints_file{};  ///< Empty: none.
};

/// What the command line asks for; nothing when it asked for help and got it, or was wrong and was
/// told so, in which case `exit_code` says which.
std::optional<Options> ParseOptions(int argc, const char* const* argv, int& exit_code);

/// "127.0.0.1:8080", "[::1]:0" or ":0" into host and port. Fails with kInvalid SANDBOX_OPTION.
Status ReadListen(const std::string& text, SandboxSettings& settings);

}  // namespace sb::aircall::sandbox
