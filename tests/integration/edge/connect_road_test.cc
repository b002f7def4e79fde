// The connect link from page to page, as a browser walks it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/integration/edge/door_world.h"

namespace sb {
namespace {

using ::testing::AllOf;
using testing::DoorWorld;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::Not;
using ::testing::StartsWith;

std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t start = text.find(before);
  if (start == std::string::npos) return {};
  const std::size_t from = start + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class Road : public ::testing::Test, protected DoorWorld {
 protected:
  std::string ProofOf(const HttpAnswer& page) {
    return Between(page.body, "name=\"proof\" value=\"", "\"");
  }

  struct Away {
    std::string state;
    std::string cookie;
    std::string code;
  };

  Away Leave(const std::string& token) {
    const HttpAnswer page = Browse("/connect/" + token);
    const HttpAnswer leaving = Submit("/connect/" + token + "/oauth", "proof=" + ProofOf(page));
    EXPECT_EQ(leaving.status, 303) << leaving.body;
    return {Between(leaving.Header("location") + "&", "state=", "&"),
            Between(leaving.Header("set-cookie"), "", ";"),
            far_side.Consent(leaving.Header("location"))};
  }

  HttpAnswer ComeBack(const Away& away) { return ComeBack(away, "code=" + away.code); }

  HttpAnswer ComeBack(const Away& away, const std::string& query) {
    return Browse("/oauth/callback?" + query + "&state=" + away.state,
                  "Cookie: " + away.cookie + "\r\n");
  }

  /// The link's page in the browser that connected the account.
  HttpAnswer BrowseAsArrived(const std::string& token, const HttpAnswer& back) {
    const std::string cookie = Between(back.Header("set-cookie"), "arrived=", ";");
    return Browse("/connect/" + token, "Cookie: arrived=" + cookie + "\r\n");
  }

  std::string KeyFields(const std::string& secret) {
    return "&api_id=" + far_side.key().id + "&api_token=" + secret;
  }

  std::string KeyForm(const std::string& token, const std::string& secret) {
    return "proof=" + ProofOf(Browse("/connect/" + token)) + KeyFields(secret);
  }
};

TEST_F(Road, TheLinksPageTellsWhatWillBeGrantedAndWhoMayGrantIt) {
  const HttpAnswer page = Browse("/connect/" + NewLink());
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(
      page.body,
      AllOf(HasSubstr("Connect Aircall"), HasSubstr("acme"), HasSubstr("Calls with their notes"),
            HasSubstr("Notes and tags on calls"), HasSubstr("Only an administrator"),
            HasSubstr("Continue to Aircall"), HasSubstr("API token"), HasSubstr("30 minutes")));
  EXPECT_THAT(page.Header("content-security-policy"),
              HasSubstr("form-action 'self' https://dashboard.aircall.io"));
  EXPECT_EQ(page.Header("referrer-policy"), "no-referrer");
  EXPECT_EQ(page.Header("cache-control"), "no-store");
}

TEST_F(Road, TheBrowserLeavesWithACookieThatNoScriptAndNoOtherSiteSees) {
  const std::string token = NewLink();
  const HttpAnswer page = Browse("/connect/" + token);
  const HttpAnswer leaving = Submit("/connect/" + token + "/oauth", "proof=" + ProofOf(page));
  EXPECT_EQ(leaving.status, 303);
  EXPECT_THAT(leaving.Header("location"),
              StartsWith("https://dashboard.aircall.io/oauth/authorize?"));
  EXPECT_THAT(leaving.Header("set-cookie"), AllOf(HasSubstr("HttpOnly"), HasSubstr("SameSite=Lax"),
                                                  HasSubstr("Path=/oauth"), HasSubstr("Secure")));
}

TEST_F(Road, OverPlainHttpTheCookieIsNotMarkedSecure) {
  public_url = "http://127.0.0.1:1";
  const std::string token = NewLink();
  const HttpAnswer leaving =
      Submit("/connect/" + token + "/oauth", "proof=" + ProofOf(Browse("/connect/" + token)));
  EXPECT_THAT(leaving.Header("set-cookie"), Not(HasSubstr("Secure")));
}

TEST_F(Road, AGrantLeadsToTheLinksPageWhichSaysThatItIsDone) {
  const std::string token = NewLink();
  const HttpAnswer back = ComeBack(Leave(token));
  EXPECT_EQ(back.status, 303);
  EXPECT_EQ(back.Header("location"), "/connect/" + token);
  const HttpAnswer page = BrowseAsArrived(token, back);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body,
              AllOf(HasSubstr("Harbour Lamps is connected"), HasSubstr("4 users were found"),
                    HasSubstr("You can close this window")));
}

TEST_F(Road, AGrantLeadsBackToThePlatformWhenItAskedForThat) {
  const std::string token = NewLink("https://app.example/done?x=1#top");
  const HttpAnswer back = ComeBack(Leave(token));
  EXPECT_EQ(back.status, 303);
  EXPECT_THAT(back.Header("location"),
              AllOf(StartsWith("https://app.example/done?x=1&status=connected&account=acc_"),
                    HasSubstr("&session=con_"), ::testing::EndsWith("#top")));
}

TEST_F(Road, ALinkThatWentAstrayTellsNothingOfTheAccount) {
  const std::string token = NewLink();
  ASSERT_EQ(ComeBack(Leave(token)).status, 303);
  for (const char* cookie : {"", "Cookie: arrived=guess\r\n"}) {
    const HttpAnswer page = Browse("/connect/" + token, cookie);
    EXPECT_EQ(page.status, 410);
    EXPECT_THAT(page.body, AllOf(HasSubstr("This link was used"), Not(HasSubstr("Harbour"))));
  }
}

TEST_F(Road, ARefusalShowsAPageWithAWayToTryAgain) {
  const std::string token = NewLink();
  const HttpAnswer page = ComeBack(Leave(token), "error=access_denied");
  EXPECT_EQ(page.status, 403);
  EXPECT_THAT(page.body, AllOf(HasSubstr("Access was not granted"), HasSubstr("access_denied"),
                               HasSubstr("href=\"/connect/" + token + "\"")));
  EXPECT_THAT(Browse("/connect/" + token).body, HasSubstr("That did not work"));
  EXPECT_EQ(ComeBack(Leave(token)).status, 303);
}

TEST_F(Road, ARefusalWithoutAStateShowsTheWayBackToo) {
  const std::string token = NewLink();
  const Away away = Leave(token);
  const HttpAnswer page =
      Browse("/oauth/callback?error=access_denied", "Cookie: " + away.cookie + "\r\n");
  EXPECT_EQ(page.status, 403);
  EXPECT_THAT(page.body, HasSubstr("href=\"/connect/" + token + "\""));
}

TEST_F(Road, AForgedStateIsTurnedAway) {
  Away away = Leave(NewLink());
  away.state = "forged";
  const HttpAnswer page = ComeBack(away);
  EXPECT_EQ(page.status, 403);
  EXPECT_THAT(page.body, HasSubstr("This answer cannot be used"));
  EXPECT_TRUE(accounts.List({}, {})->items.empty());
}

TEST_F(Road, AnAnswerThatWasUsedIsTurnedAway) {
  const Away away = Leave(NewLink());
  ASSERT_EQ(ComeBack(away).status, 303);
  EXPECT_EQ(ComeBack(away).status, 403);
  EXPECT_EQ(accounts.List({}, {})->items.size(), 1U);
}

TEST_F(Road, AnAnswerInAnotherBrowserIsTurnedAway) {
  Away away = Leave(NewLink());
  away.cookie = "sb_other=x.y";
  EXPECT_EQ(ComeBack(away).status, 403);
  EXPECT_TRUE(accounts.List({}, {})->items.empty());
}

TEST_F(Road, TwoLinksMayBeOnTheirWayInOneBrowser) {
  const Away first = Leave(NewLink());
  const Away second = Leave(NewLink());
  const std::string both = first.cookie + "; " + second.cookie;
  EXPECT_EQ(ComeBack({first.state, both, first.code}).status, 303);
  EXPECT_EQ(ComeBack({second.state, both, second.code}).status, 303);
}

TEST_F(Road, ACallbackWithoutAnythingIsTurnedAway) {
  EXPECT_EQ(Browse("/oauth/callback").status, 403);
}

TEST_F(Road, AFormFromElsewhereIsTurnedAway) {
  const std::string token = NewLink();
  const std::string proof = "proof=" + ProofOf(Browse("/connect/" + token));
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", "").status, 403);
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", "proof=guess").status, 403);
  EXPECT_EQ(
      Submit("/connect/" + token + "/oauth", proof, "Origin: https://evil.example\r\n").status,
      403);
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", proof, "Sec-Fetch-Site: cross-site\r\n").status,
            403);
  EXPECT_EQ(Submit("/connect/" + token + "/key", KeyFields(far_side.key().token)).status, 403);
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", proof,
                   "Origin: null\r\nSec-Fetch-Site: same-origin\r\n")
                .status,
            303);
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", proof, "Origin: https://switchboard.example\r\n")
                .status,
            303);
}

