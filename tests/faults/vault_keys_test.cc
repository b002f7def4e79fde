// The vault key is changed while two instances work: as the documents say it, with a kill -9 in the
// middle, and in the wrong order.
#include <atomic>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/crypto/key_file.h"
#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/postgres_data_key_store.h"
#include "engine/adapters/postgres/postgres_secret_store.h"
#include "tests/faults/fleet.h"
#include "tests/integration/postgres/sessions.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using adapters::crypto::LoadKeyFile;
using adapters::crypto::SodiumKeys;
using adapters::crypto::SodiumVault;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kTenants = 300;

std::string TextOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// The shell commands of a section of a page, block by block.
std::vector<std::string> BlocksOf(const std::string& page, const std::string& heading) {
  const std::string text = TextOf(page);
  const std::size_t begin = text.find("\n## " + heading + "\n");
  const std::string section = text.substr(begin, text.find("\n## ", begin + 1) - begin);
  const std::regex block("```sh\n([^`]*)```");
  std::vector<std::string> blocks;
  for (std::sregex_iterator match(section.begin(), section.end(), block), end; match != end;
       ++match)
    blocks.push_back((*match)[1]);
  return blocks;
}

class VaultKeys : public ::testing::Test {
 protected:
  void SetUp() override {
    fleet_.SetPublicUrl("http://127.0.0.1:1");
    fleet_.StartAll();
    old_key_ = TextOf(key_file_).substr(0, 64);
    ASSERT_EQ(old_key_.size(), 64U);
    database_ = std::make_unique<adapters::postgres::Database>(
        adapters::postgres::DatabaseSettings{.url = fleet_.database_url()});
    StoreSecrets();
  }

  void TearDown() override {
    for (int i = 0; i < fleet_.size(); ++i) {
      EXPECT_THAT(fleet_.LogOf(i), AllOf(Not(HasSubstr(old_key_)), Not(HasSubstr("s3cret"))));
    }
  }

  static std::string Tenant(int number) { return "tenant" + std::to_string(1000 + number); }

  /// Who reads the database with the keys that are in the file now.
  struct Reader {
    explicit Reader(VaultKeys& test)
        : keys(SodiumKeys::Create(LoadKeyFile(test.key_file_).value()).value()),
          data_keys(*test.database_),
          secrets(*test.database_) {}

    SodiumKeys keys;
    adapters::postgres::PostgresDataKeyStore data_keys;
    adapters::postgres::PostgresSecretStore secrets;
    SodiumVault vault{keys, data_keys};
  };

  void StoreSecrets() {
    Reader writer(*this);
    for (int i = 0; i < kTenants; ++i) {
      const auto sealed =
          writer.vault.Seal(Secret("s3cret"), ports::SecretContext(Tenant(i), "token"));
      ASSERT_TRUE(sealed.ok()) << sealed.error().message;
      ASSERT_TRUE(writer.secrets.Put({Tenant(i), "token", *sealed, {}}).ok());
    }
  }

  void ExpectAllToOpen() {
    Reader reader(*this);
    for (int i = 0; i < kTenants; ++i) {
      const auto stored = reader.secrets.Find(Tenant(i), "token").value();
      ASSERT_TRUE(stored) << i;
      const auto opened =
          reader.vault.Open(stored->sealed, ports::SecretContext(Tenant(i), "token"));
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      EXPECT_EQ(opened->Reveal(), "s3cret");
    }
  }

  void Restart(int instance) {
    EXPECT_EQ(fleet_.Stop(instance), 0);
    fleet_.StartAll();
  }

  /// A shell in which `switchboard` speaks to the first instance.
  Ended Shell(const std::string& commands) {
    return RunToEnd(
        {{"sh", "-ec",
          std::regex_replace(commands, std::regex("/etc/switchboard"), fleet_.folder().string())},
         {{"SWITCHBOARD_DATA_DIR", (fleet_.folder() / "instance-1").string()},
          {"PATH", std::string(SB_BIN_DIR) + ":/usr/bin:/bin"}},
         {}});
  }

  void PutNewKeyFirst() {
    std::ofstream(key_file_, std::ios::trunc) << std::string(64, '4') << "\n" << old_key_ << "\n";
  }

  Fleet fleet_{{.instances = 2}};
  std::filesystem::path key_file_ = fleet_.folder() / "vault.key";
  std::string old_key_;
  std::unique_ptr<adapters::postgres::Database> database_;
};

