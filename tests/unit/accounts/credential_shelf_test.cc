#include "engine/accounts/credential_shelf.h"

#include <gtest/gtest.h>

#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using accounts::CredentialShelf;

class Credentials : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  Credentials() {
    account_.id = AccountId(1);
    account_.connector = "aircall";
    EXPECT_TRUE(accounts.Insert(account_).ok());
  }

  static connector::Credential Token(const std::string& token) {
    return {"oauth", {{"access_token", Secret(token)}}};
  }

  ports::Account account_;
  CredentialShelf shelf_{accounts, vault};
};

TEST_F(Credentials, ComeBackAsTheyWerePut) {
  ASSERT_TRUE(shelf_.Put(account_, Token("one")).ok());
  const auto credential = shelf_.Get(account_);
  ASSERT_TRUE(credential.ok());
  EXPECT_EQ(credential->method, "oauth");
  EXPECT_EQ(credential->values.at("access_token").Reveal(), "one");
}

TEST_F(Credentials, RiseInGenerationWithEachReplacement) {
  ASSERT_TRUE(shelf_.Put(account_, Token("one")).ok());
  ASSERT_TRUE(shelf_.Put(account_, Token("two")).ok());
  EXPECT_EQ(accounts.GetCredential(account_.id)->generation, 2);
  EXPECT_EQ(shelf_.Get(account_)->values.at("access_token").Reveal(), "two");
}

TEST_F(Credentials, AreGoneOnceErasedHoweverOften) {
  ASSERT_TRUE(shelf_.Put(account_, Token("one")).ok());
  ASSERT_TRUE(shelf_.Erase(account_).ok());
  ASSERT_TRUE(shelf_.Erase(account_).ok());
  EXPECT_EQ(accounts.GetCredential(account_.id)->generation, 2);
  const auto credential = shelf_.Get(account_);
  ASSERT_FALSE(credential.ok());
  EXPECT_EQ(credential.error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(credential.error().code, "ACCOUNT_NEEDS_REAUTH");
}

TEST_F(Credentials, OfAnUnknownAccountDoNotExist) {
  ports::Account nobody = account_;
  nobody.id = AccountId(99);
  EXPECT_FALSE(shelf_.Get(nobody).ok());
}

TEST_F(Credentials, OfAnotherRowDoNotOpen) {
  ASSERT_TRUE(shelf_.Put(account_, Token("one")).ok());
  ports::Account other = account_;
  other.id = AccountId(2);
  ASSERT_TRUE(accounts.Insert(other).ok());
  ASSERT_TRUE(
      accounts.PutCredential(other.id, {1, accounts.GetCredential(account_.id)->sealed}).ok());
  EXPECT_EQ(shelf_.Get(other).error().code, "VAULT_CANNOT_OPEN");
}

}  // namespace
}  // namespace sb
