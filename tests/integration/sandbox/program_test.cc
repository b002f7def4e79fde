#include <array>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/base/file.h"

// The executable as a user meets it: options, endpoints file, signals, exit status.
namespace sb::aircall::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The program with its two outputs on one pipe. Killed at the latest when the test ends.
class Program {
 public:
  explicit Program(std::vector<std::string> args) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    args.insert(args.begin(), SANDBOX_PROGRAM);
    std::vector<char*> argv;
    argv.reserve(args.size() + 1);
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, SANDBOX_PROGRAM, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
  }

  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
  }

  pid_t pid() const { return pid_; }

  /// All that is printed until `words` appear, or the program ends, or patience does.
  std::string ReadUntil(const std::string& words) {
    std::array<char, 4096> buffer{};
    while (text_.find(words) == std::string::npos) {
      pollfd entry{output_, POLLIN, 0};
      if (::poll(&entry, 1, 20'000) <= 0) break;
      const ssize_t got = ::read(output_, buffer.data(), buffer.size());
      if (got <= 0) break;
      text_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text_;
  }

  std::string ReadAll() { return ReadUntil("\x01 never printed"); }

  int AwaitExit() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
  std::string text_;
};

class EndpointsFile : public ::testing::Test {
 protected:
  EndpointsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "sandbox-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }

  ~EndpointsFile() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(EndpointsFile, IsThereOnceAnnouncedForItsOwnerOnlyAndGoneAtTheEnd) {
  const std::filesystem::path file = folder_ / "endpoints.json";
  Program program({"--listen", "127.0.0.1:0", "--endpoints-file", file.string()});
  const std::string said = program.ReadUntil("Ctrl-C ends it.");
  const auto text = ReadFile(file);
  ASSERT_TRUE(text.ok()) << said;
  const auto endpoints = nlohmann::json::parse(*text);
  EXPECT_EQ(endpoints.at("pid"), program.pid());
  EXPECT_THAT(said, HasSubstr(endpoints.at("base_url").get<std::string>()));
  EXPECT_THAT(said, Not(HasSubstr(endpoints.at("api_token").get<std::string>())));

  struct stat status {};

  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ::kill(program.pid(), SIGTERM);
  EXPECT_EQ(program.AwaitExit(), 0);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(EndpointsFile, ThatCannotBeWrittenIsOneClearError) {
  Program program({"--endpoints-file", (folder_ / "missing" / "file.json").string()});
  EXPECT_THAT(program.ReadAll(), HasSubstr("missing"));
  EXPECT_EQ(program.AwaitExit(), 1);
}

TEST(Program, EndsCleanlyOnCtrlC) {
  Program program({});
  EXPECT_THAT(program.ReadUntil("Ctrl-C ends it."), HasSubstr("api_token"));
  ::kill(program.pid(), SIGINT);
  EXPECT_EQ(program.AwaitExit(), 0);
}

TEST(Program, TeachesWithAnExample) {
  Program program({"--help"});
  const std::string help = program.ReadAll();
  EXPECT_THAT(help, HasSubstr("Example:"));
  EXPECT_THAT(help, HasSubstr("--redirect-uri"));
  EXPECT_THAT(help, HasSubstr("needs no credential"));
  EXPECT_EQ(program.AwaitExit(), 0);
}

TEST(Program, ExplainsAWrongOption) {
  for (const std::vector<std::string>& args : {std::vector<std::string>{"--listen", "nowhere"},
                                               {"--switch", "colour=green"},
                                               {"--rate-limit", "-1"},
                                               {"--nonsense"}}) {
    Program program(args);
    EXPECT_THAT(program.ReadAll(), HasSubstr(args.front().substr(2))) << args.front();
    EXPECT_EQ(program.AwaitExit(), 2) << args.front();
  }
}

}  // namespace
}  // namespace sb::aircall::sandbox
