#include <algorithm>

#include <gmock/gmock.h>

#include "switchboard/v1/account.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using grpc::StatusCode;
using ports::Role;
using ::testing::ElementsAre;
using testing::ReasonOf;
using ::testing::SizeIs;
using ::testing::StartsWith;

class AccountCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientContext> Operator() { return house_.With(operator_); }

  std::unique_ptr<grpc::ClientContext> Acme() { return house_.With(acme_); }

  grpc::Status Get(const std::string& account, std::unique_ptr<grpc::ClientContext> context) {
    v1::GetAccountRequest request;
    request.set_account(account);
    return stub_->GetAccount(context.get(), request, &got_);
  }

  testing::ApiHouse house_;
  std::string operator_ = house_.AddKey(Role::kOperator);
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  std::unique_ptr<v1::AccountService::Stub> stub_ = v1::AccountService::NewStub(house_.channel());
  v1::GetAccountResponse got_;
};

TEST_F(AccountCalls, AConnectSessionGivesALinkAndCanBeFollowed) {
  v1::CreateConnectSessionRequest request;
  request.set_tenant("acme");
  request.mutable_lifetime()->set_seconds(600);
  v1::CreateConnectSessionResponse made;
  ASSERT_TRUE(stub_->CreateConnectSession(Operator().get(), request, &made).ok());
  EXPECT_THAT(made.url(), StartsWith("http://switchboard.test/connect/"));
  EXPECT_EQ(made.session().state(), v1::ConnectSession::STATE_PENDING);
  EXPECT_EQ(made.session().expire_time().seconds() - made.session().create_time().seconds(), 600);

  v1::GetConnectSessionRequest follow;
  follow.set_session(made.session().id());
  v1::GetConnectSessionResponse session;
  ASSERT_TRUE(stub_->GetConnectSession(Acme().get(), follow, &session).ok());
  EXPECT_EQ(session.session().connector(), "aircall");
}

TEST_F(AccountCalls, TheChangesOfAnAccountAreTheirOwnTenantsToRead) {
  const AccountId account = house_.AddAccount("acme", "Lumen Tools");
  ASSERT_TRUE(
      house_.book->Note(account, {accounts::Cause::kCredentialRefused, "connect it again"}).ok());
  v1::ListAccountChangesRequest request;
  request.set_account(ToText(account));
  request.set_page_size(1);
  v1::ListAccountChangesResponse response;
  ASSERT_TRUE(stub_->ListAccountChanges(Acme().get(), request, &response).ok());
  ASSERT_EQ(response.changes_size(), 1);
  EXPECT_EQ(response.changes(0).from(), v1::Account::STATE_ACTIVE);
  EXPECT_EQ(response.changes(0).to(), v1::Account::STATE_NEEDS_REAUTH);
  EXPECT_EQ(response.changes(0).code(), "CREDENTIAL_REFUSED");
  EXPECT_EQ(response.changes(0).reason(), "connect it again");
  EXPECT_EQ(response.changes(0).by(), "provider");
  EXPECT_GT(response.changes(0).change_time().seconds(), 0);
  request.set_page_token(response.next_page_token());
  v1::ListAccountChangesResponse first;
  ASSERT_TRUE(stub_->ListAccountChanges(Acme().get(), request, &first).ok());
  EXPECT_EQ(first.changes(0).from(), v1::Account::STATE_UNSPECIFIED);
  EXPECT_EQ(first.next_page_token(), "");
  ASSERT_TRUE(Get(ToText(account), Acme()).ok());
  EXPECT_EQ(got_.account().state_code(), "CREDENTIAL_REFUSED");

  const auto stranger = house_.With(house_.AddKey(Role::kOperator, "other"));
  EXPECT_EQ(ReasonOf(stub_->ListAccountChanges(stranger.get(), request, &first)),
            "ACCOUNT_NOT_FOUND");
}

