#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

// OAuth as a client and a browser meet it: consent, codes, tokens and what an installed app may do.
namespace sb::aircall::sandbox {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;
using OrderedJson = nlohmann::ordered_json;

constexpr const char* kBack = "http://127.0.0.1/cb";
constexpr const char* kAdmin = "2100001";
constexpr const char* kAgent = "2100002";
constexpr const char* kAdminOfTheSecond = "12100001";

/// A browser that consents and an app that asks for tokens.
class Oauth {
 public:
  explicit Oauth(const std::vector<std::string>& switches = {}, int companies = 1)
      : desk(With(switches), companies), client(desk.emulator().oauth_client()) {}

  std::string Query(const std::string& more = "") const {
    return "client_id=" + client.id + "&redirect_uri=" + UrlEncode(kBack) +
           "&response_type=code&scope=public_api&state=s1" + more;
  }

  Reply Open(const std::string& more = "") {
    return desk.AskAs("", "GET", "/oauth/authorize?" + Query(more));
  }

  Reply Decide(const std::string& more) {
    return desk.AskAs("", "POST", "/oauth/authorize", Query(more));
  }

  std::string Code(const std::string& more = "") {
    const std::string location = Desk::HeaderOf(Decide("&decision=authorize" + more), "Location");
    const Fields fields = Fields::Parse(location.substr(location.find('?') + 1));
    return fields.GetOr("code", "");
  }

  OrderedJson TokenBody(const std::string& code) const {
    return {{"grant_type", "authorization_code"},
            {"code", code},
            {"redirect_uri", kBack},
            {"client_id", client.id},
            {"client_secret", client.secret}};
  }

  OrderedJson RefreshBody(const std::string& token) const {
    return {{"grant_type", "refresh_token"},
            {"refresh_token", token},
            {"client_id", client.id},
            {"client_secret", client.secret}};
  }

  Reply PostToken(const std::string& body, const std::string& authorization = "") {
    return desk.AskAs(authorization, "POST", "/v1/oauth/token", body);
  }

  Reply Ask(const OrderedJson& body) { return PostToken(body.dump()); }

  OrderedJson Tokens(const OrderedJson& body) { return OrderedJson::parse(Ask(body).body); }

  /// What the app gets with an access token.
  int StatusWith(const OrderedJson& tokens, const std::string& path = "/v1/ping") {
    return desk.AskAs(Bearer(tokens), "GET", path).status;
  }

  static std::string Bearer(const OrderedJson& tokens) {
    return "Bearer " + tokens.at("access_token").get<std::string>();
  }

  std::vector<std::string> Effects(const std::string& query = "") {
    std::vector<std::string> names;
    const OrderedJson log = desk.Read("/_sandbox/effects" + query);
    for (const OrderedJson& each : log.at("effects")) names.push_back(each.at("what"));
    return names;
  }

  Desk desk;
  OauthClient client;
};

std::vector<std::string> NamesIn(const OrderedJson& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

std::string ErrorOf(const Reply& reply) {
  return reply.status == 400 ? OrderedJson::parse(reply.body).at("error") : OrderedJson("no error");
}

// ---- who is signed in

TEST(SignIn, IsTheFirstAdministratorUnlessAnotherIsChosen) {
  Oauth oauth;
  const Reply page = oauth.Open();
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("You are signed in as\nInes Marchetti"));
}

TEST(SignIn, OffersEveryUserOfEveryCompany) {
  Oauth oauth({}, 2);
  const std::string page = oauth.Open().body;
  EXPECT_THAT(page, HasSubstr("<optgroup label=\"Harbour Lamps\">"));
  EXPECT_THAT(page, HasSubstr("<optgroup label=\"Pellegrin Cycles\">"));
  EXPECT_THAT(page, HasSubstr("<option value=\"2100002\">Tom Okafor</option>"));
  EXPECT_THAT(page, HasSubstr("<option value=\"12100001\">Ines Marchetti (administrator)"));
}

TEST(SignIn, AsAnAdministratorOfAnotherCompanyShowsItsNumbers) {
  Oauth oauth({}, 2);
  const Reply page = oauth.Open(std::string("&user_id=") + kAdminOfTheSecond);
  EXPECT_THAT(page.body, HasSubstr("to Pellegrin Cycles?"));
  EXPECT_THAT(page.body, HasSubstr("value=\"11400001\""));
  EXPECT_THAT(page.body, Not(HasSubstr("value=\"1400001\"")));
}

TEST(SignIn, GoesByEmailToo) {
  Oauth oauth;
  EXPECT_EQ(oauth.Open("&user_id=ines.marchetti%40harbour-lamps.example").status, 200);
}

TEST(SignIn, AsAStrangerIsExplained) {
  Oauth oauth;
  const Reply page = oauth.Open("&user_id=7");
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("not a user"));
}

