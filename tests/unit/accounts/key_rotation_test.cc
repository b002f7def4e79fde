#include "engine/accounts/key_rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/base/encoding.h"
#include "engine/connector/connector.h"
#include "engine/ports/application_store.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_data_key_store.h"
#include "tests/support/memory_early_value_store.h"

namespace sb::accounts {
namespace {

using adapters::crypto::SodiumKeys;
using adapters::crypto::SodiumVault;
using ports::KeyUse;
using ::testing::ElementsAre;
using testing::FailsWith;
using testing::IsOk;

const Secret kOld(std::string(32, 'o'));
const Secret kNew(std::string(32, 'n'));

/// Something that happens between two steps of a rotation: it sees the store as the rotation does.
class StoreWithEvents : public testing::MemoryDataKeyStore {
 public:
  std::function<void()> before_rewrap;

  Result<int> Rewrap(const std::vector<Rewrapping>& keys) override {
    if (before_rewrap) std::exchange(before_rewrap, {})();
    return MemoryDataKeyStore::Rewrap(keys);
  }
};

class Rotation : public ::testing::Test {
 protected:
  /// An instance that was given these keys, on the common database.
  struct Instance {
    Instance(Rotation& world, const std::vector<Secret>& newest_first)
        : keys(SodiumKeys::Create(newest_first).value()),
          vault(keys, world.data_keys_),
          rotation({world.data_keys_, world.early_values_, keys, vault}) {}

    Result<RotationProgress> Rotate(int messages = 1'000'000) {
      return rotation.Rotate([&](const RotationProgress& progress) {
        heard.push_back(progress);
        return static_cast<int>(heard.size()) < messages;
      });
    }

    SodiumKeys keys;
    SodiumVault vault;
    KeyRotation rotation;
    std::vector<RotationProgress> heard;
  };

  static ports::SealContext ContextOf(int tenant) {
    return ports::SecretContext("tenant" + std::to_string(tenant), "token");
  }

  /// A secret of each of so many tenants, sealed by an instance with the old key alone.
  void SealForTenants(int count) {
    const Instance before(*this, {kOld});
    for (int i = 0; i < count; ++i) {
      sealed_.push_back(
          before.vault.Seal(Secret("secret " + std::to_string(i)), ContextOf(i)).value());
    }
  }

  void ExpectAllOpenWith(const std::vector<Secret>& keys) {
    const Instance reader(*this, keys);
    for (int i = 0; i < static_cast<int>(sealed_.size()); ++i) {
      const auto opened = reader.vault.Open(sealed_[static_cast<std::size_t>(i)], ContextOf(i));
      ASSERT_THAT(opened, IsOk());
      EXPECT_EQ(opened->Reveal(), "secret " + std::to_string(i));
    }
  }

  StoreWithEvents data_keys_;
  testing::MemoryAccountStore accounts_;
  testing::MemorySecretStore secrets_;
  testing::MemoryEarlyValueStore early_values_{accounts_, secrets_};
  std::vector<std::string> sealed_;
};

TEST_F(Rotation, MovesEverythingUnderTheNewestKeySoThatTheOldOneMayGo) {
  SealForTenants(250);
  Instance both(*this, {kNew, kOld});
  const auto done = both.Rotate();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->total, 250);
  EXPECT_EQ(done->done, 250);
  EXPECT_EQ(done->failed, 0);
  EXPECT_THAT(data_keys_.Uses().value(), ElementsAre(KeyUse{both.keys.ids().front(), 250, 0}));
  ExpectAllOpenWith({kNew});
}

TEST_F(Rotation, MovesTheSecretsOfApplicationsPresentAndFormer) {
  const std::vector<std::string> owners = {"acme", "acme", ""};  // one of them twice: a former one
  std::vector<std::string> sealed;
  const Instance before(*this, {kOld});
  for (const std::string& owner : owners) {
    const auto context = ports::ApplicationContext(owner, "notebook");
    sealed.push_back(before.vault.Seal(Secret("of " + owner), context).value());
  }
  Instance both(*this, {kNew, kOld});
  ASSERT_THAT(both.Rotate(), IsOk());
  const Instance after(*this, {kNew});
  for (std::size_t i = 0; i < owners.size(); ++i) {
    const auto context = ports::ApplicationContext(owners[i], "notebook");
    const auto opened = after.vault.Open(sealed[i], context);
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(opened->Reveal(), "of " + owners[i]);
  }
}

TEST_F(Rotation, SaysHowFarItIs) {
  SealForTenants(250);
  Instance both(*this, {kNew, kOld});
  ASSERT_THAT(both.Rotate(), IsOk());
  std::vector<std::int64_t> done;
  for (const RotationProgress& progress : both.heard) done.push_back(progress.done);
  EXPECT_THAT(done, ElementsAre(0, 100, 200, 250));
}

TEST_F(Rotation, ThatBrokeOffIsFinishedByTheNextOne) {
  SealForTenants(250);
  Instance first(*this, {kNew, kOld});
  ASSERT_THAT(first.Rotate(2), IsOk());
  EXPECT_EQ(data_keys_.Uses()->size(), 2U);
  ExpectAllOpenWith({kNew, kOld});
  Instance second(*this, {kNew, kOld});
  EXPECT_EQ(second.Rotate()->total, 150);
  ExpectAllOpenWith({kNew});
}

TEST_F(Rotation, AtTwoInstancesAtOnceDoesEachPartOnce) {
  SealForTenants(150);
  Instance one(*this, {kNew, kOld});
  Instance other(*this, {kNew, kOld});
  data_keys_.before_rewrap = [&] { EXPECT_THAT(other.Rotate(), IsOk()); };
  EXPECT_THAT(one.Rotate(), IsOk());
  EXPECT_EQ(data_keys_.Uses()->size(), 1U);
  ExpectAllOpenWith({kNew});
}

TEST_F(Rotation, MissesNoDataKeyThatIsMadeMeanwhile) {
  SealForTenants(1);
  const Instance other(*this, {kNew, kOld});
  data_keys_.before_rewrap = [&] {
    ASSERT_THAT(other.vault.Seal(Secret("late"), {"account/a", "credential/a/acme/1"}), IsOk());
  };
  Instance both(*this, {kNew, kOld});
  ASSERT_THAT(both.Rotate(), IsOk());
  EXPECT_THAT(data_keys_.Uses().value(), ElementsAre(KeyUse{both.keys.ids().front(), 2, 0}));
}

TEST_F(Rotation, IsRefusedWhileAnInstanceLacksTheNewKey) {
  SealForTenants(1);
  ASSERT_THAT(data_keys_.Hold(InstanceId(7), {"another"}), IsOk());
  Instance both(*this, {kNew, kOld});
  EXPECT_THAT(both.Rotate(), FailsWith(ErrorKind::kConflict, "VAULT_KEY_NOT_EVERYWHERE"));
  ExpectAllOpenWith({kOld});
}

TEST_F(Rotation, LeavesWhatDoesNotOpenAndSaysSo) {
  SealForTenants(2);
  const auto good = data_keys_.Find("tenant/tenant0").value().value();
  auto damaged = good;
  damaged.wrapped.back() = static_cast<char>(damaged.wrapped.back() ^ 1);
  ASSERT_EQ(data_keys_.Rewrap({{good, damaged}}).value(), 1);
  Instance both(*this, {kNew, kOld});
  const auto done = both.Rotate();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->failed, 1);
  ASSERT_EQ(both.heard.back().failures.size(), 1U);
  EXPECT_EQ(both.heard.back().failures.front().what, "tenant/tenant0");
  EXPECT_EQ(both.heard.back().failures.front().error.code, "VAULT_CANNOT_OPEN");
  EXPECT_EQ(data_keys_.Uses()->size(), 2U) << "the old key is still needed";
}