TEST_F(Road, AGoodKeyConnects) {
  const std::string token = NewLink();
  const HttpAnswer answer =
      Submit("/connect/" + token + "/key", KeyForm(token, far_side.key().token));
  EXPECT_EQ(answer.status, 303) << answer.body;
  EXPECT_THAT(BrowseAsArrived(token, answer).body, HasSubstr("Harbour Lamps is connected"));
}

TEST_F(Road, ABadKeyComesBackWithTheFormAndWithoutTheSecret) {
  const std::string token = NewLink();
  const HttpAnswer page = Submit("/connect/" + token + "/key", KeyForm(token, "wr0ng-secret"));
  EXPECT_EQ(page.status, 422);
  EXPECT_THAT(
      page.body,
      AllOf(HasSubstr("Aircall refused this key"), HasSubstr("<details class=\"key\" open>"),
            HasSubstr("value=\"" + far_side.key().id + "\""), Not(HasSubstr("wr0ng-secret"))));
  EXPECT_EQ(Submit("/connect/" + token + "/key", KeyForm(token, far_side.key().token)).status, 303);
}

TEST_F(Road, AnUnknownLinkSaysSo) {
  const HttpAnswer page = Browse("/connect/guess");
  EXPECT_EQ(page.status, 404);
  EXPECT_THAT(page.body, HasSubstr("This link is not known here"));
}

