#include "connectors/aircall/sandbox/app_install.h"

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

  IdSource ids_{42};
  WallTime now_ = FromUnixSeconds(kStart);
  AppInstall app_{{"App", "client", "secret", {kBack}}, ids_};
};

auto Fails(const std::string& code) {
  return FailsWith(ErrorKind::kInvalid, code);
}

TEST_F(Install, GivesATokenForACode) {
  const auto token = app_.Redeem(Form(Consent()), now_);
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->size(), 40U);
  EXPECT_TRUE(app_.HoldsToken(*token));
  EXPECT_THAT(app_.integration()->number_ids, ElementsAre(1400001));
}

TEST_F(Install, GivesOneTokenForOneCode) {
  const std::string code = Consent();
  ASSERT_THAT(app_.Redeem(Form(code), now_), IsOk());
  EXPECT_THAT(app_.Redeem(Form(code), now_), Fails("SANDBOX_OAUTH_GRANT"));
}

TEST_F(Install, LetsACodeLiveForTenMinutes) {
  const std::string code = Consent();
  EXPECT_THAT(app_.Redeem(Form(code), now_ + 600s), Fails("SANDBOX_OAUTH_GRANT"));
  EXPECT_THAT(app_.Redeem(Form(code), now_ + 600s - 1us), IsOk());
}

TEST_F(Install, WantsTheSameReturnAddressAgain) {
  TokenRequest form = Form(Consent());
  form.redirect_uri = "https://app.example/cb/";
  EXPECT_THAT(app_.Redeem(form, now_), Fails("SANDBOX_OAUTH_GRANT"));
}

TEST_F(Install, KnowsItsClient) {
  TokenRequest form = Form(Consent());
  form.client_secret = "guess";
  EXPECT_THAT(app_.Redeem(form, now_), Fails("SANDBOX_OAUTH_CLIENT"));
}

TEST_F(Install, KnowsOneGrantTypeAndWantsEveryField) {
  TokenRequest form = Form(Consent());
  form.grant_type = "refresh_token";
  EXPECT_THAT(app_.Redeem(form, now_), Fails("SANDBOX_OAUTH_GRANT_TYPE"));
  form.grant_type = "";
  EXPECT_THAT(app_.Redeem(form, now_), Fails("SANDBOX_OAUTH_REQUEST"));
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
  const auto token = app_.Redeem(Form(Consent()), now_);
  const std::string code = Consent();
  app_.Remove();
  EXPECT_FALSE(app_.HoldsToken(*token));
  EXPECT_THAT(app_.Redeem(Form(code), now_), Fails("SANDBOX_OAUTH_GRANT"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
