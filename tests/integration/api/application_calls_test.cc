#include <gmock/gmock.h>

#include "switchboard/v1/application.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ReasonOf;
using ::testing::StartsWith;

class ApplicationCalls : public ::testing::Test {
 protected:
  grpc::Status Set(const std::string& key, const std::string& tenant) {
    v1::SetApplicationRequest request;
    request.set_tenant(tenant);
    request.set_client_id("client-of-" + tenant);
    request.set_client_secret("s3cret");
    return stub_->SetApplication(house_.With(key).get(), request, &set_);
  }

  v1::ListApplicationsResponse List(const std::string& key) {
    v1::ListApplicationsResponse response;
    EXPECT_TRUE(stub_->ListApplications(house_.With(key).get(), {}, &response).ok());
    return response;
  }

  grpc::Status Delete(const std::string& key, const std::string& tenant) {
    v1::DeleteApplicationRequest request;
    request.set_tenant(tenant);
    v1::DeleteApplicationResponse response;
    return stub_->DeleteApplication(house_.With(key).get(), request, &response);
  }

  testing::ApiHouse house_;
  std::string admin_ = house_.AddKey(Role::kAdmin);
  std::string operator_ = house_.AddKey(Role::kOperator);
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  v1::SetApplicationResponse set_;
  std::unique_ptr<v1::ApplicationService::Stub> stub_ =
      v1::ApplicationService::NewStub(house_.channel());
};

TEST_F(ApplicationCalls, AnApplicationIsKeptAndItsSecretNeverToldAgain) {
  ASSERT_TRUE(Set(operator_, "acme").ok());
  const v1::Application& application = set_.application();
  EXPECT_EQ(application.client_id(), "client-of-acme");
  EXPECT_EQ(application.redirect_url(), "http://switchboard.test/oauth/callback");
  EXPECT_THAT(application.install_url(), StartsWith("http://switchboard.test/install/aircall/"));
  EXPECT_THAT(set_.DebugString(), Not(HasSubstr("s3cret")));
  EXPECT_THAT(List(operator_).DebugString(), Not(HasSubstr("s3cret")));
  EXPECT_TRUE(Delete(operator_, "acme").ok());
  EXPECT_EQ(ReasonOf(Delete(operator_, "acme")), "APPLICATION_NOT_FOUND");
}

TEST_F(ApplicationCalls, TheServersOwnIsForAdmins) {
  EXPECT_EQ(ReasonOf(Set(operator_, "")), "ROLE_INSUFFICIENT");
  ASSERT_TRUE(Set(admin_, "").ok());
  EXPECT_EQ(ReasonOf(Delete(operator_, "")), "ROLE_INSUFFICIENT");
  EXPECT_TRUE(Delete(admin_, "").ok());
}

TEST_F(ApplicationCalls, ATenantReachesItsOwnAlone) {
  ASSERT_TRUE(Set(admin_, "").ok());
  ASSERT_TRUE(Set(admin_, "globex").ok());
  EXPECT_EQ(ReasonOf(Set(acme_, "globex")), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(Delete(acme_, "globex")), "TENANT_FORBIDDEN");
  EXPECT_EQ(List(acme_).applications_size(), 0);
  ASSERT_TRUE(Set(acme_, "").ok()) << "an empty tenant is the key's own";
  EXPECT_EQ(set_.application().tenant(), "acme");
  EXPECT_EQ(List(acme_).applications_size(), 1);
  EXPECT_EQ(List(admin_).applications_size(), 3);
}

}  // namespace
}  // namespace sb::api