TEST_F(Road, AnExpiredLinkSaysSo) {
  const std::string token = NewLink();
  const std::string proof = ProofOf(Browse("/connect/" + token));
  clock.Advance(std::chrono::hours(1));
  EXPECT_EQ(Browse("/connect/" + token).status, 410);
  EXPECT_THAT(Browse("/connect/" + token).body, HasSubstr("This link has expired"));
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", "proof=" + proof).status, 410);
  EXPECT_EQ(Submit("/connect/" + token + "/key", "proof=" + proof + KeyFields(far_side.key().token))
                .status,
            410);
}

TEST_F(Road, AUsedLinkStopsTellingWhoseItWas) {
  const std::string token = NewLink();
  const std::string proof = ProofOf(Browse("/connect/" + token));
  const HttpAnswer back = ComeBack(Leave(token));
  ASSERT_EQ(back.status, 303);
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", "proof=" + proof).Header("location"),
            "/connect/" + token);
  clock.Advance(std::chrono::hours(1));
  const HttpAnswer page = BrowseAsArrived(token, back);
  EXPECT_EQ(page.status, 410);
  EXPECT_THAT(page.body, AllOf(HasSubstr("This link was used"), Not(HasSubstr("Harbour"))));
}

TEST_F(Road, AProgramGetsJson) {
  const HttpAnswer answer = Ask("GET", "/connect/guess");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":\"SESSION_NOT_FOUND\""));
}

TEST_F(Road, OurOwnTroubleIsNotSpreadOut) {
  const std::string token = NewLink();
  const Away away = Leave(token);
  far_side.interfere = [](const std::string&,
                          const std::string& path) -> std::optional<Result<ports::HttpResponse>> {
    if (path != "/v1/company") return {};
    return Result<ports::HttpResponse>(Internal("TEST_BUG", "assertion failed in secret_place.cc"));
  };
  const HttpAnswer page = ComeBack(away);
  EXPECT_EQ(page.status, 500);
  EXPECT_THAT(page.body,
              AllOf(HasSubstr("Something went wrong on our side"), Not(HasSubstr("secret_place"))));
  EXPECT_THAT(Browse("/connect/" + token).body, Not(HasSubstr("secret_place")));
}

