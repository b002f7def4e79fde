#include <gmock/gmock.h>

#include "engine/base/encoding.h"
#include "switchboard/v1/account.grpc.pb.h"
#include "switchboard/v1/api_key.grpc.pb.h"
#include "switchboard/v1/event.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ports::TenantScope;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReasonOf;
using ::testing::StartsWith;

class ApiKeyCalls : public ::testing::Test {
 protected:
  static v1::CreateApiKeyRequest Request(v1::ApiKey::Role role,
                                         const std::vector<std::string>& tenants) {
    v1::CreateApiKeyRequest request;
    request.set_name("ci");
    request.set_role(role);
    for (const std::string& tenant : tenants) request.add_tenants(tenant);
    request.set_all_tenants(tenants.empty());
    return request;
  }

  grpc::Status Create(const v1::CreateApiKeyRequest& request, const std::string& key) {
    created_.Clear();
    return stub_->CreateApiKey(house_.With(key).get(), request, &created_);
  }

  v1::CreateApiKeyResponse Made(v1::ApiKey::Role role, const std::vector<std::string>& tenants) {
    EXPECT_TRUE(Create(Request(role, tenants), admin_).ok());
    return created_;
  }

  std::vector<std::string> NamesFor(const std::string& key) {
    v1::ListApiKeysResponse response;
    EXPECT_TRUE(stub_->ListApiKeys(house_.With(key).get(), {}, &response).ok());
    std::vector<std::string> names;
    for (const v1::ApiKey& each : response.api_keys()) names.push_back(each.name());
    return names;
  }

  /// Whether a key opens something that any role may do.
  std::string Knock(const std::string& key, const std::string& tenant = "") {
    v1::ListAccountsRequest request;
    request.set_tenant(tenant);
    v1::ListAccountsResponse response;
    const auto status = v1::AccountService::NewStub(house_.channel())
                            ->ListAccounts(house_.With(key).get(), request, &response);
    return status.ok() ? "" : ReasonOf(status);
  }

  v1::ApiKey Get(const std::string& id) {
    v1::GetApiKeyRequest request;
    request.set_api_key(id);
    v1::GetApiKeyResponse response;
    EXPECT_TRUE(stub_->GetApiKey(house_.With(admin_).get(), request, &response).ok());
    return response.api_key();
  }

  grpc::Status Rotate(const std::string& id, std::optional<seconds> overlap = {}) {
    v1::RotateApiKeyRequest request;
    request.set_api_key(id);
    if (overlap) request.mutable_overlap()->set_seconds(overlap->count());
    rotated_.Clear();
    return stub_->RotateApiKey(house_.With(admin_).get(), request, &rotated_);
  }

  grpc::Status Revoke(const std::string& id) {
    v1::RevokeApiKeyRequest request;
    request.set_api_key(id);
    v1::RevokeApiKeyResponse response;
    return stub_->RevokeApiKey(house_.With(admin_).get(), request, &response);
  }

  grpc::Status MakeToken(const std::string& key, const std::string& tenant,
                         v1::CreateTenantTokenRequest::Scope scope, seconds lifetime = {}) {
    v1::CreateTenantTokenRequest request;
    request.set_tenant(tenant);
    request.set_scope(scope);
    if (lifetime > seconds(0)) request.mutable_lifetime()->set_seconds(lifetime.count());
    return stub_->CreateTenantToken(house_.With(key).get(), request, &token_);
  }

  testing::ApiHouse house_;
  std::string admin_ = house_.AddKey(Role::kAdmin);
  std::string acme_ = house_.AddKey(Role::kAdmin, "acme");
  std::unique_ptr<v1::ApiKeyService::Stub> stub_ = v1::ApiKeyService::NewStub(house_.channel());
  v1::CreateApiKeyResponse created_;
  v1::RotateApiKeyResponse rotated_;
  v1::CreateTenantTokenResponse token_;
};

TEST_F(ApiKeyCalls, AKeyThatWasMadeOpensWhatItSays) {
  const auto made = Made(v1::ApiKey::ROLE_VIEWER, {"globex"});
  EXPECT_THAT(made.key(), StartsWith("sbk_"));
  EXPECT_EQ(made.api_key().state(), v1::ApiKey::STATE_ACTIVE);
  EXPECT_THAT(made.api_key().tenants(), ElementsAre("globex"));
  EXPECT_FALSE(made.api_key().has_expire_time());
  EXPECT_EQ(Knock(made.key()), "");
  EXPECT_EQ(Knock(made.key(), "acme"), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(Create(Request(v1::ApiKey::ROLE_VIEWER, {"globex"}), made.key())),
            "ROLE_INSUFFICIENT");
}

TEST_F(ApiKeyCalls, ItsTextIsToldOnceAndOnlyItsHashIsKept) {
  const auto made = Made(v1::ApiKey::ROLE_ADMIN, {});
  EXPECT_THAT(Get(made.api_key().id()).DebugString(), Not(HasSubstr(made.key())));
  const auto kept = house_.keys.Find(Sha256(made.key())).value();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(ToText(kept->id), made.api_key().id());
}

