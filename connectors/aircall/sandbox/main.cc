#include <csignal>
#include <iostream>
#include <pthread.h>
#include <string_view>
#include <system_error>

#include "connectors/aircall/sandbox/control/ctl.h"
#include "connectors/aircall/sandbox/door/options.h"
#include "engine/base/file.h"

namespace {

using sb::aircall::sandbox::Options;
using sb::aircall::sandbox::Sandbox;

/// The signals that end the program. Blocked before any thread exists, then awaited in one place.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int Fail(const sb::Error& error) {
  std::cerr << "aircall-sandbox: " << error.message << "\n";
  return 1;
}

void Announce(Sandbox& sandbox, const Options& options) {
  std::cout << "Aircall sandbox: " << sandbox.base_url() << "\n"
            << "Control API:     " << sandbox.base_url() << "/_sandbox\n";
  if (!options.endpoints_file.empty()) {
    std::cout << "Endpoints file:  " << options.endpoints_file.string() << "\n";
  } else {
    std::cout << sandbox.EndpointsText();
  }
  std::cout << "Ctrl-C ends it." << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "ctl") {
    return sb::aircall::sandbox::RunCtl({argv + 2, argv + argc}, std::cout, std::cerr);
  }
  int exit_code = 0;
  const auto options = sb::aircall::sandbox::ParseOptions(argc, argv, exit_code);
  if (!options) return exit_code;
  const sigset_t signals = BlockEndSignals();
  const sb::aircall::sandbox::SystemClock clock;
  Sandbox sandbox(options->sandbox, clock);
  if (const sb::Status started = sandbox.Start(); !started.ok()) return Fail(started.error());
  if (!options->endpoints_file.empty()) {
    const sb::Status written =
        sb::WriteFileAtomically(options->endpoints_file, sandbox.EndpointsText(), 0600);
    if (!written.ok()) return Fail(written.error());
  }
  Announce(sandbox, *options);
  int signal = 0;
  sigwait(&signals, &signal);
  sandbox.Stop();
  std::error_code ignored;  // Someone else may have cleared it away.
  if (!options->endpoints_file.empty()) std::filesystem::remove(options->endpoints_file, ignored);
  return 0;
}