TEST_F(AccountCalls, AGapIsToldWithItsReceipt) {
  ports::Gap gap;
  gap.account = house_.AddAccount("acme", "Lumen Tools");
  gap.slot = house_.accounts.Get(gap.account)->slot;
  gap.found_at = house_.clock.Now();
  gap.id = house_.ids.Next<ports::GapTag>(gap.found_at);
  gap.reason = ports::GapReason::kInactive;
  gap.from = gap.found_at - std::chrono::hours(3);
  ASSERT_TRUE(house_.gaps.Open(gap).value());
  v1::ListGapsRequest request;
  request.set_account(ToText(gap.account));
  v1::ListGapsResponse response;
  ASSERT_TRUE(stub_->ListGaps(Acme().get(), request, &response).ok());
  ASSERT_EQ(response.gaps_size(), 1);
  EXPECT_EQ(response.gaps(0).state(), v1::Gap::STATE_WAITING);
  EXPECT_FALSE(response.gaps(0).has_end_time());

  gap.state = ports::GapState::kClosed;
  gap.to = gap.closed_at = gap.found_at;
  gap.recovered = 37;
  gap.open = 1;
  gap.records = 60;
  ASSERT_TRUE(house_.gaps.Save(gap).ok());
  ASSERT_TRUE(stub_->ListGaps(Acme().get(), request, &response).ok());
  const v1::Gap& closed = response.gaps(0);
  EXPECT_EQ(closed.id(), ToText(gap.id));
  EXPECT_EQ(closed.account(), ToText(gap.account));
  EXPECT_EQ(closed.state(), v1::Gap::STATE_CLOSED);
  EXPECT_EQ(closed.reason(), v1::Gap::REASON_INACTIVE);
  EXPECT_EQ(closed.missed_count(), 38);
  EXPECT_EQ(closed.recovered_count(), 37);
  EXPECT_EQ(closed.open_count(), 1);
  EXPECT_EQ(closed.record_count(), 60);
  EXPECT_EQ(closed.end_time().seconds() - closed.start_time().seconds(), 3 * 3600);
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_F(AccountCalls, AConnectSessionExpiresAndSaysSo) {
  v1::CreateConnectSessionRequest request;
  request.set_tenant("acme");
  v1::CreateConnectSessionResponse made;
  ASSERT_TRUE(stub_->CreateConnectSession(Operator().get(), request, &made).ok());
  house_.clock.Advance(std::chrono::minutes(31));
  v1::GetConnectSessionRequest follow;
  follow.set_session(made.session().id());
  v1::GetConnectSessionResponse session;
  ASSERT_TRUE(stub_->GetConnectSession(Operator().get(), follow, &session).ok());
  EXPECT_EQ(session.session().state(), v1::ConnectSession::STATE_EXPIRED);
}

TEST_F(AccountCalls, AConnectSessionNeedsATenantUnlessTheKeyHasOne) {
  v1::CreateConnectSessionRequest request;
  v1::CreateConnectSessionResponse made;
  EXPECT_EQ(ReasonOf(stub_->CreateConnectSession(Operator().get(), request, &made)),
            "TENANT_MISSING");
  ASSERT_TRUE(stub_->CreateConnectSession(Acme().get(), request, &made).ok());
  EXPECT_EQ(made.session().tenant(), "acme");
}

TEST_F(AccountCalls, AKeyOfOneTenantConnectsNoAccountsOfAnother) {
  v1::CreateConnectSessionRequest request;
  request.set_tenant("globex");
  v1::CreateConnectSessionResponse made;
  const auto status = stub_->CreateConnectSession(Acme().get(), request, &made);
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "TENANT_FORBIDDEN");
}

TEST_F(AccountCalls, AConnectSessionRefusesWhatMakesNoSense) {
  v1::CreateConnectSessionRequest request;
  v1::CreateConnectSessionResponse made;
  request.set_tenant("acme");
  request.set_return_url("javascript:alert(1)");
  EXPECT_EQ(ReasonOf(stub_->CreateConnectSession(Operator().get(), request, &made)),
            "ADDRESS_NOT_ALLOWED");
  request.set_return_url("");
  request.mutable_lifetime()->set_seconds(1);
  EXPECT_EQ(ReasonOf(stub_->CreateConnectSession(Operator().get(), request, &made)),
            "FIELD_INVALID");
  request.clear_lifetime();
  request.set_connector("nobody");
  EXPECT_EQ(ReasonOf(stub_->CreateConnectSession(Operator().get(), request, &made)),
            "CONNECTOR_UNKNOWN");
  request.set_connector("");
  request.set_tenant(std::string(201, 'x'));
  EXPECT_EQ(ReasonOf(stub_->CreateConnectSession(Operator().get(), request, &made)),
            "FIELD_INVALID");
}

TEST_F(AccountCalls, ASessionOfAnotherTenantDoesNotExist) {
  v1::CreateConnectSessionRequest request;
  request.set_tenant("globex");
  v1::CreateConnectSessionResponse made;
  ASSERT_TRUE(stub_->CreateConnectSession(Operator().get(), request, &made).ok());
  v1::GetConnectSessionRequest follow;
  follow.set_session(made.session().id());
  v1::GetConnectSessionResponse session;
  const auto status = stub_->GetConnectSession(Acme().get(), follow, &session);
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "SESSION_NOT_FOUND");
}

TEST_F(AccountCalls, AKeyThatTheProviderRefusesConnectsNothing) {
  house_.http.SetWorld([](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
    ports::HttpResponse response;
    response.status = 403;
    return response;
  });
  v1::CreateAccountRequest request;
  request.set_tenant("acme");
  (*request.mutable_credential())["api_id"] = "id";
  (*request.mutable_credential())["api_token"] = "wrong-token";
  v1::CreateAccountResponse response;
  const auto status = stub_->CreateAccount(Operator().get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "CREDENTIAL_REFUSED");
  EXPECT_EQ(status.error_message().find("wrong-token"), std::string::npos);
}

