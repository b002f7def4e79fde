#include "engine/app/cli/environment.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
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

std::string AskHidden(const std::string& prompt) {
  termios shown{};
  tcgetattr(STDIN_FILENO, &shown);
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::cerr << prompt << std::flush;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  std::getline(std::cin, line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::cerr << std::endl;
  return line;
}

}  // namespace

Environment RealEnvironment(std::function<WallTime()> now) {
  return {std::cin,
          std::cout,
          std::cerr,
          Variable,
          std::move(now),
          [](Millis time) { std::this_thread::sleep_for(time); },
          TerminalWidth(),
          WantsColours(),
          isatty(STDIN_FILENO) != 0 ? AskHidden : decltype(Environment::ask_hidden)()};
}

}  // namespace sb::app::cli
