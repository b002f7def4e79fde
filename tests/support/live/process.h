#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sb::live {

struct Command {
  std::vector<std::string> words;                  ///< The program and its arguments.
  std::map<std::string, std::string> environment;  ///< Added to ours.
  std::string input;                               ///< For standard input.
};

/// What a program that ran to its end left behind.
struct Ended {
  int exit_status = -1;  ///< 128 + n when signal n ended it.
  std::string out;
  std::string err;
};

/// Runs a program to its end. Kills it after 60 s.
Ended RunToEnd(const Command& command);

/// A program that goes on until it is stopped or killed. Ends with its owner, and with the test's
/// own process.
class Process {
 public:
  /// Standard output and error go to `log`.
  Process(const Command& command, const std::filesystem::path& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  bool IsRunning();
  /// SIGKILL, and waits until it is gone.
  void Kill();
  /// SIGTERM, then waits: the exit status, or -1 when it had to be killed after 20 s.
  int Stop();

 private:
  pid_t pid_ = -1;
  int exit_status_ = -1;
};

}  // namespace sb::live
