// Runs the commands that the documents show, as a reader would type them.
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/live_system.h"
#include "tests/support/postgres_cluster.h"

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

/// The table that docs/two-way.md begins with.
std::string CustomersTable() {
  const std::string content = TextOf("docs/two-way.md");
  const auto begin = content.find("create table public.customers");
  return content.substr(begin, content.find("```", begin) - begin);
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
    const auto destinations = system_.folder() / "destinations";
    std::ofstream(destinations) << "crm=" << crm_.url() << "\n";
    system_.StartServe(
        {"--return-url-allow", "https://app.example.com", "--destinations", destinations.string()});
    account_ = system_.ConnectWithKey();
    const Json made =
        system_.Cli({"api-key", "create", "old", "--role", "viewer", "--tenant", "acme"});
    key_ = made.at("api_key").at("id");
  }

  /// Somebody whom the table knows under another name than Aircall.
  void FillCustomers() {
    crm_.Ask(CustomersTable());
    const Json contacts = Member(system_.Aircall("/v1/contacts?per_page=1"), "contacts");
    ASSERT_FALSE(contacts.empty());
    const std::string phone = TextMember(Member(contacts.at(0), "phone_numbers").at(0), "value");
    crm_.Ask("insert into public.customers (last_name, phone) values ('Of the table', '" + phone +
             "')");
  }

  /// What "rch_..." stands for: the oldest change that waits for the platform, or is about to.
  std::string WithChange(std::string command) {
    const std::string place = "rch_...";
    const auto at = command.find(place);
    if (at == std::string::npos) return command;
    const Json told = system_.Cli(
        {"record", "watch", "--count", "1", "--account", account_, "--object", "contact"});
    const Json& changes = Member(told, "changes");
    EXPECT_FALSE(changes.empty()) << command;
    if (changes.empty()) return command;
    return command.replace(at, place.size(), TextMember(changes.at(0), "id"));
  }

  /// What "cfl_..." and "lnk_..." stand for: the first ones that there are.
  std::string WithRecords(std::string command) {
    const auto fill = [&](const std::string& place, const std::string& verb,
                          const std::string& list) {
      const auto at = command.find(place);
      if (at == std::string::npos) return;
      std::vector<std::string> words = {"sync", verb, "--account", account_};
      if (command.find("--put-back") != std::string::npos) words.push_back("--overwritten");
      const Json listed = system_.Cli(words);
      ASSERT_FALSE(Member(listed, list).empty()) << command;
      command.replace(at, place.size(), TextMember(Member(listed, list).at(0), "id"));
    };
    fill("cfl_...", "conflicts", "conflicts");
    fill("lnk_...", "links", "links");
    return WithChange(std::move(command));
  }

  testing::TestDatabase crm_{testing::TestDatabase::Schema::kEmpty};
  LiveSystem system_;
  std::string account_;
  std::string key_;
};

TEST_P(Documents, ShowOnlyCommandsThatWork) {
  const auto commands = CommandsIn(GetParam());
  ASSERT_FALSE(commands.empty());
  if (std::string(GetParam()) == "docs/two-way.md") FillCustomers();
  for (const std::string& shown : commands) {
    const std::string command = WithRecords(Filled(shown, account_, key_, system_.sandbox()));
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
                                           "docs/replication.md", "docs/two-way.md",
                                           "docs/workflows"),
                         [](const auto& instance) {
                           return std::regex_replace(std::string(instance.param),
                                                     std::regex("[^A-Za-z]"), "_");
                         });

}  // namespace
}  // namespace sb::live
