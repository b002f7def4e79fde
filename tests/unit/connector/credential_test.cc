#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

TEST(Credential, ComesBackFromItsSecretAsItWas) {
  const auto back = Credential::FromSecret(AcmeKey().ToSecret());
  ASSERT_THAT(back, Succeeds());
  EXPECT_EQ(back->method, "api_key");
  EXPECT_EQ(back->values.at("user").Reveal(), "ann");
  EXPECT_EQ(back->values.at("key").Reveal(), "s3cret");
  EXPECT_EQ(back->values.size(), 2U);
}

TEST(Credential, SaysWhenItDoesNotDecodeWithoutShowingIt) {
  for (const char* stored : {"", "hush", "[]", R"({"key": "hush"})"}) {
    EXPECT_THAT(Credential::FromSecret(Secret(stored)),
                ::testing::AllOf(FailsWith(ErrorKind::kInternal, "CREDENTIAL_UNREADABLE"),
                                 ::testing::Not(Says("hush"))));
  }
}

TEST(Credential, IsBoundToAccountConnectorAndGeneration) {
  const AccountId account(77);
  const ports::SealContext context = CredentialContext(account, "acme", 3);
  EXPECT_EQ(context.owner, "account/" + ToText(account));
  EXPECT_EQ(context.value, "credential/" + ToText(account) + "/acme/3");
}

}  // namespace
}  // namespace sb::connector
