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
  grpc::Status Set(const std::string& key, const std::string& tenant,
                   const std::string& client_id = "") {
    v1::SetApplicationRequest request;
    request.set_tenant(tenant);
    request.set_client_id(client_id.empty() ? "client-of-" + tenant : client_id);
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
    return stub_->DeleteApplication(house_.With(key).get(), request, &deleted_);
  }

  /// An account of acme that consented to this application of acme's.
  void Connect(std::int64_t number, const std::string& client_id) {
    ports::Account account;
    account.id = AccountId(number);
    account.tenant = "acme";
    account.connector = "aircall";
    account.external_id = std::to_string(number);
    ASSERT_TRUE(house_.accounts.Insert(account).ok());
    const ports::StoredCredential credential{1, "sealed", {}, {}, {"acme", client_id}};
    ASSERT_TRUE(house_.accounts.PutCredential(account.id, credential).ok());
  }

  testing::ApiHouse house_;
  std::string admin_ = house_.AddKey(Role::kAdmin);
  std::string operator_ = house_.AddKey(Role::kOperator);
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  v1::SetApplicationResponse set_;
  v1::DeleteApplicationResponse deleted_;
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

TEST_F(ApplicationCalls, AccountsGoOnWithAFormerApplicationAndEveryAnswerSaysSo) {
  ASSERT_TRUE(Set(operator_, "acme", "first").ok());
  Connect(1001, "first");
  Connect(1002, "first");
  ASSERT_TRUE(Set(operator_, "acme", "first").ok());
  EXPECT_EQ(set_.application().accounts(), 2) << "the same one with another secret";
  EXPECT_EQ(set_.former_size(), 0);

  ASSERT_TRUE(Set(operator_, "acme", "second").ok());
  EXPECT_EQ(set_.application().accounts(), 0);
  ASSERT_EQ(set_.former_size(), 1);
  EXPECT_EQ(set_.former(0).client_id(), "first");
  EXPECT_EQ(set_.former(0).accounts(), 2);
  EXPECT_TRUE(set_.former(0).has_retire_time());

  Connect(1003, "second");
  ASSERT_TRUE(Delete(operator_, "acme").ok());
  EXPECT_EQ(deleted_.accounts(), 1);
  const auto listed = List(acme_);
  ASSERT_EQ(listed.applications_size(), 2) << "both are former ones now";
  EXPECT_EQ(listed.applications(0).install_url(), "");
  EXPECT_THAT(listed.DebugString(), Not(HasSubstr("s3cret")));
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