TEST_F(Road, WithoutAnOAuthApplicationTheKeyFormIsOpen) {
  auto dependencies = DependenciesOfConnections();
  dependencies.oauth_clients.clear();
  accounts::Connections bare(std::move(dependencies));
  edge::Door second(
      {bare, accounts, engine, testing::ShippedConnectors(), workers, clock, ids, metrics,
       [this] { return public_url; }, [] { return std::vector<std::string>(); }},
      {});
  const auto bound = second.Start("127.0.0.1:0");
  ASSERT_TRUE(bound.ok());
  const HttpAnswer page =
      testing::AskOnce(*bound, "GET", "/connect/" + NewLink(), "Accept: text/html\r\n");
  EXPECT_THAT(page.body, AllOf(HasSubstr("<details class=\"key\" open>"),
                               Not(HasSubstr("Continue to Aircall"))));
  EXPECT_EQ(bare.BeginOAuth(NewLink()).error().code, "OAUTH_NOT_CONFIGURED");
  second.Stop();
}

// ---- What a session asks for

TEST_F(Road, APlatformSeesItsNameLogoAndColoursUnderAStrictPolicy) {
  accounts::SessionRequest request;
  request.branding = {.name = "Acme <CRM>",
                      .logo_url = "https://cdn.acme.example/logo.png",
                      .accent_color = "#7a1fa2",
                      .background_color = "#fff4e6",
                      .text = "Calls & notes <b>appear</b> in Acme."};
  const HttpAnswer page = Browse("/connect/" + NewLink(request));
  EXPECT_THAT(page.body,
              AllOf(HasSubstr("Acme &lt;CRM&gt;"), HasSubstr("Calls &amp; notes &lt;b&gt;"),
                    HasSubstr("src=\"https:"), HasSubstr("--accent:#7a1fa2"),
                    Not(HasSubstr("Switchboard")), Not(HasSubstr("<script"))));
  const std::string style = Between(page.body, "<style>", "</style>");
  EXPECT_THAT(page.Header("content-security-policy"),
              AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                    HasSubstr("img-src 'self' https://cdn.acme.example;"),
                    HasSubstr("'sha256-" + ToBase64(Sha256(style)) + "'"),
                    Not(HasSubstr("unsafe-inline")), Not(HasSubstr("script-src"))));
}

TEST_F(Road, OnlyTheWaysThatTheSessionOffersAreOpen) {
  accounts::SessionRequest by_key;
  by_key.methods = {ports::AuthMethod::kApiKey};
  std::string token = NewLink(by_key);
  const HttpAnswer page = Browse("/connect/" + token);
  EXPECT_THAT(page.body, AllOf(HasSubstr("API token"), Not(HasSubstr("Continue to Aircall"))));
  EXPECT_EQ(Submit("/connect/" + token + "/oauth", "proof=" + ProofOf(page)).status, 403);

  accounts::SessionRequest by_oauth;
  by_oauth.methods = {ports::AuthMethod::kOAuth};
  token = NewLink(by_oauth);
  EXPECT_THAT(Browse("/connect/" + token).body, Not(HasSubstr("API token")));
  EXPECT_EQ(Submit("/connect/" + token + "/key", KeyForm(token, far_side.key().token)).status, 403);
  EXPECT_TRUE(accounts.List({}, {})->items.empty());
}

TEST_F(Road, AWindowIsToldOnlyWhereTheSessionNamesItsOrigin) {
  accounts::SessionRequest request;
  request.opener_origin = "https://app.example";
  const std::string token = NewLink(request);
  const HttpAnswer before = Browse("/connect/" + token);
  EXPECT_EQ(before.Header("cross-origin-opener-policy"), "unsafe-none");
  EXPECT_THAT(before.body, Not(HasSubstr("<script")));
  const HttpAnswer refused = ComeBack(Leave(token), "error=access_denied");
  EXPECT_THAT(refused.body, AllOf(HasSubstr("data-origin=\"https:"), HasSubstr("OAUTH_REFUSED")));
  EXPECT_THAT(refused.Header("content-security-policy"), HasSubstr("script-src 'self'"));
  const HttpAnswer page = BrowseAsArrived(token, ComeBack(Leave(token)));
  EXPECT_THAT(page.body, AllOf(HasSubstr("/assets/opener.js"), HasSubstr("acc_")));

  const std::string silent = NewLink();
  const HttpAnswer alone = BrowseAsArrived(silent, ComeBack(Leave(silent)));
  EXPECT_THAT(alone.body, Not(HasSubstr("<script")));
  EXPECT_EQ(alone.Header("cross-origin-opener-policy"), "same-origin");
}