TEST(NonAdministrator, IsSentToTheDownloadPage) {
  Oauth oauth;
  const Reply away = oauth.Open(std::string("&user_id=") + kAgent);
  EXPECT_EQ(away.status, 302);
  const std::string location = Desk::HeaderOf(away, "Location");
  EXPECT_THAT(location, StartsWith("/oauth/download?"));
  const Reply page = oauth.desk.AskAs("", "GET", location);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Tom Okafor, who is no administrator of Harbour Lamps"));
}

TEST(NonAdministrator, CannotConsentByPostingTheForm) {
  Oauth oauth;
  const Reply away = oauth.Decide(std::string("&decision=authorize&user_id=") + kAgent);
  EXPECT_THAT(Desk::HeaderOf(away, "Location"), StartsWith("/oauth/download?"));
  EXPECT_THAT(oauth.Effects(), Not(Contains("app.allowed")));
}

// ---- consent

TEST(ConsentForm, HandsCodeAndStateToTheApp) {
  Oauth oauth;
  const Reply back = oauth.Decide("&decision=authorize&user_id=" + std::string(kAdmin));
  EXPECT_EQ(back.status, 302);
  EXPECT_THAT(Desk::HeaderOf(back, "Location"),
              ::testing::MatchesRegex(R"(http://127\.0\.0\.1/cb\?code=[0-9a-f]{64}&state=s1)"));
  EXPECT_THAT(oauth.Effects(), Contains("app.allowed"));
}

TEST(ConsentForm, TakesAnUnencodedReturnAddressFromTheQuery) {
  Oauth oauth;
  const Reply page = oauth.desk.AskAs(
      "", "GET",
      "/oauth/authorize?client_id=" + oauth.client.id +
          "&redirect_uri=http://localhost:3000/auth/cb?from=a&response_type=code&scope=public_api");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("value=\"http://localhost:3000/auth/cb?from=a\""));
}

TEST(ConsentForm, ComparesARegisteredAddressLetterByLetter) {
  WorldSettings settings;
  settings.redirect_uris = {"https://app.example/cb"};
  Desk desk(settings);
  const std::string start = "/oauth/authorize?response_type=code&scope=public_api&client_id=" +
                            desk.emulator().oauth_client().id + "&redirect_uri=";
  EXPECT_EQ(desk.AskAs("", "GET", start + "https://app.example/cb").status, 200);
  EXPECT_EQ(desk.AskAs("", "GET", start + "https://app.example/cb/").status, 400);
  EXPECT_EQ(desk.AskAs("", "GET", start + "http://127.0.0.1/cb").status, 400);
}

TEST(ConsentForm, LinksTheAppToTheChosenNumbersAlone) {
  Oauth oauth;
  const OrderedJson tokens = oauth.Tokens(oauth.TokenBody(
      oauth.Code("&numbers_shown=1&number_ids=1400002&number_ids=1400003&number_ids=9")));
  const OrderedJson me = OrderedJson::parse(
      oauth.desk.AskAs(Oauth::Bearer(tokens), "GET", "/v1/integrations/me").body)["integration"];
  EXPECT_EQ(me.at("number_ids"), OrderedJson({1400002, 1400003}));
  EXPECT_EQ(me.at("numbers_count"), 2);
}

