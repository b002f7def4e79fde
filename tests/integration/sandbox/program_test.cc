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
  explicit Program(std::vector<std::string> args, std::string file = SANDBOX_PROGRAM) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    args.insert(args.begin(), file);
    std::vector<char*> argv;
    argv.reserve(args.size() + 1);
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, file.c_str(), &actions, nullptr, argv.data(), environ), 0);
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

/// A sandbox that runs, and `aircall-sandbox ctl` beside it.
class Ctl : public EndpointsFile {
 protected:
  void SetUp() override { sandbox_.ReadUntil("Ctrl-C ends it."); }

  /// What the command printed, and how it ended.
  std::pair<std::string, int> Run(std::vector<std::string> words) {
    std::vector<std::string> all = {"ctl", "--endpoints-file", file()};
    all.insert(all.end(), words.begin(), words.end());
    Program ctl(all);
    std::string said = ctl.ReadAll();
    return {said, ctl.AwaitExit()};
  }

  std::string file() const { return (folder_ / "endpoints.json").string(); }

 private:
  Program sandbox_{{"--endpoints-file", file(), "--companies", "2"}};
};

TEST_F(Ctl, PlacesACallAndShowsIt) {
  const auto [placed, status] = Run({"call", "place", "from=+16175550142", "answered=false"});
  EXPECT_EQ(status, 0) << placed;
  const auto call = nlohmann::json::parse(placed).at("call");
  EXPECT_EQ(call.at("raw_digits"), "+1 617-555-0142");
  EXPECT_TRUE(call.at("answered_at").is_null());
  EXPECT_THAT(Run({"call", "show", call.at("id").dump()}).first, HasSubstr("missed_call_reason"));
}

TEST_F(Ctl, PassesOnWhatTheSandboxRefuses) {
  const auto [said, status] = Run({"call", "place", "from=nobody"});
  EXPECT_EQ(status, 1);
  EXPECT_THAT(said, HasSubstr("not a phone number"));
}

TEST_F(Ctl, FiltersByQuery) {
  Run({"call", "place", "from=anonymous"});
  EXPECT_THAT(Run({"effects", "what=call.placed"}).first, HasSubstr("call.placed"));
  EXPECT_THAT(Run({"effects", "what=tag.created"}).first, Not(HasSubstr("call.placed")));
}

TEST_F(Ctl, SpeaksToAnotherCompany) {
  EXPECT_THAT(Run({"--company", "61002", "state"}).first, HasSubstr("Pellegrin Cycles"));
}

TEST_F(Ctl, ExplainsMisuse) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"dance"}, {"call", "show"}, {"state", "loudly"}}) {
    const auto [said, status] = Run(words);
    EXPECT_EQ(status, 2) << said;
    EXPECT_THAT(said, HasSubstr("aircall-sandbox ctl: "));
  }
}

TEST(CtlAlone, SaysThatNoSandboxAnswers) {
  Program ctl({"ctl", "--url", "http://127.0.0.1:1", "state"});
  EXPECT_THAT(ctl.ReadAll(), HasSubstr("no sandbox answers"));
  EXPECT_EQ(ctl.AwaitExit(), 3);
}

TEST(CtlAlone, ListsEveryCommand) {
  Program ctl({"ctl", "--help"});
  const std::string help = ctl.ReadAll();
  for (const char* command : {"call place", "clock set", "fault add", "snapshot restore name"}) {
    EXPECT_THAT(help, HasSubstr(command));
  }
  EXPECT_EQ(ctl.AwaitExit(), 0);
}

/// The first block of shell commands of the sandbox's README.
std::string FirstCommandsOfTheReadme() {
  const auto text = ReadFile(SANDBOX_README);
  EXPECT_TRUE(text.ok());
  const auto begin = text->find("```sh\n") + 6;
  return text->substr(begin, text->find("```", begin) - begin);
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

TEST_F(EndpointsFile, AndTheReadmesFirstCommandsWorkAsTheyStand) {
  std::string commands = FirstCommandsOfTheReadme();
  // A port of our own choosing, and the wait that a person typing does not need.
  ReplaceAll(commands, "--listen 127.0.0.1:8600", "--listen 127.0.0.1:0");
  ReplaceAll(commands, "sandbox.json &\n",
             "sandbox.json >/dev/null &\nfor i in $(seq 100); do test -s sandbox.json && break; "
             "sleep 0.1; done\n");
  ReplaceAll(commands, "http://127.0.0.1:8600", "$(jq -r .base_url sandbox.json)");
  const std::string script = (folder_ / "readme.sh").string();
  ASSERT_TRUE(
      WriteFileAtomically(script,
                          "set -euo pipefail\ncd " + folder_.string() +
                              "\ntrap 'kill $(jobs -p)' EXIT\nexport PATH=" +
                              std::filesystem::path(SANDBOX_PROGRAM).parent_path().string() +
                              ":$PATH\n" + commands,
                          0700)
          .ok());
  Program shell({script}, "/bin/bash");
  const std::string said = shell.ReadAll();
  EXPECT_EQ(shell.AwaitExit(), 0) << said;
  EXPECT_THAT(said, HasSubstr("Harbour Lamps"));
  EXPECT_THAT(said, HasSubstr("call.ended"));
}

TEST(Program, ListsItsSwitches) {
  Program program({"--switches"});
  EXPECT_THAT(program.ReadAll(), HasSubstr("contacts.create_status = 200|201"));
  EXPECT_EQ(program.AwaitExit(), 0);
}

TEST_F(EndpointsFile, MayComeFromAConfigFileWithEverythingElse) {
  const std::filesystem::path config = folder_ / "sandbox.conf";
  const std::string file = (folder_ / "from-config.json").string();
  ASSERT_TRUE(WriteFileAtomically(config, "endpoints-file=" + file + "\ncompanies=3\n", 0600).ok());
  Program program({"--config", config.string()});
  program.ReadUntil("Ctrl-C ends it.");
  const auto text = ReadFile(file);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(nlohmann::json::parse(*text).at("companies").size(), 3U);
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
                                               {"--set", "colour=green"},
                                               {"--rate-limit", "-1"},
                                               {"--nonsense"}}) {
    Program program(args);
    EXPECT_THAT(program.ReadAll(), HasSubstr(args.front().substr(2))) << args.front();
    EXPECT_EQ(program.AwaitExit(), 2) << args.front();
  }
}

}  // namespace
}  // namespace sb::aircall::sandbox