TEST_F(Road, TheOutcomeIsToldToThePageThatOpenedItAndToNobodyElse) {
  accounts::SessionRequest request;
  request.opener_origin = "https://app.example";
  const std::string token = NewLink(request);
  const auto ask = [&](const std::string& origin) {
    return Ask("GET", "/connect/" + token + "/outcome", "Origin: " + origin + "\r\n");
  };
  EXPECT_THAT(ask("https://app.example").body, HasSubstr("\"state\":\"open\""));
  ASSERT_EQ(ComeBack(Leave(token)).status, 303);
  const HttpAnswer answer = ask("https://app.example");
  EXPECT_THAT(answer.body, AllOf(HasSubstr("\"state\":\"connected\""), HasSubstr("acc_")));
  EXPECT_EQ(answer.Header("access-control-allow-origin"), "https://app.example");
  const HttpAnswer foreign = ask("https://evil.example");
  EXPECT_EQ(foreign.status, 404);
  EXPECT_THAT(foreign.body, Not(HasSubstr("acc_")));
  EXPECT_EQ(foreign.Header("access-control-allow-origin"), "");
}

TEST_F(Road, TheSnippetMayBeLoadedByOtherSites) {
  const HttpAnswer snippet = Ask("GET", "/connect.js");
  EXPECT_EQ(snippet.status, 200);
  EXPECT_THAT(snippet.Header("content-type"), StartsWith("text/javascript"));
  EXPECT_EQ(snippet.Header("cross-origin-resource-policy"), "cross-origin");
  EXPECT_EQ(Ask("GET", "/connect.js", "If-None-Match: " + snippet.Header("etag") + "\r\n").status,
            304);
}

TEST_F(Road, ARefusalLeadsBackToThePlatformToo) {
  const std::string token = NewLink("https://app.example/done");
  EXPECT_THAT(Browse("/connect/" + token).body, HasSubstr("status=cancelled"));
  EXPECT_THAT(ComeBack(Leave(token), "error=access_denied").body, HasSubstr("status=refused"));
}

// ---- Installations that begin at the provider

TEST_F(Road, AnInstallationOfATenantsApplicationLeadsToALinkOfThatTenant) {
  const auto application = connections.applications().Set(
      {"acme", "aircall", far_side.client().id, Secret(far_side.client().secret), "", ""});
  ASSERT_TRUE(application.ok());
  const HttpAnswer start = Browse("/install/aircall/" + application->install_key);
  EXPECT_EQ(start.status, 303);
  EXPECT_THAT(start.Header("location"), StartsWith("https://switchboard.example/connect/"));
  const std::string token = Between(start.Header("location"), "/connect/", "?");
  const HttpAnswer back = ComeBack(Leave(token));
  EXPECT_EQ(back.Header("location"), "https://dashboard.aircall.io/oauth/success");
  EXPECT_EQ(accounts.List({"acme", "aircall", false}, {})->items.size(), 1U);
}

TEST_F(Road, AnInstallationOfTheServersApplicationIsClaimedByThePlatformOrNotAtAll) {
  accounts::ApplicationRequest own{"",          "aircall", "id",
                                   Secret("s"), "",        "https://app.example/claim"};
  const auto application = connections.applications().Set(own);
  const std::string path = "/install/aircall/" + application->install_key;
  EXPECT_EQ(Browse(path).Header("location"), "https://app.example/claim");
  own.claim_url.clear();
  ASSERT_TRUE(connections.applications().Set(own).ok());
  EXPECT_EQ(Browse(path).status, 409);
  EXPECT_EQ(Browse("/install/aircall/guess").status, 404);
  EXPECT_EQ(Browse("/install/fax/" + application->install_key).status, 404);
}

}  // namespace
}  // namespace sb
