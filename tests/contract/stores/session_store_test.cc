#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::ConnectSession;
using ports::SessionState;

ConnectSession Invitation() {
  ConnectSession session;
  session.id = SessionId(7001);
  session.token_hash = std::string("token\0hash", 10);
  session.tenant = "acme";
  session.connector = "aircall";
  session.return_url = "https://acme.example/done?a=b";
  session.offers_key = false;
  session.reconnects = AccountId(1001);
  session.opener_origin = "https://acme.example";
  session.from_provider = true;
  session.branding = {"Acme \"CRM\"", "https://acme.example/logo.png", "#0f5c5c", "#ffffff", "Hi"};
  session.created_at = kStoryTime;
  session.expires_at = kStoryTime + std::chrono::minutes(30);
  return session;
}

template <typename World>
class SessionStoreContract : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(sessions_.Insert(Invitation()), IsOk()); }

  World world_;
  ports::SessionStore& sessions_ = world_.sessions;
  const SessionId id_ = Invitation().id;
};

TYPED_TEST_SUITE(SessionStoreContract, Worlds, WorldNames);

TYPED_TEST(SessionStoreContract, FindsAnInvitationByItsIdAndByItsToken) {
  for (const auto& found :
       {this->sessions_.Get(this->id_), this->sessions_.FindByToken(Invitation().token_hash)}) {
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->id, this->id_);
    EXPECT_EQ(found->token_hash, Invitation().token_hash);
    EXPECT_EQ(found->tenant, "acme");
    EXPECT_EQ(found->connector, "aircall");
    EXPECT_EQ(found->return_url, Invitation().return_url);
    EXPECT_TRUE(found->offers_oauth);
    EXPECT_FALSE(found->offers_key);
    EXPECT_EQ(found->reconnects, AccountId(1001));
    EXPECT_EQ(found->opener_origin, "https://acme.example");
    EXPECT_TRUE(found->from_provider);
    EXPECT_EQ(found->branding.name, "Acme \"CRM\"");
    EXPECT_EQ(found->branding.logo_url, "https://acme.example/logo.png");
    EXPECT_EQ(found->branding.accent_color, "#0f5c5c");
    EXPECT_EQ(found->branding.background_color, "#ffffff");
    EXPECT_EQ(found->branding.text, "Hi");
    EXPECT_EQ(found->state, SessionState::kPending);
    EXPECT_EQ(found->state_hash, "");
    EXPECT_TRUE(found->account.IsNone());
    EXPECT_EQ(found->created_at, Invitation().created_at);
    EXPECT_EQ(found->expires_at, Invitation().expires_at);
  }
}

TYPED_TEST(SessionStoreContract, SaysWhenThereIsNoSuchSession) {
  const SessionId unknown(404);
  EXPECT_THAT(this->sessions_.Get(unknown), FailsWith(ErrorKind::kNotFound, "SESSION_NOT_FOUND"));
  EXPECT_THAT(this->sessions_.FindByToken("forged"),
              FailsWith(ErrorKind::kNotFound, "SESSION_NOT_FOUND"));
  EXPECT_THAT(this->sessions_.BeginAuthorization(unknown, "s", "b"),
              FailsWith(ErrorKind::kNotFound, "SESSION_NOT_FOUND"));
  EXPECT_THAT(this->sessions_.Finish(unknown, AccountId(1), ""),
              FailsWith(ErrorKind::kNotFound, "SESSION_NOT_FOUND"));
}

TYPED_TEST(SessionStoreContract, SpendsAStateOnce) {
  ASSERT_THAT(this->sessions_.BeginAuthorization(this->id_, "state", "browser"), IsOk());

  const auto session = this->sessions_.SpendState("state");

  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->id, this->id_);
  EXPECT_EQ(session->state, SessionState::kAuthorizing);
  EXPECT_EQ(session->browser_hash, "browser");
  EXPECT_EQ(session->state_hash, "");
  EXPECT_THAT(this->sessions_.SpendState("state"),
              FailsWith(ErrorKind::kNotFound, "SESSION_STATE_UNKNOWN"));
}

TYPED_TEST(SessionStoreContract, KnowsNoForgedEmptyOrReplacedState) {
  ASSERT_THAT(this->sessions_.BeginAuthorization(this->id_, "first", "browser"), IsOk());
  ASSERT_THAT(this->sessions_.BeginAuthorization(this->id_, "second", "another browser"), IsOk());
  for (const char* state : {"forged", "", "first"}) {
    EXPECT_THAT(this->sessions_.SpendState(state),
                FailsWith(ErrorKind::kNotFound, "SESSION_STATE_UNKNOWN"))
        << state;
  }
  EXPECT_EQ(this->sessions_.SpendState("second")->browser_hash, "another browser");
}

TYPED_TEST(SessionStoreContract, BeginsAgainAfterAFailure) {
  ASSERT_THAT(this->sessions_.BeginAuthorization(this->id_, "first", "browser"), IsOk());
  ASSERT_THAT(this->sessions_.Finish(this->id_, AccountId(), "access was refused"), IsOk());
  EXPECT_EQ(this->sessions_.Get(this->id_)->state, SessionState::kFailed);
  EXPECT_EQ(this->sessions_.Get(this->id_)->error, "access was refused");
  EXPECT_THAT(this->sessions_.SpendState("first"),
              FailsWith(ErrorKind::kNotFound, "SESSION_STATE_UNKNOWN"));

  ASSERT_THAT(this->sessions_.BeginAuthorization(this->id_, "second", "browser"), IsOk());

  EXPECT_EQ(this->sessions_.Get(this->id_)->error, "");
  EXPECT_THAT(this->sessions_.SpendState("second"), IsOk());
}

TYPED_TEST(SessionStoreContract, StaysSucceeded) {
  const AccountId account(1001);
  ASSERT_THAT(this->sessions_.Finish(this->id_, account, ""), IsOk());
  EXPECT_EQ(this->sessions_.Get(this->id_)->state, SessionState::kSucceeded);
  EXPECT_EQ(this->sessions_.Get(this->id_)->account, account);

  EXPECT_THAT(this->sessions_.Finish(this->id_, account, ""), IsOk())
      << "telling it again after a lost answer";
  EXPECT_THAT(this->sessions_.BeginAuthorization(this->id_, "s", "b"),
              FailsWith(ErrorKind::kConflict, "SESSION_FINISHED"));
  EXPECT_THAT(this->sessions_.Finish(this->id_, AccountId(), "late failure"),
              FailsWith(ErrorKind::kConflict, "SESSION_FINISHED"));
  EXPECT_EQ(this->sessions_.Get(this->id_)->state, SessionState::kSucceeded);
}

}  // namespace
}  // namespace sb::testing
