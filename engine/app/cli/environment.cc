#include "engine/app/cli/environment.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace sb::app::cli {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int TerminalWidth() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0) return 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool WantsColours() {
  return isatty(STDOUT_FILENO) != 0 && Variable("NO_COLOR").empty() && Variable("TERM") != "dumb";
}

}  // namespace

Environment RealEnvironment(std::function<WallTime()> now) {
  return {std::cin,        std::cout,      std::cerr,
          Variable,        std::move(now), [](Millis time) { std::this_thread::sleep_for(time); },
          TerminalWidth(), WantsColours()};
}

}  // namespace sb::app::cli
