// A database from before there were data keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/accounts/key_rotation.h"
#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/adapters/postgres/migrator.h"
#include "engine/adapters/postgres/postgres_account_store.h"
#include "engine/adapters/postgres/postgres_data_key_store.h"
#include "engine/adapters/postgres/postgres_early_value_store.h"
#include "engine/adapters/postgres/postgres_secret_store.h"
#include "engine/base/encoding.h"
#include "engine/connector/connector.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

namespace pg = adapters::postgres;
using adapters::crypto::SodiumKeys;
using adapters::crypto::SodiumVault;
using ports::KeyUse;
using ::testing::ElementsAre;

// Sealed by that program with the key "oo...o": its check, a credential, a tenant's secret.
constexpr const char* kCheck =
    "0180de0e4f567b2c25374a620c7e9c8fb239793fc83f53180afbb690f7cc0d6a3b4dd04da84f7043"
    "99176a6a1f2f2d3b0f9f9e3ccc920739377612bc1608f53033772e8f4206dbb4222a2659139fe9fd"
    "8368c4978a864abcb64f70777d51c74e0b2c1bb145813e927096e10a64dde775a232783a06c2a0d9"
    "b91cf9d6eef2e6190e0c419a";
constexpr const char* kCredential =
    "0180de0e4f567b2c25a2b23174b8e6c51dbb9f838606be33eb9179e6ff31526af9a7958dd8a3c309"
    "31a3a24fa8c090f3036c4a357240de61956e6ef63d18d3fd4c782cfcebc9ce4d39549446e86047c2"
    "8dc137d36b68c30a68ef01253fd7ef2a74efb9cbd7df0700eed4bcdafa43d6be2236941a3634ac73"
    "41be7d1040f836fe62d64fd74b9090074863603d";
constexpr const char* kSecret =
    "0180de0e4f567b2c25029f43dfc0ad3171f9891c9f9d734d12ff7d92d61a7558372c72ccff9ab072"
    "c1928ccd58bc6a10be130301c36e31857fad73b5c6a2c42c89d58a0fb02b07548dbc86f6e25a518b"
    "4c301e9fd439063b8a2820674afa13a7dc0d2113d70130836235143dd3881c92fbebfb2ba8e36e3c"
    "44c579c562b335648b79460951780ddd";

constexpr int kLastWithoutDataKeys = 13;

class EarlyDatabase : public ::testing::Test {
 protected:
  EarlyDatabase() {
    pg::Migrator migrator(test_database_.settings(), pg::BuiltInMigrations());
    EXPECT_THAT(migrator.Up(), IsOk());
    EXPECT_THAT(migrator.DownTo(kLastWithoutDataKeys), IsOk());
    test_database_.Ask(std::string("insert into eng.vault_check (sealed) values ('\\x") + kCheck +
                       "')");
    EXPECT_THAT(migrator.Up(), IsOk());
    ports::Account account;
    account.id = kAccount;
    account.connector = "aircall";
    EXPECT_THAT(accounts_.Insert(account), IsOk());
    EXPECT_THAT(accounts_.PutCredential(kAccount, {1, FromHex(kCredential).value()}), IsOk());
    EXPECT_THAT(secrets_.Put({"acme", "token", FromHex(kSecret).value(), {}}), IsOk());
  }

  static SodiumKeys Keys(const std::string& newest_first) {
    std::vector<Secret> keys;
    for (const char key : newest_first) keys.emplace_back(std::string(32, key));
    return SodiumKeys::Create(keys).value();
  }

  void ExpectReadable(const SodiumVault& vault) {
    const auto credential = accounts_.GetCredential(kAccount).value();
    EXPECT_EQ(credential.generation, 1);
    EXPECT_THAT(vault.Open(credential.sealed, connector::CredentialContext(kAccount, "aircall", 1)),
                IsOk());
    EXPECT_THAT(vault.Open(secrets_.Find("acme", "token").value()->sealed,
                           ports::SecretContext("acme", "token")),
                IsOk());
  }

  static constexpr AccountId kAccount{1};
  TestDatabase test_database_{TestDatabase::Schema::kEmpty};
  pg::Database database_{test_database_.settings()};
  pg::PostgresAccountStore accounts_{database_};
  pg::PostgresSecretStore secrets_{database_};
  pg::PostgresDataKeyStore data_keys_{database_};
  pg::PostgresEarlyValueStore early_values_{database_};
};

TEST_F(EarlyDatabase, KnowsItsKeyAndIsRead) {
  const SodiumKeys right = Keys("o");
  const SodiumVault vault(right, data_keys_);
  EXPECT_THAT(vault.CheckKeys(), IsOk());
  ExpectReadable(vault);
  const SodiumKeys wrong = Keys("x");
  EXPECT_THAT(SodiumVault(wrong, data_keys_).CheckKeys(),
              FailsWith(ErrorKind::kInvalid, "VAULT_KEY_DIFFERENT"));
  EXPECT_THAT(data_keys_.Uses().value(), ElementsAre(KeyUse{right.ids().front(), 0, 2}));
}

TEST_F(EarlyDatabase, IsBroughtUnderANewKeyByARotation) {
  const SodiumKeys both = Keys("no");
  const SodiumVault vault(both, data_keys_);
  accounts::KeyRotation rotation({data_keys_, early_values_, both, vault});
  const auto done = rotation.Rotate([](const accounts::RotationProgress&) { return true; });
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->done, 2);
  EXPECT_EQ(done->failed, 0);
  EXPECT_THAT(data_keys_.Uses().value(), ElementsAre(KeyUse{both.ids().front(), 2, 0}));
  const SodiumKeys later = Keys("n");
  const SodiumVault reader(later, data_keys_);
  EXPECT_THAT(reader.CheckKeys(), IsOk());
  ExpectReadable(reader);
}

}  // namespace
}  // namespace sb::testing
