#include "engine/adapters/system/command_output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "engine/adapters/system/child_process.h"

namespace sb::adapters::system {
namespace {

/// Starts `sh -c command` in a process group of its own, with the signals that we block or ignore
/// as a program expects them. 0, or an errno.
int StartShell(const std::string& command, int output, pid_t& child) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, ignored;
  sigemptyset(&none);
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &ignored);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string shell = "sh", option = "-c", text = command;
  std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
  const int error = posix_spawn(&child, "/bin/sh", &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

enum class Heard { kAll, kTooMuch, kTooLate };

/// Reads until the other side closes.
Heard Listen(int input, std::int64_t until, std::size_t most, std::string& text) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::int64_t left = until - SteadyMillis();
    pollfd readable{input, POLLIN, 0};
    if (left <= 0) return Heard::kTooLate;
    if (poll(&readable, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = read(input, buffer.data(), buffer.size());
    if (got <= 0) return Heard::kAll;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > most) return Heard::kTooMuch;
  }
}

}  // namespace

Result<Secret> OutputOf(const std::string& command, Millis limit, std::size_t most) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return Unavailable("PROCESS_NOT_STARTED", std::string("no pipe: ") + std::strerror(errno));
  pid_t child = -1;
  const int failure = StartShell(command, ends[1], child);
  close(ends[1]);
  if (failure != 0) {
    close(ends[0]);
    return Unavailable("PROCESS_NOT_STARTED",
                       std::string("no shell could be started: ") + std::strerror(failure));
  }
  const std::int64_t until = SteadyMillis() + limit.count();
  std::string text;
  const Heard heard = Listen(ends[0], until, most, text);
  close(ends[0]);
  const Millis left(std::max<std::int64_t>(0, until - SteadyMillis()));
  const ChildEnd end = heard == Heard::kAll ? WaitForChild(child, left) : ChildEnd();
  if (!end.ended) {
    kill(-child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  if (heard == Heard::kTooMuch) {
    return Unavailable("PROCESS_FAILED",
                       "it wrote more than " + std::to_string(most) + " bytes to its output");
  }
  if (!end.ended)
    return Unavailable("PROCESS_TIMED_OUT", "it did not end within " + ToHumanText(limit));
  if (!end.success) return Unavailable("PROCESS_FAILED", "its exit status was not 0");
  return Secret(std::move(text));
}

}  // namespace sb::adapters::system
