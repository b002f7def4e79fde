#include "tests/integration/cli/command_house.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/file.h"

namespace sb::testing {

Json CommandHouse::Result::json() const {
  const auto parsed = ParseJson(out);
  EXPECT_TRUE(parsed.ok()) << out;
  return parsed.ok() ? *parsed : Json();
}

CommandHouse::CommandHouse() {
  File("endpoints.json", PrettyJson({{"grpc", house.address()}}));
  File("admin.key", house.AddKey(ports::Role::kAdmin) + "\n");
  variables["SWITCHBOARD_DATA_DIR"] = data_dir.path().string();
}

std::string CommandHouse::File(const std::string& name, const std::string& content) {
  const auto path = data_dir.path() / name;
  EXPECT_TRUE(WriteFileAtomically(path, content).ok());
  return path.string();
}

CommandHouse::Result CommandHouse::Run(const std::vector<std::string>& arguments,
                                       const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const app::cli::Environment environment{in,
                                          out,
                                          err,
                                          [this](const char* name) { return variables[name]; },
                                          [this] { return house.clock.Now(); },
                                          [this, &out](Millis time) {
                                            house.clock.Advance(time);
                                            if (on_pause) on_pause(out.str());
                                          },
                                          width,
                                          colours,
                                          ask_hidden};
  std::vector<const char*> argv = {"switchboard"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const int exit_code = app::cli::Main(static_cast<int>(argv.size()), argv.data(), environment);
  return {exit_code, out.str(), err.str()};
}

}  // namespace sb::testing