TEST_F(ApiKeyCalls, AKeyMakesNoneThatIsWiderThanItself) {
  EXPECT_EQ(ReasonOf(Create(Request(v1::ApiKey::ROLE_VIEWER, {}), acme_)), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(Create(Request(v1::ApiKey::ROLE_VIEWER, {"acme", "globex"}), acme_)),
            "TENANT_FORBIDDEN");
  EXPECT_TRUE(Create(Request(v1::ApiKey::ROLE_ADMIN, {"acme"}), acme_).ok());
}

TEST_F(ApiKeyCalls, NorAnyUnlessItIsAnAdmins) {
  for (const Role role : {Role::kOperator, Role::kViewer}) {
    EXPECT_EQ(
        ReasonOf(Create(Request(v1::ApiKey::ROLE_VIEWER, {"acme"}), house_.AddKey(role, "acme"))),
        "ROLE_INSUFFICIENT");
  }
}

TEST_F(ApiKeyCalls, OfSeveralTenantsOpensEachOfThem) {
  const auto made = Made(v1::ApiKey::ROLE_OPERATOR, {"acme", "globex"});
  EXPECT_EQ(Knock(made.key(), "acme"), "");
  EXPECT_EQ(Knock(made.key(), "globex"), "");
  EXPECT_EQ(Knock(made.key(), "initech"), "TENANT_FORBIDDEN");
  EXPECT_EQ(Knock(made.key()), "TENANT_MISSING");
}

TEST_F(ApiKeyCalls, EventsOfSeveralTenantsAreListedTogether) {
  const auto made = Made(v1::ApiKey::ROLE_VIEWER, {"acme", "globex"});
  for (const char* tenant : {"acme", "globex", "initech"})
    house_.AddEvent(house_.AddAccount(tenant));
  v1::ListEventsResponse response;
  ASSERT_TRUE(v1::EventService::NewStub(house_.channel())
                  ->ListEvents(house_.With(made.key()).get(), {}, &response)
                  .ok());
  EXPECT_EQ(response.events_size(), 2);
}

TEST_F(ApiKeyCalls, AListShowsWhatReachesNothingBeyondTheCaller) {
  auto request = Request(v1::ApiKey::ROLE_VIEWER, {"acme"});
  request.set_name("of acme");
  ASSERT_TRUE(Create(request, admin_).ok());
  EXPECT_THAT(NamesFor(acme_), ElementsAre("of acme", "key 2"));
  EXPECT_THAT(NamesFor(admin_), ElementsAre("of acme", "key 2", "key 1"));
}

TEST_F(ApiKeyCalls, AKeyEndsByItself) {
  auto request = Request(v1::ApiKey::ROLE_VIEWER, {"acme"});
  request.mutable_lifetime()->set_seconds(3600);
  ASSERT_TRUE(Create(request, admin_).ok());
  const auto made = created_;
  EXPECT_EQ(Knock(made.key()), "");
  house_.clock.Advance(hours(1));
  EXPECT_EQ(Knock(made.key()), "API_KEY_EXPIRED");
  EXPECT_EQ(Get(made.api_key().id()).state(), v1::ApiKey::STATE_EXPIRED);
}

TEST_F(ApiKeyCalls, ASuccessorWorksBesideTheOldKeyForAWhile) {
  const auto old = Made(v1::ApiKey::ROLE_OPERATOR, {"acme"});
  ASSERT_TRUE(Rotate(old.api_key().id(), hours(2)).ok());
  const auto next = rotated_;
  EXPECT_EQ(next.api_key().role(), v1::ApiKey::ROLE_OPERATOR);
  EXPECT_THAT(next.api_key().tenants(), ElementsAre("acme"));
  EXPECT_EQ(next.old_api_key().state(), v1::ApiKey::STATE_RETIRING);
  EXPECT_EQ(next.old_api_key().successor(), next.api_key().id());
  EXPECT_EQ(Knock(old.key()), "");
  EXPECT_EQ(Knock(next.key()), "");
  house_.clock.Advance(hours(2));
  EXPECT_EQ(Knock(old.key()), "API_KEY_EXPIRED");
  EXPECT_EQ(Knock(next.key()), "");
  EXPECT_EQ(ReasonOf(Rotate(old.api_key().id())), "API_KEY_ENDED");
}

TEST_F(ApiKeyCalls, ASuccessorLivesAsLongAsTheOldKeyWasMadeFor) {
  auto request = Request(v1::ApiKey::ROLE_VIEWER, {"acme"});
  request.mutable_lifetime()->set_seconds(3600);
  ASSERT_TRUE(Create(request, admin_).ok());
  house_.clock.Advance(minutes(50));
  ASSERT_TRUE(Rotate(created_.api_key().id()).ok());
  EXPECT_EQ(rotated_.api_key().expire_time().seconds(),
            rotated_.api_key().create_time().seconds() + 3600);
  EXPECT_EQ(rotated_.old_api_key().expire_time().seconds(),
            created_.api_key().expire_time().seconds())
      << "a rotation does not prolong the old one";
}

