#include "connectors/aircall/sandbox/world/app_install.h"

#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;

constexpr const char* kBack = "https://app.example/cb";

class Install : public ::testing::Test {
 protected:
  std::string Consent() { return app_.Consent(kBack, 2100001, {1400001}, now_); }

  TokenRequest Form(const std::string& code) const {
    return {"authorization_code", code, kBack, "client", "secret"};
  }

  TokenRequest RefreshForm(const std::string& token) const {
    return {"refresh_token", "", "", "client", "secret", token};
  }

  Result<IssuedTokens> Redeem(const TokenRequest& form) { return app_.Redeem(form, now_, rules_); }

  std::shared_ptr<IdSource> ids_ = std::make_shared<IdSource>(42);
  WallTime now_ = FromUnixSeconds(kStart);
  TokenRules rules_;
  AppInstall app_{{"App", "client", "secret", {kBack}}, ids_};
};

/// An app whose tokens live for an hour, and refresh tokens for a day.
class ExpiringInstall : public Install {
 protected:
  ExpiringInstall() {
    rules_ = {.expiring = true, .token_life = 3600s, .refresh_life = 86400s, .grace = 60s};
  }

  IssuedTokens Begin() { return *Redeem(Form(Consent())); }
};

auto Fails(const std::string& code) {
  return FailsWith(ErrorKind::kInvalid, code);
}

TEST_F(Install, GivesATokenForACode) {
  const auto tokens = Redeem(Form(Consent()));
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token.size(), 40U);
  EXPECT_TRUE(app_.HoldsToken(tokens->access_token, now_));
  EXPECT_THAT(app_.integration()->number_ids, ElementsAre(1400001));
}

TEST_F(Install, GivesTokensThatLastUntilRemoval) {
  const auto tokens = Redeem(Form(Consent()));
  ASSERT_THAT(tokens, IsOk());
  EXPECT_FALSE(tokens->expires_at);
  EXPECT_EQ(tokens->refresh_token, "");
  EXPECT_TRUE(app_.HoldsToken(tokens->access_token, now_ + std::chrono::years(20)));
}

TEST_F(Install, GivesOneTokenForOneCode) {
  const std::string code = Consent();
  ASSERT_THAT(Redeem(Form(code)), IsOk());
  EXPECT_THAT(Redeem(Form(code)), Fails("SANDBOX_OAUTH_GRANT"));
}

TEST_F(Install, TakesACodeAgainWhenSwitchedSo) {
  rules_.codes_last = true;
  const std::string code = Consent();
  ASSERT_THAT(Redeem(Form(code)), IsOk());
  EXPECT_THAT(Redeem(Form(code)), IsOk());
  now_ += 600s;
  EXPECT_THAT(Redeem(Form(code)), Fails("SANDBOX_OAUTH_GRANT"));
}

TEST_F(Install, LetsACodeLiveForTenMinutes) {
  const std::string code = Consent();
  now_ += 600s;
  EXPECT_THAT(Redeem(Form(code)), Fails("SANDBOX_OAUTH_GRANT"));
  now_ -= 1us;
  EXPECT_THAT(Redeem(Form(code)), IsOk());
}

TEST_F(Install, WantsTheSameReturnAddressAgain) {
  TokenRequest form = Form(Consent());
  form.redirect_uri = "https://app.example/cb/";
  EXPECT_THAT(Redeem(form), Fails("SANDBOX_OAUTH_GRANT"));
  rules_.same_redirect = false;
  form.redirect_uri = "";
  EXPECT_THAT(Redeem(form), IsOk());
}

TEST_F(Install, KnowsItsClient) {
  TokenRequest form = Form(Consent());
  form.client_secret = "guess";
  EXPECT_THAT(Redeem(form), Fails("SANDBOX_OAUTH_CLIENT"));
}

TEST_F(Install, KnowsOneGrantTypeAndWantsEveryField) {
  TokenRequest form = Form(Consent());
  form.grant_type = "password";
  EXPECT_THAT(Redeem(form), Fails("SANDBOX_OAUTH_GRANT_TYPE"));
  form.grant_type = "";
  EXPECT_THAT(Redeem(form), Fails("SANDBOX_OAUTH_REQUEST"));
  EXPECT_THAT(Redeem(RefreshForm("any")), Fails("SANDBOX_OAUTH_GRANT_TYPE"));
}

TEST_F(Install, ComparesARegisteredReturnAddressLetterByLetter) {
  EXPECT_TRUE(app_.AcceptsRedirect(kBack));
  EXPECT_FALSE(app_.AcceptsRedirect("https://app.example/cb?x=1"));
  EXPECT_FALSE(app_.AcceptsRedirect("http://127.0.0.1/cb"));
}

TEST_F(Install, WithoutARegisteredAddressReturnsToThisMachineOnly) {
  const AppInstall open({"App", "client", "secret", {}}, ids_);
  EXPECT_TRUE(open.AcceptsRedirect("http://127.0.0.1:4000/cb"));
  EXPECT_FALSE(open.AcceptsRedirect("https://app.example/cb"));
}

