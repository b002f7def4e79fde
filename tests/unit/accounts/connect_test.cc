// A company is connected: by OAuth in a browser, or with an API key.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using ports::Account;
using ports::AccountState;
using ports::SessionState;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Connect : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  ports::ConnectSession SessionOf(const std::string& token) {
    return *sessions.FindByToken(Sha256(token));
  }

  template <typename T>
  void ExpectError(const T& result, ErrorKind kind, const std::string& code) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, kind) << result.error().message;
    EXPECT_EQ(result.error().code, code) << result.error().message;
    for (const std::string& secret : far_side.Secrets()) {
      EXPECT_THAT(result.error().message, Not(HasSubstr(secret)));
    }
  }

  void FailAt(const std::string& line, Result<ports::HttpResponse> answer) {
    far_side.interfere =
        [=](const std::string& method,
            const std::string& path) -> std::optional<Result<ports::HttpResponse>> {
      if (method + " " + path != line) return {};
      return answer;
    };
  }
};

// ---- The link

TEST_F(Connect, ALinkHoldsASecretOfWhichOnlyTheHashIsStored) {
  const auto link = connections.CreateSession(
      {.tenant = "acme", .connector = "aircall", .return_url = "", .lifetime = Millis(60'000)});
  ASSERT_TRUE(link.ok());
  EXPECT_THAT(link->url, StartsWith("https://switchboard.example/connect/"));
  const std::string token = link->url.substr(link->url.rfind('/') + 1);
  EXPECT_GE(token.size(), 43U);
  EXPECT_EQ(link->session.token_hash, Sha256(token));
  EXPECT_EQ(connections.FindSession(token)->tenant, "acme");
}

TEST_F(Connect, ALinkNeedsATenantAKnownConnectorAndAWebAddressToReturnTo) {
  ExpectError(connections.CreateSession({.tenant = "", .connector = "aircall", .return_url = ""}),
              ErrorKind::kInvalid, "TENANT_MISSING");
  ExpectError(connections.CreateSession({.tenant = "acme", .connector = "fax", .return_url = ""}),
              ErrorKind::kInvalid, "CONNECTOR_UNKNOWN");
  ExpectError(connections.CreateSession(
                  {.tenant = "acme", .connector = "aircall", .return_url = "javascript:alert(1)"}),
              ErrorKind::kInvalid, "ADDRESS_NOT_ALLOWED");
}

TEST_F(Connect, AnUnknownLinkIsNotFound) {
  ExpectError(connections.FindSession("guessed"), ErrorKind::kNotFound, "SESSION_NOT_FOUND");
  ExpectError(connections.BeginOAuth("guessed"), ErrorKind::kNotFound, "SESSION_NOT_FOUND");
}

TEST_F(Connect, ALinkExpires) {
  const std::string token = NewLink();
  clock.Advance(std::chrono::minutes(30));
  ExpectError(connections.FindSession(token), ErrorKind::kConflict, "SESSION_EXPIRED");
  ExpectError(connections.BeginOAuth(token), ErrorKind::kConflict, "SESSION_EXPIRED");
  ExpectError(connections.FinishWithKey(token, GoodKey()), ErrorKind::kConflict, "SESSION_EXPIRED");
}

// ---- OAuth

TEST_F(Connect, TheBrowserIsSentToTheProviderWithAnUnguessableState) {
  const std::string token = NewLink();
  const auto departure = connections.BeginOAuth(token);
  ASSERT_TRUE(departure.ok());
  EXPECT_THAT(
      departure->authorize_url,
      AllOf(StartsWith("https://dashboard.aircall.io/oauth/authorize?"),
            HasSubstr("client_id=" + far_side.client().id), HasSubstr("response_type=code"),
            HasSubstr("scope=public_api"), HasSubstr("state=" + departure->state),
            HasSubstr("redirect_uri=https%3A%2F%2Fswitchboard.example%2Foauth%2Fcallback")));
  EXPECT_GE(departure->state.size(), 43U);
  EXPECT_THAT(departure->authorize_url, Not(HasSubstr(far_side.client().secret)));
  EXPECT_EQ(SessionOf(token).state_hash, Sha256(departure->state));
  EXPECT_NE(connections.BeginOAuth(token)->state, departure->state);
}

TEST_F(Connect, AGrantMakesAnActiveAccountWithCompanyUsersAndWebhook) {
  const std::string token = NewLink();
  const auto account = connections.FinishOAuth(Leave(token));
  ASSERT_TRUE(account.ok()) << account.error().message;
  const Account stored = Stored(account->id);
  EXPECT_EQ(stored.state, AccountState::kActive);
  EXPECT_EQ(stored.tenant, "acme");
  EXPECT_EQ(stored.external_id, "61001");
  EXPECT_EQ(stored.display_name, "Harbour Lamps");
  EXPECT_EQ(stored.method, ports::AuthMethod::kOAuth);
  EXPECT_EQ(stored.profile["company"]["name"], "Harbour Lamps");
  EXPECT_EQ(stored.profile["region"], "US") << "where most of its lines are";
  ASSERT_EQ(stored.profile["users"].size(), 4U);
  EXPECT_EQ(stored.profile["users"][0], Json({{"id", 2100001},
                                              {"name", "Ines Marchetti"},
                                              {"email", "ines.marchetti@harbour-lamps.example"}}));
  EXPECT_EQ(SessionOf(token).state, SessionState::kSucceeded);
  EXPECT_EQ(SessionOf(token).account, account->id);
}

TEST_F(Connect, TheWebhookCarriesExactlyTheWantedEvents) {
  const auto account = ConnectByOAuth();
  ASSERT_TRUE(account.ok());
  ASSERT_EQ(far_side.hooks().size(), 1U);
  const auto hook = far_side.hooks()[0];
  EXPECT_THAT(hook.events, ElementsAre("call.ended", "contact.updated", "integration.deleted"));
  EXPECT_EQ(hook.url, "https://switchboard.example/webhooks/aircall/" + account->webhook.hook_id);
  EXPECT_EQ(account->webhook.remote_id, hook.uuid);
  EXPECT_EQ(account->webhook.token_hash, Sha256(hook.token));
  EXPECT_THAT(account->webhook.events, ElementsAreArray(hook.events));
}

TEST_F(Connect, WithoutWorkflowsTheWebhookCarriesOnlyWhatIsAlwaysWanted) {
  wanted = {};
  ASSERT_TRUE(ConnectByOAuth().ok());
  EXPECT_THAT(far_side.hooks().at(0).events, ElementsAre("integration.deleted"));
}

TEST_F(Connect, TheCredentialIsStoredSealedForItsRowOnly) {
  const auto account = ConnectByOAuth();
  const auto stored = accounts.GetCredential(account->id);
  EXPECT_EQ(stored->generation, 1);
  const std::string access_token = far_side.Secrets().back();
  EXPECT_THAT(stored->sealed, Not(HasSubstr(access_token)));
  const auto opened =
      vault.Open(stored->sealed, connector::CredentialContext(account->id, "aircall", 1));
  ASSERT_TRUE(opened.ok());
  EXPECT_THAT(opened->Reveal(), HasSubstr(access_token));
}

TEST_F(Connect, ConnectingTheSameCompanyAgainKeepsTheAccountAndReplacesItsCredential) {
  const auto first = ConnectByOAuth();
  const std::string first_sealed = accounts.GetCredential(first->id)->sealed;
  const auto second = ConnectByOAuth();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(accounts.GetCredential(first->id)->generation, 2);
  EXPECT_NE(accounts.GetCredential(first->id)->sealed, first_sealed);
  EXPECT_EQ(far_side.hooks().size(), 1U);
}

TEST_F(Connect, AnotherTenantGetsAnAccountOfItsOwnForTheSameCompany) {
  const auto first = ConnectByOAuth();
  const auto link =
      connections.CreateSession({.tenant = "globex", .connector = "aircall", .return_url = ""});
  const auto second = connections.FinishOAuth(Leave(link->url.substr(link->url.rfind('/') + 1)));
  ASSERT_TRUE(second.ok());
  EXPECT_NE(second->id, first->id);
}

TEST_F(Connect, AnAccountThatWasShutOutIsOpenedByConnectingAgain) {
  auto account = *ConnectByOAuth();
  account.state = AccountState::kNeedsReauth;
  ASSERT_TRUE(accounts.Update(account).ok());
  ASSERT_TRUE(ConnectByOAuth().ok());
  EXPECT_EQ(Stored(account.id).state, AccountState::kActive);
  EXPECT_EQ(Stored(account.id).state_reason, "");
}

TEST_F(Connect, TheEngineIsToldOfTheNewCredentialAndOfTheActiveAccount) {
  ASSERT_TRUE(ConnectByOAuth().ok());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].state, AccountState::kConnecting);
  EXPECT_EQ(told[1].state, AccountState::kActive);
}

TEST_F(Connect, AForgedStateIsRefused) {
  auto returned = Leave(NewLink());
  returned.state = "forged";
  ExpectError(connections.FinishOAuth(returned), ErrorKind::kUnauthorized, "OAUTH_STATE_UNKNOWN");
  EXPECT_EQ(far_side.Count("POST /v1/oauth/token"), 0U);
}

TEST_F(Connect, AStateWorksOnce) {
  const auto returned = Leave(NewLink());
  ASSERT_TRUE(connections.FinishOAuth(returned).ok());
  ExpectError(connections.FinishOAuth(returned), ErrorKind::kUnauthorized, "OAUTH_STATE_UNKNOWN");
  EXPECT_EQ(far_side.Count("POST /v1/oauth/token"), 1U);
}

TEST_F(Connect, AStateIsReplacedByTheNextDepartureOfItsLink) {
  const std::string token = NewLink();
  const auto earlier = Leave(token);
  const auto later = Leave(token);
  ExpectError(connections.FinishOAuth(earlier), ErrorKind::kUnauthorized, "OAUTH_STATE_UNKNOWN");
  EXPECT_TRUE(connections.FinishOAuth(later).ok());
}

TEST_F(Connect, AStateIsWorthNothingInAnotherBrowser) {
  auto returned = Leave(NewLink());
  returned.browser_cookie = "another";
  ExpectError(connections.FinishOAuth(returned), ErrorKind::kUnauthorized, "OAUTH_STATE_UNKNOWN");
  EXPECT_EQ(far_side.Count("POST /v1/oauth/token"), 0U);
}

TEST_F(Connect, ARefusalEndsTheSessionWithItsReasonAndTheLinkCanBeTriedAgain) {
  const std::string token = NewLink();
  auto returned = Leave(token);
  returned.code.clear();
  returned.error = "access_denied";
  const auto refused = connections.FinishOAuth(returned);
  ExpectError(refused, ErrorKind::kUnauthorized, "OAUTH_REFUSED");
  EXPECT_THAT(refused.error().message, HasSubstr("access_denied"));
  EXPECT_EQ(SessionOf(token).state, SessionState::kFailed);
  EXPECT_EQ(SessionOf(token).error, refused.error().message);
  EXPECT_TRUE(connections.FinishOAuth(Leave(token)).ok());
}

TEST_F(Connect, ARefusalWithoutItsStateIsARefusalAllTheSame) {
  ExpectError(connections.FinishOAuth({"", "", "access_denied", ""}), ErrorKind::kUnauthorized,
              "OAUTH_REFUSED");
}

TEST_F(Connect, ARefusalCannotWriteItsOwnWordsOntoThePage) {
  auto returned = Leave(NewLink());
  returned.error = "<script>alert(1)</script> call +1 555 0100";
  const auto refused = connections.FinishOAuth(returned);
  EXPECT_THAT(refused.error().message, AllOf(Not(HasSubstr("<")), Not(HasSubstr(" call "))));
}

TEST_F(Connect, ACodeThatTheProviderDoesNotKnowIsRefused) {
  auto returned = Leave(NewLink());
  returned.code = "stale";
  ExpectError(connections.FinishOAuth(returned), ErrorKind::kUnauthorized, "OAUTH_CODE_REFUSED");
}

TEST_F(Connect, AProviderThatDoesNotAnswerTheExchangeIsUnavailable) {
  FailAt("POST /v1/oauth/token", InDoubt("HTTP_NO_ANSWER", "silence"));
  ExpectError(ConnectByOAuth(), ErrorKind::kUnavailable, "OAUTH_UNAVAILABLE");
}

TEST_F(Connect, ALinkThatExpiredOnTheWayIsNotUsed) {
  const auto returned = Leave(NewLink());
  clock.Advance(std::chrono::minutes(31));
  ExpectError(connections.FinishOAuth(returned), ErrorKind::kConflict, "SESSION_EXPIRED");
}

TEST_F(Connect, AFinishedLinkStartsNothingMore) {
  const std::string token = NewLink();
  ASSERT_TRUE(connections.FinishOAuth(Leave(token)).ok());
  ExpectError(connections.BeginOAuth(token), ErrorKind::kConflict, "SESSION_FINISHED");
  ExpectError(connections.FinishWithKey(token, GoodKey()), ErrorKind::kConflict,
              "SESSION_FINISHED");
  clock.Advance(std::chrono::hours(1));
  EXPECT_EQ(connections.FindSession(token)->state, SessionState::kSucceeded);
}

TEST_F(Connect, AWebhookThatCannotBeRegisteredLeavesAnAccountThatTheNextTryFinishes) {
  FailAt("POST /v1/webhooks",
         ports::HttpResponse{400, {}, R"({"error":"Bad Request","troubleshoot":"100 webhooks"})"});
  const std::string token = NewLink();
  ASSERT_FALSE(connections.FinishOAuth(Leave(token)).ok());
  const auto listed = accounts.List({"acme", "aircall", false}, {});
  ASSERT_EQ(listed->items.size(), 1U);
  EXPECT_EQ(listed->items[0].state, AccountState::kConnecting);
  EXPECT_THAT(listed->items[0].state_reason, HasSubstr("100 webhooks"));
  far_side.interfere = {};
  const auto account = connections.FinishOAuth(Leave(token));
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->id, listed->items[0].id);
  EXPECT_EQ(account->state_reason, "");
}

