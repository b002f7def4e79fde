// Runs the commands that the documents show, as a reader would type them.
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

/// A page, one chapter of it ("docs/operations.md#Keys"), or all pages of a folder.
std::string TextOf(const std::string& page) {
  if (std::filesystem::is_directory(page)) {
    std::string all;
    for (const auto& each : std::filesystem::directory_iterator(page))
      all += TextOf(each.path().string());
    return all;
  }
  const auto hash = page.find('#');
  std::ostringstream text;
  text << std::ifstream(page.substr(0, hash)).rdbuf();
  if (hash == std::string::npos) return text.str();
  const std::string content = text.str();
  const auto begin = content.find("\n## " + page.substr(hash + 1) + "\n");
  if (begin == std::string::npos) return "";
  return content.substr(begin, content.find("\n## ", begin + 1) - begin);
}

/// The lines of a document's sh blocks, and its inline code, that are `switchboard` commands other
/// than serve.
std::vector<std::string> CommandsIn(const std::string& page) {
  const std::string content = TextOf(page);
  const std::regex command(R"((?:^ *|`)(switchboard (?!serve)[a-z-]+ [a-z]+[^`\n]*))",
                           std::regex::multiline);
  std::vector<std::string> commands;
  for (std::sregex_iterator match(content.begin(), content.end(), command), end; match != end;
       ++match) {
    commands.push_back((*match)[1]);
  }
  return commands;
}

std::string Filled(std::string command, const std::string& account, const std::string& key,
                   const Json& sandbox) {
  const std::pair<std::string, std::string> places[] = {
      {"acc_...", account},
      {" KEY", " " + key},
      {"YOUR_API_ID", TextMember(sandbox, "api_id")},
      {" FILE", " workflows/missed-call-follow-up.yaml"}};
  for (const auto& [placeholder, value] : places) {
    const auto at = command.find(placeholder);
    if (at != std::string::npos) command.replace(at, placeholder.size(), value);
  }
  return command;
}

class Documents : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    system_.StartServe({"--return-url-allow", "https://app.example.com"});
    account_ = system_.ConnectWithKey();
    const Json made =
        system_.Cli({"api-key", "create", "old", "--role", "viewer", "--tenant", "acme"});
    key_ = made.at("api_key").at("id");
  }

  LiveSystem system_;
  std::string account_;
  std::string key_;
};

TEST_P(Documents, ShowOnlyCommandsThatWork) {
  const auto commands = CommandsIn(GetParam());
  ASSERT_FALSE(commands.empty());
  for (const std::string& shown : commands) {
    const std::string command = Filled(shown, account_, key_, system_.sandbox());
    const Ended ended = RunToEnd({{"sh", "-c", command},
                                  {{"SWITCHBOARD_DATA_DIR", (system_.folder() / "data").string()},
                                   {"PATH", std::string(SB_BIN_DIR) + ":/usr/bin:/bin"}},
                                  TextMember(system_.sandbox(), "api_token")});
    EXPECT_EQ(ended.exit_status, 0) << shown << "\n" << ended.out << ended.err;
  }
}

INSTANTIATE_TEST_SUITE_P(Page, Documents,
                         ::testing::Values("README.md", "docs/connect.md", "docs/connectors.md",
                                           "docs/errors.md", "docs/operations.md#Keys",
                                           "docs/replication.md", "docs/workflows"),
                         [](const auto& instance) {
                           return std::regex_replace(std::string(instance.param),
                                                     std::regex("[^A-Za-z]"), "_");
                         });

}  // namespace
}  // namespace sb::live