TEST(Pages, AllowNothingButTheSandboxesOwnFiles) {
  Oauth oauth;
  const std::string policy = Desk::HeaderOf(oauth.Open(), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(oauth.Open().body, Not(HasSubstr("<style")));
}

// ---- companies

TEST(Consent, DecidesWhichCompanyTheTokenOpens) {
  Oauth oauth({}, 2);
  const OrderedJson tokens =
      oauth.Tokens(oauth.TokenBody(oauth.Code(std::string("&user_id=") + kAdminOfTheSecond)));
  const OrderedJson company = OrderedJson::parse(
      oauth.desk.AskAs(Oauth::Bearer(tokens), "GET", "/v1/company").body)["company"];
  EXPECT_EQ(company.at("name"), "Pellegrin Cycles");
  EXPECT_THAT(oauth.Effects("?company=61002"), Contains("app.token_issued"));
  EXPECT_THAT(oauth.Effects(), Not(Contains("app.token_issued")));
}

TEST(OneApp, IsInstalledInTwoCompaniesAtOnceAndRemovedFromOne) {
  Oauth oauth({}, 2);
  const OrderedJson first = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  const OrderedJson second =
      oauth.Tokens(oauth.TokenBody(oauth.Code(std::string("&user_id=") + kAdminOfTheSecond)));
  ASSERT_EQ(oauth.desk.AskAs("", "POST", "/_sandbox/app/remove?company=61002").status, 200);
  EXPECT_EQ(oauth.StatusWith(first), 200);
  EXPECT_EQ(oauth.StatusWith(second), 403);
}

// ---- the token endpoint

TEST(TokenAnswer, HoldsWhatTheReferenceShowsAndNoMore) {
  Oauth oauth;
  const OrderedJson tokens = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  EXPECT_THAT(NamesIn(tokens), ::testing::ElementsAre("access_token", "token_type", "created_at"));
  EXPECT_EQ(tokens.at("token_type"), "Bearer");
  EXPECT_EQ(tokens.at("created_at"), kStart);
}

TEST(TokenAnswer, NamesTheScopeWhenSwitchedSo) {
  Oauth oauth({"oauth.token_fields=scope"});
  EXPECT_EQ(oauth.Tokens(oauth.TokenBody(oauth.Code())).at("scope"), "public_api");
}

TEST(TokenRequest, MayBeAFormUnlessSwitchedOff) {
  Oauth oauth;
  const auto form = [&](const std::string& code) {
    return "grant_type=authorization_code&code=" + code + "&redirect_uri=" + UrlEncode(kBack) +
           "&client_id=" + oauth.client.id + "&client_secret=" + oauth.client.secret;
  };
  EXPECT_EQ(oauth.PostToken(form(oauth.Code())).status, 200);
  ASSERT_EQ(oauth.desk.Ask("PUT", "/_sandbox/switches", R"({"oauth.form_body":"refuse"})").status,
            200);
  const std::string code = oauth.Code();
  EXPECT_EQ(ErrorOf(oauth.PostToken(form(code))), "invalid_request");
  EXPECT_EQ(oauth.Ask(oauth.TokenBody(code)).status, 200);
}

TEST(TokenRequest, MayNameTheClientInItsAuthorization) {
  Oauth oauth;
  const auto basic = [](const std::string& id, const std::string& secret) {
    return "Basic " + ToBase64(id + ":" + secret);
  };
  OrderedJson body = oauth.TokenBody(oauth.Code());
  body.erase("client_id");
  body.erase("client_secret");
  EXPECT_EQ(ErrorOf(oauth.PostToken(body.dump())), "invalid_client");
  EXPECT_EQ(ErrorOf(oauth.PostToken(body.dump(), basic(oauth.client.id, "guess"))),
            "invalid_client");
  EXPECT_EQ(oauth.PostToken(body.dump(), basic(oauth.client.id, oauth.client.secret)).status, 200);
}

TEST(Code, DiesAfterTenMinutesAndAfterItsUse) {
  Oauth oauth;
  const std::string used = oauth.Code();
  ASSERT_EQ(oauth.Ask(oauth.TokenBody(used)).status, 200);
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.TokenBody(used))), "invalid_grant");
  const std::string old = oauth.Code();
  oauth.desk.clock().Advance(600s);
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.TokenBody(old))), "invalid_grant");
}

TEST(Code, WorksAgainWhenSwitchedSo) {
  Oauth oauth({"oauth.code_reuse=accept"});
  const std::string code = oauth.Code();
  const OrderedJson first = oauth.Tokens(oauth.TokenBody(code));
  const OrderedJson second = oauth.Tokens(oauth.TokenBody(code));
  EXPECT_NE(first.at("access_token"), second.at("access_token"));
  EXPECT_EQ(oauth.StatusWith(first), 200);
  EXPECT_EQ(oauth.StatusWith(second), 200);
}

TEST(Code, BelongsToItsReturnAddressUnlessSwitchedSo) {
  Oauth oauth;
  OrderedJson body = oauth.TokenBody(oauth.Code());
  body["redirect_uri"] = "http://127.0.0.1/other";
  EXPECT_EQ(ErrorOf(oauth.Ask(body)), "invalid_grant");
  ASSERT_EQ(oauth.desk.Ask("PUT", "/_sandbox/switches", R"({"oauth.redirect_check":"lax"})").status,
            200);
  EXPECT_EQ(oauth.Ask(body).status, 200);
}

// ---- expiring tokens

const std::vector<std::string> kExpiring = {"oauth.tokens=expiring", "oauth.token_seconds=100",
                                            "oauth.refresh_seconds=1000", "oauth.grace_seconds=30"};

TEST(ExpiringToken, SaysHowLongItLastsAndThenIsForbidden) {
  Oauth oauth(kExpiring);
  const OrderedJson tokens = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  EXPECT_EQ(tokens.at("expires_in"), 100);
  oauth.desk.clock().Advance(99s);
  EXPECT_EQ(oauth.StatusWith(tokens), 200);
  oauth.desk.clock().Advance(1s);
  EXPECT_EQ(oauth.StatusWith(tokens), 403);
}

