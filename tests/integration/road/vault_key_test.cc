// Where the vault key comes from, and what `serve` says when it is missing, wrong or open to
// others.
#include <fstream>
#include <sstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kStranger(64, '7');

class VaultKey : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    system_.StartServe();
    account_ = system_.ConnectWithKey();
    EXPECT_EQ(system_.StopServe(), 0);
    std::ostringstream text;
    text << std::ifstream(key_file_).rdbuf();
    key_ = text.str().substr(0, 64);
    ASSERT_EQ(key_.size(), 64U);
  }

  void TearDown() override { EXPECT_THAT(system_.ServeLog(), Not(HasSubstr(key_))); }

  /// `switchboard serve` on the same data, which is expected to refuse to start: its words, with
  /// the code, and without any key.
  std::string Refusal(const std::vector<std::string>& options,
                      const std::map<std::string, std::string>& environment = {}) {
    Command command{{std::string(SB_BIN_DIR) + "/switchboard", "serve", "--data-dir",
                     (system_.folder() / "data").string(), "--grpc-listen", "127.0.0.1:0",
                     "--http-listen", "127.0.0.1:0"},
                    environment,
                    {}};
    command.words.insert(command.words.end(), options.begin(), options.end());
    const Ended ended = RunToEnd(command);
    EXPECT_EQ(ended.exit_status, 1) << ended.out << ended.err;
    EXPECT_THAT(ended.out + ended.err, AllOf(Not(HasSubstr(key_)), Not(HasSubstr(kStranger))));
    return ended.err;
  }

  /// The credential that was stored before opens.
  void ExpectWorking() {
    const Json contacts = system_.Cli({"action", "call", "aircall.contacts.search", "--account",
                                       account_, "--input", R"({"phone_number": "+16175550100"})"});
    EXPECT_TRUE(contacts.is_object()) << contacts;
    EXPECT_EQ(system_.StopServe(), 0);
  }

  void Write(const std::filesystem::path& file, const std::string& text, mode_t mode = 0600) {
    std::ofstream(file) << text;
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
  }

  LiveSystem system_;
  std::filesystem::path key_file_ = system_.folder() / "data" / "vault.key";
  std::filesystem::path elsewhere_ = system_.folder() / "elsewhere.key";
  std::string key_;
  std::string account_;
};

TEST_F(VaultKey, MissingStopsTheStartAndIsNotMadeAnew) {
  std::filesystem::rename(key_file_, elsewhere_);
  EXPECT_THAT(Refusal({}), AllOf(HasSubstr("VAULT_KEY_MISSING"), HasSubstr(key_file_.string())));
  EXPECT_FALSE(std::filesystem::exists(key_file_));
  system_.StartServe({"--vault-key-file", elsewhere_.string()});
  ExpectWorking();
}

TEST_F(VaultKey, WrongOrOpenToOthersStopsTheStart) {
  Write(key_file_, kStranger);
  EXPECT_THAT(Refusal({}), AllOf(HasSubstr("VAULT_KEY_DIFFERENT"), HasSubstr("same vault key")));
  Write(key_file_, key_, 0644);
  EXPECT_THAT(Refusal({}), AllOf(HasSubstr("VAULT_KEY_INVALID"), HasSubstr("chmod 600")));
  Write(key_file_, key_.substr(1));
  EXPECT_THAT(Refusal({}), HasSubstr("VAULT_KEY_INVALID"));
}

TEST_F(VaultKey, MayComeFromTheEnvironment) {
  std::filesystem::rename(key_file_, elsewhere_);
  EXPECT_THAT(Refusal({}, {{"SWITCHBOARD_VAULT_KEY", kStranger}}),
              HasSubstr("VAULT_KEY_DIFFERENT"));
  EXPECT_THAT(Refusal({}, {{"SWITCHBOARD_VAULT_KEY", ""}}),
              AllOf(HasSubstr("VAULT_KEY_INVALID"), HasSubstr("SWITCHBOARD_VAULT_KEY")));
  EXPECT_THAT(Refusal({"--vault-key-command", "true"}, {{"SWITCHBOARD_VAULT_KEY", key_}}),
              HasSubstr("CONFIG_INVALID"));
  system_.StartServe({}, {{"SWITCHBOARD_VAULT_KEY", key_ + "," + kStranger}});
  const std::string pid = std::to_string(system_.serve()["pid"].get<int>());
  std::ostringstream environment;
  environment << std::ifstream("/proc/" + pid + "/environ").rdbuf();
  EXPECT_THAT(environment.str(), Not(HasSubstr(key_)));
  ExpectWorking();
}

TEST_F(VaultKey, MayComeFromACommand) {
  std::filesystem::rename(key_file_, elsewhere_);
  EXPECT_THAT(Refusal({"--vault-key-command", "cat " + elsewhere_.string() + "; exit 3"}),
              AllOf(HasSubstr("VAULT_KEY_COMMAND_FAILED"), HasSubstr("run it by hand")));
  EXPECT_THAT(Refusal({"--vault-key-command", "echo " + std::string(64, 'x')}),
              HasSubstr("VAULT_KEY_INVALID"));
  system_.StartServe({"--vault-key-command", "cat " + elsewhere_.string()});
  ExpectWorking();
}

}  // namespace
}  // namespace sb::live