TEST_F(Install, ForgetsTokensAndCodesWhenRemoved) {
  const auto tokens = Redeem(Form(Consent()));
  const std::string code = Consent();
  app_.Remove();
  EXPECT_FALSE(app_.HoldsToken(tokens->access_token, now_));
  EXPECT_THAT(Redeem(Form(code)), Fails("SANDBOX_OAUTH_GRANT"));
}

TEST_F(ExpiringInstall, GivesATokenWithAnEndAndASuccessor) {
  const IssuedTokens tokens = Begin();
  EXPECT_EQ(tokens.expires_at, now_ + 3600s);
  EXPECT_TRUE(app_.HoldsToken(tokens.access_token, now_ + 3600s - 1us));
  EXPECT_FALSE(app_.HoldsToken(tokens.access_token, now_ + 3600s));
  EXPECT_NE(tokens.refresh_token, "");
}

TEST_F(ExpiringInstall, RotatesItsRefreshToken) {
  const IssuedTokens first = Begin();
  now_ += 3600s;
  const auto second = Redeem(RefreshForm(first.refresh_token));
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_NE(second->access_token, first.access_token);
  EXPECT_TRUE(app_.HoldsToken(second->access_token, now_));
  EXPECT_THAT(Redeem(RefreshForm(second->refresh_token)), IsOk());
}

TEST_F(ExpiringInstall, LetsTheLastAccessTokenLiveOnAfterARefresh) {
  const IssuedTokens first = Begin();
  now_ += 10s;
  ASSERT_THAT(Redeem(RefreshForm(first.refresh_token)), IsOk());
  EXPECT_TRUE(app_.HoldsToken(first.access_token, now_));
}

TEST_F(ExpiringInstall, AnswersAUsedRefreshTokenWithTheSamePairForAWhile) {
  const IssuedTokens first = Begin();
  const auto second = Redeem(RefreshForm(first.refresh_token));
  now_ += 60s - 1us;
  const auto again = Redeem(RefreshForm(first.refresh_token));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->access_token, second->access_token);
  EXPECT_EQ(again->refresh_token, second->refresh_token);
}

TEST_F(ExpiringInstall, KillsTheWholeFamilyWhenAUsedRefreshTokenComesBackLate) {
  const IssuedTokens first = Begin();
  const auto second = Redeem(RefreshForm(first.refresh_token));
  const IssuedTokens other = Begin();
  now_ += 60s;
  EXPECT_THAT(Redeem(RefreshForm(first.refresh_token)), Fails("SANDBOX_OAUTH_GRANT"));
  EXPECT_FALSE(app_.HoldsToken(second->access_token, now_));
  EXPECT_THAT(Redeem(RefreshForm(second->refresh_token)), Fails("SANDBOX_OAUTH_GRANT"));
  EXPECT_TRUE(app_.HoldsToken(other.access_token, now_));
  EXPECT_THAT(Redeem(RefreshForm(other.refresh_token)), IsOk());
}

TEST_F(ExpiringInstall, WithoutGraceTakesEveryReuseForATheft) {
  rules_.grace = 0s;
  const IssuedTokens first = Begin();
  const auto second = Redeem(RefreshForm(first.refresh_token));
  EXPECT_THAT(Redeem(RefreshForm(first.refresh_token)), Fails("SANDBOX_OAUTH_GRANT"));
  EXPECT_FALSE(app_.HoldsToken(second->access_token, now_));
}

TEST_F(ExpiringInstall, LetsAnUnusedRefreshTokenDieInTime) {
  const IssuedTokens first = Begin();
  now_ += 86400s;
  EXPECT_THAT(Redeem(RefreshForm(first.refresh_token)), Fails("SANDBOX_OAUTH_GRANT"));
  now_ -= 1us;
  EXPECT_THAT(Redeem(RefreshForm(first.refresh_token)), IsOk());
}

TEST_F(ExpiringInstall, WantsTheClientAndTheTokenOfARefresh) {
  TokenRequest form = RefreshForm(Begin().refresh_token);
  form.client_id = "other";
  EXPECT_THAT(Redeem(form), Fails("SANDBOX_OAUTH_CLIENT"));
  EXPECT_THAT(Redeem(RefreshForm("")), Fails("SANDBOX_OAUTH_REQUEST"));
  EXPECT_THAT(Redeem(RefreshForm("guess")), Fails("SANDBOX_OAUTH_GRANT"));
}

TEST_F(ExpiringInstall, ForgetsItsRefreshTokensWhenRemoved) {
  const IssuedTokens tokens = Begin();
  app_.Remove();
  EXPECT_THAT(Redeem(RefreshForm(tokens.refresh_token)), Fails("SANDBOX_OAUTH_GRANT"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
