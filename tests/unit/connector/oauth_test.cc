#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;
using ::testing::Pair;

const OAuthSpec& Spec() {
  return *Acme().FindConnector("acme")->oauth;
}

TokenRequest Exchange() {
  return {"c0de", "https://us.example/back?x=1", "client", Secret("s&cret")};
}

TEST(RenderAuthorizeUrl, CarriesEverythingEncoded) {
  EXPECT_EQ(RenderAuthorizeUrl(Spec(), {"client", "https://us.example/back?x=1", "st=ate", ""}),
            "https://login.acme.example/"
            "consent?client_id=client&redirect_uri=https%3A%2F%2Fus.example%2Fback%3Fx%3D1"
            "&response_type=code&scope=read%20write&state=st%3Date");
}

TEST(RenderAuthorizeUrl, KeepsAQueryThatIsThereAlready) {
  OAuthSpec spec = Spec();
  spec.authorize_url += "?brand=1";
  EXPECT_THAT(RenderAuthorizeUrl(spec, {"c", "r", "s", ""}),
              ::testing::HasSubstr("/consent?brand=1&client_id=c"));
}

TEST(RenderTokenRequest, IsAFormWhereTheProviderWantsOne) {
  const auto request = RenderTokenRequest(Spec(), Exchange());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://api.acme.example/token");
  EXPECT_EQ(
      request.body,
      "grant_type=authorization_code&code=c0de&redirect_uri=https%3A%2F%2Fus.example%2Fback%3Fx%3D1"
      "&client_id=client&client_secret=s%26cret");
  EXPECT_THAT(request.headers, Contains(Pair("Content-Type", "application/x-www-form-urlencoded")));
}

TEST(RenderTokenRequest, IsJsonElsewhere) {
  const auto request = RenderTokenRequest(*Aircall().FindConnector("aircall")->oauth, Exchange());
  EXPECT_EQ(request.url, "https://api.aircall.io/v1/oauth/token");
  EXPECT_EQ(ParseJson(request.body).value(), Json({{"grant_type", "authorization_code"},
                                                   {"code", "c0de"},
                                                   {"redirect_uri", "https://us.example/back?x=1"},
                                                   {"client_id", "client"},
                                                   {"client_secret", "s&cret"}}));
}

TEST(RenderAuthorizeUrl, ShowsOnlyTheHashOfTheVerifierWhereTheProviderDoesPkce) {
  OAuthSpec spec = Spec();
  spec.pkce = true;
  // The pair of RFC 7636, appendix B.
  const std::string verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_THAT(
      RenderAuthorizeUrl(spec, {"c", "r", "s", verifier}),
      AllOf(::testing::HasSubstr("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ::testing::HasSubstr("&code_challenge_method=S256"),
            Not(::testing::HasSubstr(verifier))));
  auto exchange = Exchange();
  exchange.code_verifier = verifier;
  EXPECT_THAT(RenderTokenRequest(spec, exchange).body,
              ::testing::HasSubstr("&code_verifier=" + verifier));
}

TEST(ReadTokenResponse, HoldsTheTokenAsACredential) {
  const auto grant =
      ReadTokenResponse({200, {}, R"({"access_token": "t0ken", "token_type": "Bearer"})"});
  ASSERT_THAT(grant, Succeeds());
  EXPECT_EQ(grant->credential.method, "oauth");
  EXPECT_EQ(grant->credential.values.at("access_token").Reveal(), "t0ken");
}

TEST(ReadTokenResponse, RepeatsWhyTheCodeWasRefused) {
  EXPECT_THAT(
      ReadTokenResponse({400, {}, R"({"error": "invalid_grant"})"}),
      AllOf(FailsWith(ErrorKind::kUnauthorized, "OAUTH_CODE_REFUSED"), Says("invalid_grant")));
  EXPECT_THAT(
      ReadTokenResponse(
          {400, {}, R"({"error": "invalid_grant", "error_description": "the code has expired"})"}),
      Says("invalid_grant: the code has expired"));
  EXPECT_THAT(ReadTokenResponse({401, {}, "<html>"}),
              FailsWith(ErrorKind::kUnauthorized, "OAUTH_CODE_REFUSED"));
}

TEST(ReadTokenResponse, FollowsNoRedirectAndReadsNoPage) {
  EXPECT_THAT(ReadTokenResponse({302, {{"location", "https://evil.example/token"}}, ""}),
              AllOf(FailsWith(ErrorKind::kUnavailable, "OAUTH_UNAVAILABLE"),
                    Says("a redirect (302)"), Not(Says("evil"))));
  EXPECT_THAT(ReadTokenResponse({200, {}, "<html><b>Maintenance</b></html>"}),
              AllOf(FailsWith(ErrorKind::kUnavailable, "OAUTH_UNAVAILABLE"), Says("no JSON"),
                    Not(Says("Maintenance"))));
}

TEST(ReadTokenResponse, SaysWhenTheProviderCouldNotAnswer) {
  for (const int status : {408, 429, 500, 503}) {
    EXPECT_THAT(ReadTokenResponse({status, {}, ""}),
                FailsWith(ErrorKind::kUnavailable, "OAUTH_UNAVAILABLE"));
  }
  EXPECT_THAT(ReadTokenResponse({200, {}, R"({"token": "t0ken"})"}),
              AllOf(FailsWith(ErrorKind::kUnavailable, "OAUTH_UNAVAILABLE"), Not(Says("t0ken"))));
}

}  // namespace
}  // namespace sb::connector