TEST(ExpiringToken, IsRenewedByARefreshTokenThatRotates) {
  Oauth oauth(kExpiring);
  const OrderedJson first = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  oauth.desk.clock().Advance(200s);
  const OrderedJson second = oauth.Tokens(oauth.RefreshBody(first.at("refresh_token")));
  EXPECT_NE(second.at("refresh_token"), first.at("refresh_token"));
  EXPECT_EQ(second.at("expires_in"), 100);
  EXPECT_EQ(oauth.StatusWith(second), 200);
}

TEST(RefreshToken, UsedTwiceInAMomentAnswersTheSamePairWithWhatIsLeftOfItsLife) {
  Oauth oauth(kExpiring);
  const OrderedJson first = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  const OrderedJson second = oauth.Tokens(oauth.RefreshBody(first.at("refresh_token")));
  oauth.desk.clock().Advance(29s);
  const OrderedJson again = oauth.Tokens(oauth.RefreshBody(first.at("refresh_token")));
  EXPECT_EQ(again.at("access_token"), second.at("access_token"));
  EXPECT_EQ(again.at("refresh_token"), second.at("refresh_token"));
  EXPECT_EQ(again.at("expires_in"), 71);
}

TEST(RefreshToken, UsedAgainLateKillsItsFamily) {
  Oauth oauth(kExpiring);
  const OrderedJson first = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  const OrderedJson second = oauth.Tokens(oauth.RefreshBody(first.at("refresh_token")));
  oauth.desk.clock().Advance(30s);
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.RefreshBody(first.at("refresh_token")))), "invalid_grant");
  EXPECT_EQ(oauth.StatusWith(second), 403);
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.RefreshBody(second.at("refresh_token")))), "invalid_grant");
  EXPECT_THAT(oauth.Effects(), Contains("app.tokens_revoked"));
}

TEST(RefreshToken, DiesUnused) {
  Oauth oauth(kExpiring);
  const OrderedJson tokens = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  oauth.desk.clock().Advance(1000s);
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.RefreshBody(tokens.at("refresh_token")))), "invalid_grant");
}

TEST(RefreshToken, IsFoundInWhicheverCompanyGaveIt) {
  Oauth oauth(kExpiring, 2);
  const OrderedJson first =
      oauth.Tokens(oauth.TokenBody(oauth.Code(std::string("&user_id=") + kAdminOfTheSecond)));
  const OrderedJson second = oauth.Tokens(oauth.RefreshBody(first.at("refresh_token")));
  EXPECT_THAT(oauth.desk.AskAs(Oauth::Bearer(second), "GET", "/v1/company").body,
              HasSubstr("Pellegrin Cycles"));
}

TEST(RefreshToken, DiesWithTheApp) {
  Oauth oauth(kExpiring);
  const OrderedJson tokens = oauth.Tokens(oauth.TokenBody(oauth.Code()));
  ASSERT_EQ(oauth.desk.AskAs("", "POST", "/_sandbox/app/remove").status, 200);
  EXPECT_EQ(oauth.StatusWith(tokens), 403);
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.RefreshBody(tokens.at("refresh_token")))), "invalid_grant");
}

TEST(RefreshGrant, IsNotThereWhereTokensArePermanent) {
  Oauth oauth;
  EXPECT_EQ(ErrorOf(oauth.Ask(oauth.RefreshBody("any"))), "unsupported_grant_type");
}

// ---- the installed app

TEST(App, SwitchesItselfOffAndOnAndSaysWhenItIsInstalled) {
  Oauth oauth;
  const std::string bearer = Oauth::Bearer(oauth.Tokens(oauth.TokenBody(oauth.Code())));
  const auto post = [&](const char* path) {
    return OrderedJson::parse(oauth.desk.AskAs(bearer, "POST", path).body)["integration"];
  };
  EXPECT_EQ(post("/v1/integrations/disable").at("active"), false);
  const OrderedJson enabled = post("/v1/integrations/enable?install=true");
  EXPECT_EQ(enabled.at("active"), true);
  EXPECT_EQ(enabled.at("status"), "installed");
  EXPECT_THAT(NamesIn(enabled),
              ::testing::ElementsAre("name", "custom_name", "logo", "company_id", "status",
                                     "active", "number_ids", "numbers_count", "user"));
  EXPECT_THAT(oauth.Effects(),
              IsSupersetOf({"app.disabled", "app.enabled", "app.install_completed"}));
}

TEST(SuccessPage, ClosesThePopUpItWasOpenedIn) {
  Oauth oauth;
  const Reply page = oauth.desk.AskAs("", "GET", "/oauth/success");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("/_sandbox/page/close.js"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