TEST_F(Connect, ItWaitsForTheNextTryWhileNobodyKnowsWhichEventsAreWanted) {
  wanted_error = Unavailable("DATABASE_UNAVAILABLE", "away");
  ExpectError(ConnectByOAuth(), ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE");
  EXPECT_TRUE(far_side.hooks().empty());
}

TEST_F(Connect, UsersThatCannotBeReadDoNotHinderIt) {
  FailAt("GET /v2/users", ports::HttpResponse{500, {}, "{}"});
  const auto account = ConnectByOAuth();
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->state, AccountState::kActive);
  EXPECT_FALSE(account->profile.contains("users"));
}

TEST_F(Connect, LinesThatCannotBeReadDoNotHinderItEither) {
  FailAt("GET /v1/numbers", ports::HttpResponse{500, {}, "{}"});
  const auto account = ConnectByOAuth();
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->state, AccountState::kActive);
  EXPECT_FALSE(account->profile.contains("region"));
}

TEST_F(Connect, AllUsersAreReadPageByPage) {
  far_side.HireUntil(120);
  const auto account = ConnectByOAuth();
  EXPECT_EQ(account->profile["users"].size(), 120U);
  EXPECT_EQ(far_side.Count("GET /v2/users"), 3U);
}

// ---- API keys

