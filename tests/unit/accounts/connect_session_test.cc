// What a connect session is asked for, and what it then allows: methods, an account to connect
// again, addresses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using accounts::SessionRequest;
using ports::AccountState;
using ports::AuthMethod;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConnectSession : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  template <typename T>
  void ExpectError(const T& result, const std::string& code) {
    ASSERT_FALSE(result.ok()) << "expected " << code;
    EXPECT_EQ(result.error().code, code) << result.error().message;
  }

  SessionRequest Again(AccountId account, const std::string& tenant = "acme") {
    SessionRequest request;
    request.tenant = tenant;
    request.reconnects = account;
    return request;
  }

  /// The company is called so at the provider; with `users`, it is another one that has those.
  void CallTheCompany(const std::string& name, const std::string& users = "") {
    far_side.interfere =
        [=](const std::string& method,
            const std::string& path) -> std::optional<Result<ports::HttpResponse>> {
      if (method == "GET" && path == "/v1/company")
        return Result(ports::HttpResponse{200, {}, R"({"company":{"name":")" + name + R"("}})"});
      if (method != "GET" || !path.ends_with("/users") || users.empty()) return {};
      return Result(
          ports::HttpResponse{200, {}, R"({"users":)" + users + R"(,"meta":{"total":1}})"});
    };
  }
};

TEST_F(ConnectSession, LeadsBackOnlyToAllowedAddresses) {
  SessionRequest request;
  request.tenant = "acme";
  request.return_url = "https://evil.example/";
  ExpectError(connections.CreateSession(request), "ADDRESS_NOT_ALLOWED");
  request.return_url = "https://app.example/done";
  EXPECT_TRUE(connections.CreateSession(request).ok());
  request.opener_origin = "https://evil.example";
  ExpectError(connections.CreateSession(request), "ADDRESS_NOT_ALLOWED");
  request.opener_origin = "https://app.example";
  EXPECT_TRUE(connections.CreateSession(request).ok());
}

TEST_F(ConnectSession, RefusesMethodsThatThereAreNot) {
  auto dependencies = DependenciesOfConnections();
  dependencies.oauth_clients.clear();
  accounts::Connections bare(std::move(dependencies));
  SessionRequest request;
  request.tenant = "acme";
  request.methods = {AuthMethod::kOAuth};
  ExpectError(bare.CreateSession(request), "OAUTH_NOT_CONFIGURED");
  request.methods = {AuthMethod::kApiKey};
  EXPECT_TRUE(bare.CreateSession(request).ok());
}

TEST_F(ConnectSession, OffersOnlyItsMethods) {
  SessionRequest request;
  request.methods = {AuthMethod::kApiKey};
  ExpectError(connections.BeginOAuth(NewLink(request)), "SESSION_METHOD_FORBIDDEN");
  request.methods = {AuthMethod::kOAuth};
  ExpectError(connections.FinishWithKey(NewLink(request), GoodKey()), "SESSION_METHOD_FORBIDDEN");
}

TEST_F(ConnectSession, ConnectsTheSameAccountAgainByWhicheverMethod) {
  const auto account = ConnectByOAuth();
  ASSERT_TRUE(account.ok());
  const auto by_key = connections.FinishWithKey(NewLink(Again(account->id)), GoodKey());
  ASSERT_TRUE(by_key.ok()) << by_key.error().message;
  EXPECT_EQ(by_key->id, account->id);
  EXPECT_EQ(Stored(account->id).method, AuthMethod::kApiKey);
  EXPECT_EQ(Stored(account->id).external_id, account->external_id) << "the provider's id is kept";
  const auto by_oauth = connections.FinishOAuth(Leave(NewLink(Again(account->id))));
  ASSERT_TRUE(by_oauth.ok());
  EXPECT_EQ(by_oauth->id, account->id);
  EXPECT_EQ(accounts.GetCredential(account->id)->generation, 3);
}

TEST_F(ConnectSession, AKeysAccountTakesAnotherKeyOfTheSameCompany) {
  const auto account = ConnectByKey();
  ASSERT_TRUE(account.ok());
  auto renewed = GoodKey();
  const auto again = connections.ConnectWithKey({"acme", "aircall", renewed, account->id});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->id, account->id);
}

TEST_F(ConnectSession, AnAccountIsNotGivenToAnotherCompany) {
  const auto account = ConnectByKey();
  CallTheCompany("Other Lamps", R"([{"id":990001,"name":"Sam","email":"sam@other.example"}])");
  const auto refused = connections.ConnectWithKey({"acme", "aircall", GoodKey(), account->id});
  ExpectError(refused, "ACCOUNT_OTHER_COMPANY");
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("Other Lamps"), HasSubstr("Harbour Lamps")));
  EXPECT_EQ(accounts.GetCredential(account->id)->generation, 1) << "the old credential stays";
}

