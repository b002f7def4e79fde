// What holds of every vault, and then what holds of the one of the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/base/encoding.h"
#include "tests/support/glass_vault.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_data_key_store.h"

namespace sb {
namespace {

using adapters::crypto::SodiumKeys;
using adapters::crypto::SodiumVault;
using ports::SealContext;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

const Secret kKey(std::string(32, 'k'));
const Secret kOtherKey(std::string(32, 'o'));
const SealContext kContext{"account/acc_1", "credential/acc_1/aircall/1"};

/// A key ring, the data keys that it wraps, and a vault over both.
struct SodiumWorld {
  explicit SodiumWorld(const std::vector<Secret>& newest_first = {kKey})
      : keys(SodiumKeys::Create(newest_first).value()) {}

  /// The same database, seen by an instance that was given other keys.
  SodiumWorld(testing::MemoryDataKeyStore& theirs, const std::vector<Secret>& newest_first)
      : keys(SodiumKeys::Create(newest_first).value()), data_keys(theirs) {}

  testing::MemoryDataKeyStore own;
  SodiumKeys keys;
  testing::MemoryDataKeyStore& data_keys = own;
  SodiumVault vault{keys, data_keys};
};

struct GlassWorld {
  testing::GlassVault vault;
};

MATCHER_P(Says, text, "") {
  return arg.error().message.find(text) != std::string::npos;
}

auto ClosesWithoutShowing(const std::string& secret) {
  return ::testing::AllOf(FailsWith(ErrorKind::kInternal, "VAULT_CANNOT_OPEN"), Not(Says(secret)));
}

template <typename World>
class VaultContract : public ::testing::Test {
 protected:
  std::string Seal(const std::string& text, const SealContext& context = kContext) {
    return vault_.Seal(Secret(text), context).value();
  }

