#include "engine/adapters/system/child_process.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "engine/base/file.h"

namespace sb::adapters::system {
namespace {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}

  ~Descriptor() { Close(); }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

  void Close() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// Everything the child needs, made before the fork: after it only system calls are allowed, since
/// another thread may have held any lock at that moment.
struct Prepared {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* folder = nullptr;
  int input = -1;
  int output = -1;
  int report = -1;
  pid_t parent = 0;
  ServiceUser user;
  bool is_server = false;
};

void ResetSignals() {
  for (const int signal_number :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2}) {
    signal(signal_number, SIG_DFL);  // handlers go by themselves, but what is ignored stays so
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool SwitchUser(const ServiceUser& user) {
  return !user.differs ||
         (setgroups(1, &user.gid) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0);
}

/// In this order: changing the user clears the parent-death signal, and a parent that ended before
/// it was set would never send one.
bool BindToParent(pid_t parent) {
  if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGINT) != 0) return false;
  errno = ESRCH;
  return getppid() == parent;
}

[[noreturn]] void BecomeChild(const Prepared& prepared) {
  ResetSignals();
  umask(0077);
  const bool ready = dup2(prepared.input, 0) >= 0 && dup2(prepared.output, 1) >= 0 &&
                     dup2(prepared.output, 2) >= 0 && SwitchUser(prepared.user) &&
                     (!prepared.is_server || BindToParent(prepared.parent)) &&
                     chdir(prepared.folder) == 0;
  if (ready) execve(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
  const int error = errno;
  const ssize_t written = write(prepared.report, &error, sizeof(error));
  _exit(written == sizeof(error) ? 127 : 126);
}

Error NotStarted(const ChildCommand& command, int error) {
  return Unavailable("PROCESS_NOT_STARTED",
                     "cannot start " + command.arguments.front() + " as user " + command.user.name +
                         " in " + command.folder.string() + ": " + std::strerror(error));
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ProgramName(const ChildCommand& command) {
  return std::filesystem::path(command.arguments.front()).filename().string();
}

/// Nothing on success, else the child's errno: the pipe closes without a word when exec succeeds.
int ReadReport(int descriptor) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(descriptor, &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  return got == sizeof(error) ? error : 0;
}

}  // namespace

Result<pid_t> Spawn(const ChildCommand& command) {
  int input[2] = {-1, -1};
  int report[2] = {-1, -1};
  if (pipe2(input, O_CLOEXEC) != 0) return NotStarted(command, errno);
  Descriptor input_read(input[0]), input_write(input[1]);
  if (pipe2(report, O_CLOEXEC) != 0) return NotStarted(command, errno);
  Descriptor report_read(report[0]), report_write(report[1]);
  Descriptor output(open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (output.number() < 0) return NotStarted(command, errno);
  if (write(input[1], command.input.data(), command.input.size()) < 0)
    return NotStarted(command, errno);
  input_write.Close();

  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"};
  const Prepared prepared{Pointers(arguments),
                          Pointers(environment),
                          command.folder.c_str(),
                          input_read.number(),
                          output.number(),
                          report_write.number(),
                          getpid(),
                          command.user,
                          command.is_server};
  const pid_t child = fork();
  if (child < 0) return NotStarted(command, errno);
  if (child == 0) BecomeChild(prepared);
  report_write.Close();
  const int error = ReadReport(report_read.number());
  if (error == 0) return child;
  waitpid(child, nullptr, 0);
  return NotStarted(command, error);
}

ChildEnd WaitForChild(pid_t child, Millis limit) {
  int status = 0;
  pid_t answer = 0;
  PollUntil(limit, [&] {
    answer = waitpid(child, &status, WNOHANG);
    return answer == child || (answer < 0 && errno != EINTR);
  });
  return {answer != 0, answer == child && WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

Status RunToEnd(const ChildCommand& command, Millis limit) {
  const auto child = Spawn(command);
  if (!child.ok()) return child.error();
  const ChildEnd end = WaitForChild(*child, limit);
  if (end.success) return {};
  if (!end.ended) {
    kill(*child, SIGTERM);
    WaitForChild(*child, limit);
    return Unavailable("PROCESS_TIMED_OUT",
                       ProgramName(command) + " did not end within " + ToHumanText(limit));
  }
  return Unavailable("PROCESS_FAILED",
                     ProgramName(command) + " failed: " + LastLines(command.output, 3));
}

std::string LastLines(const std::filesystem::path& file, int lines) {
  const auto content = ReadFile(file);
  if (!content.ok()) return "no output";
  std::size_t from = content->find_last_not_of('\n');
  if (from == std::string::npos) return "no output";
  const std::size_t end = from + 1;
  for (int i = 0; i < lines && from != std::string::npos && from > 0; ++i) {
    from = content->rfind('\n', from - 1);
  }
  return content->substr(from == std::string::npos ? 0 : from + 1,
                         end - (from == std::string::npos ? 0 : from + 1));
}

void PauseBriefly() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

std::int64_t SteadyMillis() {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace sb::adapters::system