TEST_F(ApiKeyCalls, ARevokedKeyIsRefusedWithinSecondsAndForGood) {
  const auto made = Made(v1::ApiKey::ROLE_VIEWER, {"acme"});
  EXPECT_EQ(Knock(made.key()), "");
  ASSERT_TRUE(Revoke(made.api_key().id()).ok());
  house_.clock.Advance(seconds(3));
  EXPECT_EQ(Knock(made.key()), "API_KEY_REVOKED");
  EXPECT_TRUE(Revoke(made.api_key().id()).ok());
  EXPECT_EQ(Get(made.api_key().id()).state(), v1::ApiKey::STATE_REVOKED);
  EXPECT_EQ(ReasonOf(Rotate(made.api_key().id())), "API_KEY_ENDED");
}

TEST_F(ApiKeyCalls, WhatARevokedKeyFollowsIsCutOff) {
  const auto made = Made(v1::ApiKey::ROLE_VIEWER, {"acme"});
  const auto context = house_.With(made.key());
  const auto events = v1::EventService::NewStub(house_.channel());
  const auto stream = events->WatchEvents(context.get(), {});
  v1::WatchEventsResponse message;
  ASSERT_TRUE(stream->Read(&message)) << "it begins with a resume token";
  ASSERT_TRUE(Revoke(made.api_key().id()).ok());
  house_.clock.Advance(seconds(4));
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ApiKeyCalls, ItsLastUseIsKnownToTheMinute) {
  const auto made = Made(v1::ApiKey::ROLE_VIEWER, {"acme"});
  EXPECT_FALSE(Get(made.api_key().id()).has_last_use_time());
  house_.clock.Advance(hours(1));
  EXPECT_EQ(Knock(made.key()), "");
  EXPECT_EQ(Get(made.api_key().id()).last_use_time().seconds(),
            made.api_key().create_time().seconds() + 3600);
}

TEST_F(ApiKeyCalls, ATenantTokenReadsItsTenantForMinutes) {
  ASSERT_TRUE(MakeToken(house_.AddKey(Role::kOperator), "acme",
                        v1::CreateTenantTokenRequest::SCOPE_VIEWER, minutes(5))
                  .ok());
  EXPECT_THAT(token_.token(), StartsWith("sbt_"));
  EXPECT_EQ(Knock(token_.token()), "");
  EXPECT_EQ(Knock(token_.token(), "globex"), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(MakeToken(token_.token(), "acme", v1::CreateTenantTokenRequest::SCOPE_VIEWER)),
            "ROLE_INSUFFICIENT");
  house_.clock.Advance(minutes(5));
  EXPECT_EQ(Knock(token_.token()), "TENANT_TOKEN_EXPIRED");
}

TEST_F(ApiKeyCalls, ATokenForConnectingConnectsAndReadsNothing) {
  ASSERT_TRUE(MakeToken(acme_, "", v1::CreateTenantTokenRequest::SCOPE_CONNECT).ok());
  EXPECT_EQ(Knock(token_.token()), "TOKEN_SCOPE_INSUFFICIENT");
  v1::CreateConnectSessionResponse session;
  EXPECT_TRUE(v1::AccountService::NewStub(house_.channel())
                  ->CreateConnectSession(house_.With(token_.token()).get(), {}, &session)
                  .ok());
  EXPECT_EQ(session.session().tenant(), "acme");
}

TEST_F(ApiKeyCalls, SaysWhatIsWrong) {
  auto request = Request(v1::ApiKey::ROLE_VIEWER, {"acme"});
  request.set_name("");
  EXPECT_EQ(ReasonOf(Create(request, admin_)), "API_KEY_NAME_INVALID");
  EXPECT_EQ(ReasonOf(Create(Request(v1::ApiKey::ROLE_UNSPECIFIED, {"acme"}), admin_)),
            "FIELD_INVALID");
  request = Request(v1::ApiKey::ROLE_VIEWER, {"acme"});
  request.set_all_tenants(true);
  EXPECT_EQ(ReasonOf(Create(request, admin_)), "TENANT_MISSING") << "both";
  request = Request(v1::ApiKey::ROLE_VIEWER, {});
  request.set_all_tenants(false);
  EXPECT_EQ(ReasonOf(Create(request, admin_)), "TENANT_MISSING") << "neither";
  EXPECT_EQ(ReasonOf(Create(Request(v1::ApiKey::ROLE_VIEWER, {""}), admin_)), "FIELD_INVALID");
  request = Request(v1::ApiKey::ROLE_VIEWER, {"acme"});
  request.mutable_lifetime()->set_seconds(1);
  EXPECT_EQ(ReasonOf(Create(request, admin_)), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(Revoke("key_0000000000001")), "API_KEY_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Revoke("ci")), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(MakeToken(admin_, "", v1::CreateTenantTokenRequest::SCOPE_VIEWER)),
            "TENANT_MISSING");
  EXPECT_EQ(
      ReasonOf(MakeToken(admin_, "acme", v1::CreateTenantTokenRequest::SCOPE_VIEWER, hours(2))),
      "FIELD_INVALID");
}

}  // namespace
}  // namespace sb::api