TEST_F(VaultKeys, AreChangedUnderLoadByTheCommandsOfTheDocuments) {
  const auto blocks = BlocksOf("docs/operations.md", "Vault keys");
  ASSERT_EQ(blocks.size(), 3U);
  Ended step = Shell(blocks[0]);
  ASSERT_EQ(step.exit_status, 0) << step.err;
  Restart(0);
  step = Shell(blocks[1]);
  EXPECT_THAT(step.err, HasSubstr("VAULT_KEY_NOT_EVERYWHERE")) << "one instance lacks the new key";
  Restart(1);

  std::atomic<bool> rotated = false;
  std::thread load([&] {
    for (int i = 0; !rotated || i < 4; ++i) {
      const Ended set = fleet_.Cli(
          i % 2, {"secret", "set", "token", "--tenant", Tenant(i * 37 % kTenants)}, "s3cret");
      EXPECT_EQ(set.exit_status, 0) << set.err;
    }
  });
  step = Shell(blocks[1]);
  rotated = true;
  load.join();
  EXPECT_EQ(step.exit_status, 0) << step.out << step.err;
  // Those of the tenants, and the one that the signing key of tenant tokens is sealed with.
  EXPECT_THAT(step.out, AllOf(HasSubstr("301 of 301 re-wrapped"), HasSubstr("any more")));

  step = Shell(blocks[2]);
  ASSERT_EQ(step.exit_status, 0) << step.err;
  EXPECT_THAT(TextOf(key_file_), Not(HasSubstr(old_key_)));
  Restart(0);
  Restart(1);
  ExpectAllToOpen();
}

TEST_F(VaultKeys, RotationThatIsKilledInTheMiddleIsSimplyRepeated) {
  PutNewKeyFirst();
  Restart(0);
  Restart(1);
  testing::OpenTransaction holds(fleet_.database_url());
  holds.Run("select from eng.data_key where owner = 'tenant/" + Tenant(150) + "' for update");
  const auto log = fleet_.folder() / "rotate.log";
  Process rotation({{std::string(SB_BIN_DIR) + "/switchboard", "keys", "rotate", "-o", "json"},
                    {{"SWITCHBOARD_DATA_DIR", (fleet_.folder() / "instance-1").string()}},
                    {}},
                   log);
  ASSERT_TRUE(Eventually(20s, [&] { return fleet_.Ask(testing::kWaiting) == "1"; })) << TextOf(log);
  fleet_.Kill(0);
  holds.Rollback();
  EXPECT_TRUE(Eventually(20s, [&] { return !rotation.IsRunning(); }));
  EXPECT_THAT(TextOf(log), Not(HasSubstr("\"finished\":true")));
  ExpectAllToOpen();

  fleet_.StartAll();
  const Ended repeated = fleet_.Cli(0, {"keys", "rotate"});
  EXPECT_EQ(repeated.exit_status, 0) << repeated.out << repeated.err;
  EXPECT_THAT(repeated.out, Not(HasSubstr("301 of 301")));
  EXPECT_EQ(fleet_.Ask("select count(distinct key_id) from eng.data_key"), "1");
  ExpectAllToOpen();
}

TEST_F(VaultKeys, TakenAwayTooEarlyStopTheStartAndNothingElse) {
  PutNewKeyFirst();
  const std::string both = TextOf(key_file_);
  Restart(0);
  Restart(1);
  std::ofstream(key_file_, std::ios::trunc) << both.substr(0, 65);
  EXPECT_EQ(fleet_.Stop(1), 0);
  fleet_.StartInBackground(1);
  EXPECT_TRUE(Eventually(60s, [&] { return !fleet_.IsRunning(1); }));
  EXPECT_THAT(fleet_.LogOf(1), HasSubstr("VAULT_KEY_DIFFERENT"));

  std::ofstream(key_file_, std::ios::trunc) << both;
  fleet_.StartAll();
  EXPECT_EQ(fleet_.Cli(0, {"keys", "rotate"}).exit_status, 0);
  // As if one had been left behind under the old key.
  const auto old = SodiumKeys::Create(LoadKeyFile(key_file_).value()).value().ids().back();
  fleet_.Execute("update eng.data_key set key_id = '" + old + "' where owner = 'tenant/" +
                 Tenant(7) + "'");
  std::ofstream(key_file_, std::ios::trunc) << both.substr(0, 65);
  EXPECT_EQ(fleet_.Stop(1), 0);
  fleet_.StartInBackground(1);
  EXPECT_TRUE(Eventually(60s, [&] { return !fleet_.IsRunning(1); }));
  EXPECT_THAT(fleet_.LogOf(1), AllOf(HasSubstr("VAULT_KEY_MISSING"), HasSubstr(old),
                                     HasSubstr("switchboard keys rotate")));
  EXPECT_TRUE(fleet_.IsReady(0));
}

}  // namespace
}  // namespace sb::live