TEST_F(AccountCalls, AKeyWithAPartMissingIsRefused) {
  v1::CreateAccountRequest request;
  request.set_tenant("acme");
  (*request.mutable_credential())["api_id"] = "id";
  v1::CreateAccountResponse response;
  const auto status = stub_->CreateAccount(Operator().get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "CREDENTIAL_FIELD_MISSING");
}

TEST_F(AccountCalls, AnAccountShowsItsProfileAndWhatItIsSent) {
  const auto id = house_.AddAccount("acme", "Lumen Tools");
  ASSERT_TRUE(Get(ToText(id), Acme()).ok());
  EXPECT_EQ(got_.account().state(), v1::Account::STATE_ACTIVE);
  EXPECT_THAT(got_.account().subscribed_events(), ElementsAre("call.ended"));
  EXPECT_EQ(got_.account()
                .profile()
                .fields()
                .at("company")
                .struct_value()
                .fields()
                .at("name")
                .string_value(),
            "Lumen Tools");
}

TEST_F(AccountCalls, AnAccountOfAnotherTenantLooksLikeOneThatDoesNotExist) {
  const auto theirs = Get(ToText(house_.AddAccount("globex")), Acme());
  const auto nobodys = Get(ToText(AccountId(1)), Acme());
  EXPECT_EQ(theirs.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(theirs), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(nobodys), "ACCOUNT_NOT_FOUND");
}

TEST_F(AccountCalls, WhatIsNoIdIsSaidSo) {
  const auto status = Get("lumen", Operator());
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
}

TEST_F(AccountCalls, AListGoesOnPageByPage) {
  for (int i = 0; i < 5; ++i) house_.AddAccount("acme");
  v1::ListAccountsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  do {
    v1::ListAccountsResponse response;
    ASSERT_TRUE(stub_->ListAccounts(Operator().get(), request, &response).ok());
    EXPECT_LE(response.accounts_size(), 2);
    for (const auto& account : response.accounts()) ids.push_back(account.id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, SizeIs(5));
  EXPECT_TRUE(std::is_sorted(ids.rbegin(), ids.rend())) << "newest first";
}

TEST_F(AccountCalls, APageTokenWorksWithItsOwnFiltersOnly) {
  for (int i = 0; i < 3; ++i) house_.AddAccount("acme");
  v1::ListAccountsRequest request;
  request.set_page_size(1);
  v1::ListAccountsResponse response;
  ASSERT_TRUE(stub_->ListAccounts(Operator().get(), request, &response).ok());
  request.set_page_token(response.next_page_token());
  request.set_tenant("globex");
  EXPECT_EQ(ReasonOf(stub_->ListAccounts(Operator().get(), request, &response)),
            "PAGE_TOKEN_INVALID");
}

TEST_F(AccountCalls, AListShowsAKeyOfOneTenantItsOwnAccounts) {
  const auto ours = house_.AddAccount("acme");
  house_.AddAccount("globex");
  v1::ListAccountsResponse response;
  ASSERT_TRUE(stub_->ListAccounts(Acme().get(), {}, &response).ok());
  ASSERT_THAT(response.accounts(), SizeIs(1));
  EXPECT_EQ(response.accounts(0).id(), ToText(ours));
}

TEST_F(AccountCalls, ADisconnectedAccountKeepsItsHistory) {
  const auto id = house_.AddAccount("acme");
  v1::DisconnectAccountRequest request;
  request.set_account(ToText(id));
  v1::DisconnectAccountResponse response;
  ASSERT_TRUE(stub_->DisconnectAccount(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.account().state(), v1::Account::STATE_DISCONNECTED);
  v1::ListAccountsResponse list;
  ASSERT_TRUE(stub_->ListAccounts(Acme().get(), {}, &list).ok());
  EXPECT_THAT(list.accounts(), SizeIs(0));
  v1::ListAccountsRequest with_disconnected;
  with_disconnected.set_show_disconnected(true);
  ASSERT_TRUE(stub_->ListAccounts(Acme().get(), with_disconnected, &list).ok());
  EXPECT_THAT(list.accounts(), SizeIs(1));
}

TEST_F(AccountCalls, ACheckTellsWhatIsWrong) {
  house_.performer.Play([](const ports::ActionCall&, const ports::ActionPerformer::Done& done) {
    done(Unauthorized("AIRCALL_UNAUTHORIZED", "Aircall refused the key"));
  });
  v1::CheckAccountRequest request;
  request.set_account(ToText(house_.AddAccount("acme")));
  v1::CheckAccountResponse response;
  const auto status = stub_->CheckAccount(Acme().get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(response.healthy());
  EXPECT_NE(response.detail(), "");
}

}  // namespace
}  // namespace sb::api
