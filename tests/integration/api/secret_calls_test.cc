#include <gmock/gmock.h>

#include "switchboard/v1/secret.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReasonOf;
using ::testing::SizeIs;

class SecretCalls : public ::testing::Test {
 protected:
  grpc::Status Set(const std::string& key, const std::string& tenant, const std::string& name,
                   const std::string& value = "s3cret") {
    v1::SetSecretRequest request;
    request.set_tenant(tenant);
    request.set_name(name);
    request.set_value(value);
    return stub_->SetSecret(house_.With(key).get(), request, &set_);
  }

  v1::ListSecretsResponse List(const std::string& key, const std::string& tenant = "") {
    v1::ListSecretsRequest request;
    request.set_tenant(tenant);
    v1::ListSecretsResponse response;
    EXPECT_TRUE(stub_->ListSecrets(house_.With(key).get(), request, &response).ok());
    return response;
  }

  grpc::Status Delete(const std::string& key, const std::string& tenant, const std::string& name) {
    v1::DeleteSecretRequest request;
    request.set_tenant(tenant);
    request.set_name(name);
    v1::DeleteSecretResponse response;
    return stub_->DeleteSecret(house_.With(key).get(), request, &response);
  }

  /// What a tenant's secret `petstore` opens to.
  std::string ValueOf(const std::string& tenant) {
    const auto stored = house_.secrets.Find(tenant, "petstore").value();
    return house_.vault.Open(stored->sealed, ports::SecretContext(tenant, "petstore"))
        .value()
        .Reveal();
  }

  testing::ApiHouse house_;
  std::string operator_ = house_.AddKey(Role::kOperator);
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  v1::SetSecretResponse set_;
  std::unique_ptr<v1::SecretService::Stub> stub_ = v1::SecretService::NewStub(house_.channel());
};

TEST_F(SecretCalls, ASecretIsKeptAndNeverToldAgain) {
  ASSERT_TRUE(Set(operator_, "acme", "petstore").ok());
  EXPECT_EQ(set_.secret().name(), "petstore");
  EXPECT_EQ(ValueOf("acme"), "s3cret");
  const auto listed = List(operator_, "acme");
  ASSERT_THAT(listed.secrets(), SizeIs(1));
  EXPECT_EQ(listed.secrets(0).tenant(), "acme");
  EXPECT_TRUE(listed.secrets(0).has_update_time());
  for (const std::string& answer : {set_.DebugString(), listed.DebugString()})
    EXPECT_THAT(answer, Not(HasSubstr("s3cret")));
}

TEST_F(SecretCalls, SettingItAgainReplacesItsValue) {
  ASSERT_TRUE(Set(operator_, "acme", "petstore").ok());
  ASSERT_TRUE(Set(operator_, "acme", "petstore", "new").ok());
  EXPECT_EQ(ValueOf("acme"), "new");
  EXPECT_THAT(List(operator_, "acme").secrets(), SizeIs(1));
}

TEST_F(SecretCalls, ATenantsKeyReachesItsOwnSecretsAlone) {
  ASSERT_TRUE(Set(operator_, "globex", "petstore").ok());
  EXPECT_THAT(List(acme_).secrets(), SizeIs(0));
  EXPECT_EQ(ReasonOf(Set(acme_, "globex", "petstore", "mine")), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(Delete(acme_, "globex", "petstore")), "TENANT_FORBIDDEN");
  ASSERT_TRUE(Set(acme_, "", "petstore", "own").ok());
  EXPECT_EQ(ValueOf("acme"), "own");
  EXPECT_EQ(ValueOf("globex"), "s3cret");
}

TEST_F(SecretCalls, AViewerSetsNothing) {
  const std::string viewer = house_.AddKey(Role::kViewer, "acme");
  EXPECT_EQ(ReasonOf(Set(viewer, "acme", "petstore")), "ROLE_INSUFFICIENT");
  EXPECT_EQ(ReasonOf(Delete(viewer, "acme", "petstore")), "ROLE_INSUFFICIENT");
}

TEST_F(SecretCalls, SaysWhatIsWrong) {
  EXPECT_EQ(ReasonOf(Set(operator_, "", "petstore")), "TENANT_MISSING");
  for (const std::string& name : {std::string(), std::string("a b"), std::string(101, 'a')})
    EXPECT_EQ(ReasonOf(Set(operator_, "acme", name)), "SECRET_NAME_INVALID");
  for (const std::string& value : {std::string(), std::string(64 * 1024 + 1, 'x')})
    EXPECT_EQ(ReasonOf(Set(operator_, "acme", "petstore", value)), "SECRET_VALUE_INVALID");
  EXPECT_EQ(ReasonOf(Delete(operator_, "acme", "petstore")), "SECRET_NOT_FOUND");
}

TEST_F(SecretCalls, AListGoesOnWithTheNextPage) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(Set(operator_, "acme", name).ok());
  v1::ListSecretsRequest request;
  request.set_page_size(2);
  v1::ListSecretsResponse first, second;
  ASSERT_TRUE(stub_->ListSecrets(house_.With(acme_).get(), request, &first).ok());
  ASSERT_THAT(first.secrets(), SizeIs(2));
  EXPECT_EQ(first.secrets(0).name(), "a");
  request.set_page_token(first.next_page_token());
  ASSERT_TRUE(stub_->ListSecrets(house_.With(acme_).get(), request, &second).ok());
  ASSERT_THAT(second.secrets(), SizeIs(1));
  EXPECT_EQ(second.secrets(0).name(), "c");
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(SecretCalls, ADeletedSecretIsGone) {
  ASSERT_TRUE(Set(operator_, "acme", "petstore").ok());
  ASSERT_TRUE(Delete(operator_, "acme", "petstore").ok());
  EXPECT_THAT(List(operator_, "acme").secrets(), SizeIs(0));
}

}  // namespace
}  // namespace sb::api
