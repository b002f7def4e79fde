#include "engine/adapters/system/system_clock.h"
#include "engine/app/cli/command_line.h"
#include "engine/app/connector_check.h"
#include "engine/app/serve_command.h"

int main(int argc, char** argv) {
  const sb::adapters::system::SystemClock clock;
  const auto environment = sb::app::cli::RealEnvironment([&clock] { return clock.Now(); });
  return sb::app::cli::Main(argc, argv, environment, sb::app::AddServeCommand,
                            sb::app::CheckConnectorFolder);
}