TEST_F(ConnectSession, ACompanyOfTheSameNameIsAnotherOneWhenItsUsersAre) {
  const auto account = ConnectByKey();
  CallTheCompany("Harbour Lamps", R"([{"id":990001,"name":"Sam","email":"sam@other.example"}])");
  ExpectError(connections.ConnectWithKey({"acme", "aircall", GoodKey(), account->id}),
              "ACCOUNT_OTHER_COMPANY");
}

TEST_F(ConnectSession, ACompanyThatWasRenamedKeepsItsAccount) {
  const auto account = ConnectByKey();
  CallTheCompany("Harbour Lights");
  const auto again = connections.ConnectWithKey({"acme", "aircall", GoodKey(), account->id});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->id, account->id);
  EXPECT_EQ(Stored(account->id).display_name, "Harbour Lights");
}

TEST_F(ConnectSession, ATenantCannotAskForAnotherTenantsAccount) {
  const auto account = ConnectByOAuth();
  const auto refused = connections.CreateSession(Again(account->id, "globex"));
  ExpectError(refused, "ACCOUNT_NOT_FOUND");
  EXPECT_THAT(refused.error().message, AllOf(Not(HasSubstr("Harbour")), Not(HasSubstr("acme"))));
  ExpectError(connections.ConnectWithKey({"globex", "aircall", GoodKey(), account->id}),
              "ACCOUNT_NOT_FOUND");
  ExpectError(connections.CreateSession(Again(AccountId(404))), "ACCOUNT_NOT_FOUND");
}

TEST_F(ConnectSession, ADisconnectedAccountIsConnectedAnew) {
  const auto account = ConnectByOAuth();
  ASSERT_TRUE(connections.Disconnect(account->id).ok());
  ExpectError(connections.CreateSession(Again(account->id)), "ACCOUNT_DISCONNECTED");
}

TEST_F(ConnectSession, AKeyInOneBrowserEndsWhatAnotherHadBegun) {
  const std::string token = NewLink();
  const auto stolen = Leave(token);
  const auto session = connections.FindSession(token);
  ASSERT_TRUE(connections.BindToBrowser(*session).ok());
  ExpectError(connections.FinishOAuth(stolen), "OAUTH_STATE_UNKNOWN");
  ASSERT_TRUE(connections.FinishWithKey(token, GoodKey()).ok());
  ExpectError(connections.BindToBrowser(*session), "SESSION_FINISHED");
}

TEST_F(ConnectSession, TheProvidersOwnWordsReachThePersonOnlyBehindAGoodState) {
  const std::string token = NewLink();
  auto returned = Leave(token);
  returned.code.clear();
  returned.error = "access_denied";
  returned.error_description = "The resource owner\ndenied the request";
  const auto refused = connections.FinishOAuth(returned);
  ExpectError(refused, "OAUTH_REFUSED");
  EXPECT_THAT(refused.error().message,
              HasSubstr("access_denied: The resource owner denied the request"));
  EXPECT_EQ(connections.FindSession(token)->error, refused.error().message);
  EXPECT_THAT(connections.FinishOAuth({"", "", "oops", "", "call 555 now"}).error().message,
              Not(HasSubstr("call")));
}

TEST_F(ConnectSession, AKeyThatNoAdministratorMadeIsRefusedWhereTheProviderTells) {
  for (const auto& [says, passes] :
       {std::pair("true", true), std::pair("null", true), std::pair("false", false)}) {
    const auto library = testing::ConnectorsWithAccounts(
        std::string("key_creator: { action: company.get, pick: '") + says + "' }");
    accounts::Connections telling(DependenciesOfConnections(*library));
    const auto account =
        telling.ConnectWithKey({"tenant-" + std::string(says), "aircall", GoodKey()});
    EXPECT_EQ(account.ok(), passes) << says;
    if (account.ok()) continue;
    ExpectError(account, "CREDENTIAL_NOT_ADMINISTRATOR");
    EXPECT_THAT(account.error().message, HasSubstr("creator is not an administrator"));
    EXPECT_TRUE(accounts.List({"tenant-false", "aircall", true}, {})->items.empty());
  }
}

TEST_F(ConnectSession, AProviderThatAnswersAPageOrARedirectIsNotTakenAtItsWord) {
  for (const ports::HttpResponse& answer :
       {ports::HttpResponse{200, {}, "<html>Sign in</html>"},
        ports::HttpResponse{302, {{"location", "https://evil.example/"}}, ""}}) {
    far_side.interfere =
        [=](const std::string&,
            const std::string& path) -> std::optional<Result<ports::HttpResponse>> {
      if (path != "/v1/oauth/token") return {};
      return Result(answer);
    };
    const auto refused = ConnectByOAuth();
    ExpectError(refused, "OAUTH_UNAVAILABLE");
    EXPECT_THAT(refused.error().message, AllOf(Not(HasSubstr("Sign in")), Not(HasSubstr("evil"))));
  }
  EXPECT_TRUE(accounts.List({}, {})->items.empty());
}

}  // namespace
}  // namespace sb