TEST_F(Connect, AGoodKeyMakesAnActiveAccount) {
  const auto account = ConnectByKey();
  ASSERT_TRUE(account.ok()) << account.error().message;
  EXPECT_EQ(account->state, AccountState::kActive);
  EXPECT_EQ(account->method, ports::AuthMethod::kApiKey);
  EXPECT_THAT(account->external_id, AllOf(StartsWith("key:"), Not(HasSubstr(far_side.key().id))));
  EXPECT_EQ(far_side.hooks().size(), 1U);
  EXPECT_EQ(far_side.log().front(), "GET /v1/ping");
}

TEST_F(Connect, OfAKeyThatIsAllSecretTheProviderSaysWhoseItIs) {
  const auto secretive = testing::ConnectorsWith(
      {{"first of the two values', secret: false", "first of the two values', secret: true"},
       {"action: integrations.me, pick: .company_id", "action: company.get, pick: .name"}});
  accounts::Connections telling(DependenciesOfConnections(*secretive));
  const auto account = telling.ConnectWithKey({"acme", "aircall", GoodKey()});
  ASSERT_TRUE(account.ok()) << account.error().message;
  EXPECT_EQ(account->external_id, account->display_name);
}

TEST_F(Connect, TheSameKeyAgainKeepsItsAccount) {
  EXPECT_EQ(ConnectByKey()->id, ConnectByKey()->id);
}

