#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/crypto/sodium_vault.h"

namespace sb {
namespace {

using adapters::crypto::SodiumVault;
using ::testing::HasSubstr;
using ::testing::Not;

const Secret kKey(std::string(32, 'k'));
const Secret kOtherKey(std::string(32, 'o'));
const ports::SealContext kContext{"account/acc_1", "credential/acc_1/aircall/1"};

SodiumVault VaultWith(const Secret& key, const std::vector<Secret>& retired = {}) {
  return std::move(SodiumVault::Create(key, retired)).value();
}

void ExpectClosed(const Result<Secret>& opened) {
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kInternal);
  EXPECT_EQ(opened.error().code, "VAULT_CANNOT_OPEN");
  EXPECT_THAT(opened.error().message, Not(HasSubstr("a-token")));
}

TEST(Vault, OpensWhatItSealed) {
  const SodiumVault vault = VaultWith(kKey);
  for (const std::string& text : {std::string("a-token"), std::string(), std::string(100'000, 'x'),
                                  std::string("\0\xFF", 2)}) {
    const Result<Secret> opened = vault.Open(vault.Seal(Secret(text), kContext).value(), kContext);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->Reveal(), text);
  }
}

TEST(Vault, DoesNotShowTheSecretInWhatItSealed) {
  EXPECT_THAT(VaultWith(kKey).Seal(Secret("a-token"), kContext).value(), Not(HasSubstr("a-token")));
}

TEST(Vault, SealsTheSameSecretDifferentlyEachTime) {
  const SodiumVault vault = VaultWith(kKey);
  EXPECT_NE(vault.Seal(Secret("a-token"), kContext).value(),
            vault.Seal(Secret("a-token"), kContext).value());
}

TEST(Vault, DoesNotOpenASecretThatWasCopiedToAnotherRow) {
  const SodiumVault vault = VaultWith(kKey);
  ExpectClosed(vault.Open(vault.Seal(Secret("a-token"), kContext).value(),
                          {"account/acc_1", "credential/acc_2/aircall/1"}));
}

TEST(Vault, DoesNotOpenWithAnotherKey) {
  const std::string sealed = VaultWith(kKey).Seal(Secret("a-token"), kContext).value();
  ExpectClosed(VaultWith(kOtherKey).Open(sealed, kContext));
}

TEST(Vault, OpensWithARetiredKeyAfterTheKeyWasReplaced) {
  const std::string sealed = VaultWith(kKey).Seal(Secret("a-token"), kContext).value();
  const SodiumVault replaced = VaultWith(kOtherKey, {kKey});
  ASSERT_TRUE(replaced.Open(sealed, kContext).ok());
  ExpectClosed(VaultWith(kKey).Open(replaced.Seal(Secret("a-token"), kContext).value(), kContext));
}

TEST(Vault, NoticesEveryFlippedBit) {
  const SodiumVault vault = VaultWith(kKey);
  const std::string sealed = vault.Seal(Secret("a-token"), kContext).value();
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(vault.Open(damaged, kContext).ok()) << "bit " << bit;
  }
}

TEST(Vault, NoticesEveryCut) {
  const SodiumVault vault = VaultWith(kKey);
  const std::string sealed = vault.Seal(Secret("a-token"), kContext).value();
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    ExpectClosed(vault.Open(sealed.substr(0, length), kContext));
  }
}

TEST(Vault, RefusesAKeyOfTheWrongLength) {
  const auto vault = SodiumVault::Create(Secret("short"));
  ASSERT_FALSE(vault.ok());
  EXPECT_EQ(vault.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(vault.error().code, "VAULT_KEY_INVALID");
}

}  // namespace
}  // namespace sb