  World world_;
  ports::Vault& vault_ = world_.vault;
};

using Worlds = ::testing::Types<GlassWorld, SodiumWorld>;

class WorldNames {
 public:
  template <typename World>
  static std::string GetName(int /*index*/) {
    return std::is_same_v<World, GlassWorld> ? "Glass" : "Sodium";
  }
};

TYPED_TEST_SUITE(VaultContract, Worlds, WorldNames);

TYPED_TEST(VaultContract, OpensWhatItSealed) {
  for (const std::string& text : {std::string("a-token"), std::string(), std::string(100'000, 'x'),
                                  std::string("\0\xFF", 2)}) {
    const Result<Secret> opened = this->vault_.Open(this->Seal(text), kContext);
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(opened->Reveal(), text);
  }
}

TYPED_TEST(VaultContract, DoesNotOpenAsAnythingElse) {
  const std::string sealed = this->Seal("a-token");
  (void)this->Seal("another", {"account/acc_2", "credential/acc_2/aircall/1"});
  for (const SealContext& context : {SealContext{"account/acc_2", "credential/acc_2/aircall/1"},
                                     SealContext{"account/acc_1", "credential/acc_1/other/1"},
                                     SealContext{"account/acc_1", "credential/acc_1/aircall/2"},
                                     SealContext{"tenant/acc_1", "credential/acc_1/aircall/1"}}) {
    EXPECT_THAT(this->vault_.Open(sealed, context), ClosesWithoutShowing("a-token"))
        << context.owner << " " << context.value;
  }
}

TYPED_TEST(VaultContract, NoticesEveryFlippedBit) {
  const std::string sealed = this->Seal("a-token");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_THAT(this->vault_.Open(damaged, kContext), ClosesWithoutShowing("a-token"))
        << "bit " << bit;
  }
}

TYPED_TEST(VaultContract, NoticesEveryCut) {
  const std::string sealed = this->Seal("a-token");
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_THAT(this->vault_.Open(sealed.substr(0, length), kContext),
                ClosesWithoutShowing("a-token"));
  }
}

TEST(Vault, DoesNotShowTheSecretInWhatItSealed) {
  const SodiumWorld world;
  EXPECT_THAT(world.vault.Seal(Secret("a-token"), kContext).value(), Not(HasSubstr("a-token")));
}

TEST(Vault, SealsTheSameSecretDifferentlyEachTime) {
  const SodiumWorld world;
  EXPECT_NE(world.vault.Seal(Secret("a-token"), kContext).value(),
            world.vault.Seal(Secret("a-token"), kContext).value());
}

TEST(Vault, GivesEachOwnerOneDataKeyAndAsksForItOnce) {
  const SodiumWorld world;
  const SealContext next{kContext.owner, "credential/acc_1/aircall/2"};
  const std::string first = world.vault.Seal(Secret("one"), kContext).value();
  const int finds = world.data_keys.finds();
  const std::string second = world.vault.Seal(Secret("two"), next).value();
  EXPECT_THAT(world.vault.Open(first, kContext), IsOk());
  EXPECT_THAT(world.vault.Open(second, next), IsOk());
  EXPECT_EQ(world.data_keys.finds(), finds);
  ASSERT_THAT(world.vault.Seal(Secret("x"), {"tenant/acme", "secret/acme/x"}), IsOk());
  EXPECT_EQ(world.data_keys.Uses()->front().data_keys, 2);
}

TEST(Vault, OfAnotherInstanceWithTheSameKeyOpensAndSealsForIt) {
  SodiumWorld one;
  const SodiumWorld other(one.own, {kKey});
  const std::string sealed = one.vault.Seal(Secret("a-token"), kContext).value();
  EXPECT_EQ(other.vault.Open(sealed, kContext)->Reveal(), "a-token");
  const std::string back = other.vault.Seal(Secret("b-token"), kContext).value();
  EXPECT_EQ(one.vault.Open(back, kContext)->Reveal(), "b-token");
}

TEST(Vault, WithAnotherKeyIsRefusedAndNeitherOpensNorSeals) {
  SodiumWorld one;
  const std::string sealed = one.vault.Seal(Secret("a-token"), kContext).value();
  const SodiumWorld stranger(one.own, {kOtherKey});
  EXPECT_THAT(stranger.vault.CheckKeys(), FailsWith(ErrorKind::kInvalid, "VAULT_KEY_DIFFERENT"));
  EXPECT_THAT(stranger.vault.Open(sealed, kContext), ClosesWithoutShowing("a-token"));
  EXPECT_THAT(stranger.vault.Seal(Secret("x"), kContext), ClosesWithoutShowing("x-token"));
  EXPECT_THAT(stranger.vault.Seal(Secret("x"), {"tenant/acme", "secret/acme/x"}),
              FailsWith(ErrorKind::kInvalid, "VAULT_KEY_DIFFERENT"));
}

TEST(Vault, WithANewKeyWrapsWithTheOldOneUntilTheDatabaseSaysOtherwise) {
  SodiumWorld before;
  ASSERT_THAT(before.vault.CheckKeys(), IsOk());
  const SodiumWorld early(before.own, {kOtherKey, kKey});
  ASSERT_THAT(early.vault.CheckKeys(), IsOk());
  const std::string sealed = early.vault.Seal(Secret("a-token"), kContext).value();
  EXPECT_EQ(before.vault.Open(sealed, kContext)->Reveal(), "a-token");

  const auto check = before.own.Find(ports::kKeyCheck).value().value();
  ASSERT_TRUE(before.own.MoveCheck({check, early.keys.Rewrap(check).value()}).value());
  const SealContext later{"account/acc_2", "credential/acc_2/aircall/1"};
  ASSERT_THAT(early.vault.Seal(Secret("b-token"), later), IsOk());
  EXPECT_EQ(before.own.Find("account/acc_2").value()->key_id, early.keys.ids().front());
}

TEST(Vault, OpensAfterItsDataKeyWasWrappedAnew) {
  SodiumWorld before;
  const std::string sealed = before.vault.Seal(Secret("a-token"), kContext).value();
  const SodiumWorld both(before.own, {kOtherKey, kKey});
  const auto stored = before.own.Find(kContext.owner).value().value();
  ASSERT_EQ(before.own.Rewrap({{stored, both.keys.Rewrap(stored).value()}}).value(), 1);
  const SodiumWorld after(before.own, {kOtherKey});
  EXPECT_EQ(after.vault.Open(sealed, kContext)->Reveal(), "a-token");
}

TEST(Vault, DoesNotTakeTheDataKeyOfAnotherOwner) {
  SodiumWorld world;
  ASSERT_THAT(world.vault.Seal(Secret("a-token"), kContext), IsOk());
  auto stolen = world.own.Find(kContext.owner).value().value();
  stolen.owner = "account/acc_2";
  ASSERT_TRUE(world.own.Add(stolen).value());
  EXPECT_THAT(world.vault.Seal(Secret("x"), {"account/acc_2", "credential/acc_2/aircall/1"}),
              FailsWith(ErrorKind::kInternal, "VAULT_CANNOT_OPEN"));
}

// Sealed by the program before owners had data keys, with key "kk...k", for kContext.
constexpr const char* kEarly =
    "014712a9e48f5d0bcfe0ed45ed28b758392e772f6ef0cb871e67aad5b7128a7acce4e32537a728c4"
    "2ca328b5aa9fefe149138e7851b7cd4a72f036bfbb2affe762c72df28bc0c549ef55768b7010fe4b"
    "d5011fd1fad071ae3dadd61371431cc300418541744e373f19722fb0135f0812a9eb4a8512721ce3"
    "41c3d106348998e4256aedf1137b1c";

TEST(Vault, OpensValuesOfTheEarlyFormWithoutADataKey) {
  const SodiumWorld world;
  const std::string early = FromHex(kEarly).value();
  const auto opened = world.vault.Open(early, kContext);
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->Reveal(), "an-early-token");
  EXPECT_THAT(world.vault.Open(early, {kContext.owner, "credential/acc_2/aircall/1"}),
              ClosesWithoutShowing("an-early-token"));
  for (std::size_t length = 0; length < early.size(); ++length)
    EXPECT_FALSE(world.vault.Open(early.substr(0, length), kContext).ok());
}

TEST(VaultKeys, HaveIdsThatDoNotDependOnTheirOrder) {
  const auto one = SodiumKeys::Create({kKey, kOtherKey, kKey}).value();
  const auto other = SodiumKeys::Create({kOtherKey, kKey}).value();
  ASSERT_EQ(one.ids().size(), 2U);
  EXPECT_EQ(one.ids()[0], other.ids()[1]);
  EXPECT_EQ(one.ids()[1], other.ids()[0]);
  EXPECT_EQ(one.ids()[0].size(), 16U);
}

TEST(VaultKeys, AreRefusedWhenThereIsNoneOrOneOfTheWrongLength) {
  EXPECT_THAT(SodiumKeys::Create({}), FailsWith(ErrorKind::kInvalid, "VAULT_KEY_INVALID"));
  EXPECT_THAT(SodiumKeys::Create({kKey, Secret("short")}),
              FailsWith(ErrorKind::kInvalid, "VAULT_KEY_INVALID"));
}

}  // namespace
}  // namespace sb