// Sealed by the program before there were data keys, with key "oo...o", for credential/<account 1>
// and for secret/acme/token.
constexpr const char* kEarlyCredential =
    "0180de0e4f567b2c25c5802f25303f508327e0ac842e1f5fb350f817587b19bb761bc0304c936010"
    "ac498a1d8843834d92b0e0f8e3c5e07ca106d54f45b6636e043efca871671410365e57f706882015"
    "ac2b27c45a060fdd3034d998ea9b9596c21e875871909e0c13a88e67a7867f86562e6f328d00c1d0"
    "d2c2156ce08f81abfa5f159cb76ea290e77f5101";
constexpr const char* kEarlySecret =
    "0180de0e4f567b2c258ec058e5e6b4c493d3af630d433f5f5a8d8a0f7776e7e0621bc412abfc64e6"
    "9147c96efd882027ace2f1c227967157c4f8a123c9e81e482507d095ac381c8f07355b2ed4bde96c"
    "87e266926a3cf872532c4e864f3401484d53fdd3b0096ab6a1970d9b5b0eba2fe443418057a81333"
    "1e33d1eeffeeb393f8d9fd6ae63eeb61";

TEST_F(Rotation, SealsValuesOfTheEarlyFormAnew) {
  ports::Account account;
  account.id = AccountId(1);
  account.connector = "aircall";
  ASSERT_THAT(accounts_.Insert(account), IsOk());
  ASSERT_THAT(accounts_.PutCredential(account.id, {1, FromHex(kEarlyCredential).value()}), IsOk());
  ASSERT_THAT(secrets_.Put({"acme", "token", FromHex(kEarlySecret).value(), {}}), IsOk());
  ASSERT_THAT(secrets_.Put({"acme", "zz", std::string("\x01") + "damaged", {}}), IsOk());
  Instance both(*this, {kNew, kOld});
  ASSERT_THAT(both.vault.CheckKeys(), IsOk());
  const auto done = both.Rotate();
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->done, 3);
  EXPECT_EQ(done->failed, 1);
  const Instance after(*this, {kNew});
  const auto credential = accounts_.GetCredential(account.id).value();
  EXPECT_EQ(credential.generation, 1);
  EXPECT_EQ(
      after.vault.Open(credential.sealed, connector::CredentialContext(account.id, "aircall", 1))
          ->Reveal(),
      "an early credential");
  EXPECT_EQ(after.vault
                .Open(secrets_.Find("acme", "token").value()->sealed,
                      ports::SecretContext("acme", "token"))
                ->Reveal(),
            "an early secret");
}

TEST_F(Rotation, ListsWhatNeedsWhichKey) {
  SealForTenants(3);
  Instance both(*this, {kNew, kOld});
  const auto keys = both.rotation.Keys().value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].use, (KeyUse{both.keys.ids()[0], 0, 0}));
  EXPECT_TRUE(keys[0].here);
  EXPECT_FALSE(keys[0].wraps);
  EXPECT_EQ(keys[1].use, (KeyUse{both.keys.ids()[1], 3, 0}));
  EXPECT_TRUE(keys[1].wraps);
  Instance stranger(*this, {kNew});
  const auto seen = stranger.rotation.Keys().value();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_FALSE(seen[1].here);
}

}  // namespace
}  // namespace sb::accounts
