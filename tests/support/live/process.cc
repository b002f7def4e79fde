#include "tests/support/live/process.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

std::string WholeText(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

[[noreturn]] void Become(const Command& command, int in, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  _exit(127);
}

int OpenForWriting(const std::filesystem::path& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

pid_t Spawn(const Command& command, int in, int out, int err) {
  const pid_t pid = fork();
  if (pid == 0) Become(command, in, out, err);
  return pid;
}

int ExitStatus(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::filesystem::path NewTempFolder() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "switchboard-run-XXXXXX").string();
  return mkdtemp(pattern.data());
}

}  // namespace

Ended RunToEnd(const Command& command) {
  const auto folder = NewTempFolder();
  std::ofstream(folder / "in", std::ios::binary) << command.input;
  const int in = open((folder / "in").c_str(), O_RDONLY | O_CLOEXEC);
  const int out = OpenForWriting(folder / "out");
  const int err = OpenForWriting(folder / "err");
  const pid_t pid = Spawn(command, in, out, err);
  for (const int descriptor : {in, out, err}) close(descriptor);
  int status = 0;
  if (!Eventually(60s, [&] { return waitpid(pid, &status, WNOHANG) == pid; })) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  Ended ended{ExitStatus(status), WholeText(folder / "out"), WholeText(folder / "err")};
  std::filesystem::remove_all(folder);
  return ended;
}

Process::Process(const Command& command, const std::filesystem::path& log) {
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = OpenForWriting(log);
  pid_ = Spawn(command, in, out, out);
  close(in);
  close(out);
}

Process::~Process() {
  Kill();
}

bool Process::IsRunning() {
  int status = 0;
  if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_status_ = ExitStatus(status);
    pid_ = -1;
  }
  return pid_ > 0;
}

void Process::Kill() {
  if (!IsRunning()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Process::Stop() {
  if (IsRunning()) kill(pid_, SIGTERM);
  if (Eventually(20s, [this] { return !IsRunning(); })) return exit_status_;
  Kill();
  return -1;
}

}  // namespace sb::live
