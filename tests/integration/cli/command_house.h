#pragma once

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/app/cli/command_line.h"
#include "tests/integration/api/api_house.h"
#include "tests/support/temp_dir.h"

namespace sb::testing {

/// A person at a shell: runs `switchboard` commands in this process against an ApiHouse, and sees
/// what they print.
class CommandHouse {
 public:
  struct Result {
    int exit_code = 0;
    std::string out;
    std::string err;

    Json json() const;  ///< `out`, parsed.
  };

  CommandHouse();

  /// "account", "list" ... with `input` on standard input.
  Result Run(const std::vector<std::string>& arguments, const std::string& input = "");
  /// Writes a file and returns its path.
  std::string File(const std::string& name, const std::string& content);

  ApiHouse house;
  TempDir data_dir;
  std::map<std::string, std::string> variables;  ///< The environment.
  std::function<void(const std::string& printed)>
      on_pause;  ///< What happens while a command waits.
  /// What a person types where it is not shown; empty: no person is there.
  std::function<std::string(const std::string& prompt)> ask_hidden;
  int width = 0;
  bool colours = false;
};

}  // namespace sb::testing