TEST_F(Connect, ABadKeyIsRefusedAndNotKept) {
  auto fields = GoodKey();
  fields["api_token"] = Secret("wrong");
  ExpectError(connections.ConnectWithKey({"acme", "aircall", fields}), ErrorKind::kUnauthorized,
              "CREDENTIAL_REFUSED");
  EXPECT_TRUE(accounts.List({}, {})->items.empty());
}

TEST_F(Connect, AKeyWithAMissingPartNamesThePart) {
  for (const char* blank : {"", "  \t"}) {
    auto fields = GoodKey();
    fields["api_token"] = Secret(blank);
    const auto refused = connections.ConnectWithKey({"acme", "aircall", fields});
    ExpectError(refused, ErrorKind::kInvalid, "CREDENTIAL_FIELD_MISSING");
    EXPECT_THAT(refused.error().message, HasSubstr("API token"));
  }
  EXPECT_TRUE(far_side.log().empty());
}

TEST_F(Connect, BlanksAroundACopiedKeyDoNotMatter) {
  auto fields = GoodKey();
  fields["api_id"] = Secret(" " + far_side.key().id + "\n");
  EXPECT_TRUE(connections.ConnectWithKey({"acme", "aircall", fields}).ok());
}

TEST_F(Connect, AKeyNeedsATenantAndAKnownConnector) {
  ExpectError(connections.ConnectWithKey({"", "aircall", GoodKey()}), ErrorKind::kInvalid,
              "TENANT_MISSING");
  ExpectError(connections.ConnectWithKey({"acme", "fax", GoodKey()}), ErrorKind::kInvalid,
              "CONNECTOR_UNKNOWN");
}

TEST_F(Connect, AProviderInTroubleDoesNotMakeAKeyWrong) {
  FailAt("GET /v1/ping", ports::HttpResponse{503, {}, "{}"});
  const auto failed = ConnectByKey();
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().kind, ErrorKind::kUnauthorized);
  FailAt("GET /v1/ping", ports::HttpResponse{429, {{"retry-after", "7"}}, "{}"});
  const auto limited = ConnectByKey();
  ASSERT_FALSE(limited.ok());
  EXPECT_EQ(limited.error().kind, ErrorKind::kRateLimited);
}

TEST_F(Connect, AKeyFromTheLinksPageUsesTheLinkUp) {
  const std::string token = NewLink();
  auto wrong = GoodKey();
  wrong["api_token"] = Secret("wrong");
  ExpectError(connections.FinishWithKey(token, wrong), ErrorKind::kUnauthorized,
              "CREDENTIAL_REFUSED");
  EXPECT_EQ(SessionOf(token).state, SessionState::kFailed);
  const auto account = connections.FinishWithKey(token, GoodKey());
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(SessionOf(token).state, SessionState::kSucceeded);
  EXPECT_EQ(SessionOf(token).account, account->id);
}

}  // namespace
}  // namespace sb
