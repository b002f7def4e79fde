#include <gmock/gmock.h>

#include "switchboard/v1/erasure.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::IsEmpty;
using testing::ReasonOf;
using ::testing::SizeIs;

class ErasureCalls : public ::testing::Test {
 protected:
  grpc::Status Erase(const std::string& key, const v1::ErasePersonRequest& request) {
    return stub_->ErasePerson(house_.With(key).get(), request, &response_);
  }

  v1::ErasePersonRequest Jane(const std::string& tenant = "") {
    v1::ErasePersonRequest request;
    request.set_tenant(tenant);
    request.set_phone("+33 6 12 34 56 78");
    return request;
  }

  std::string RefusalOf(const v1::ErasePersonRequest& request) {
    return ReasonOf(Erase(operator_, request));
  }

  grpc::Status Get(const std::string& key, const std::string& id) {
    v1::GetErasureRequest request;
    request.set_erasure(id);
    return stub_->GetErasure(house_.With(key).get(), request, &got_);
  }

  testing::ApiHouse house_;
  std::string operator_ = house_.AddKey(Role::kOperator);
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  std::string globex_ = house_.AddKey(Role::kOperator, "globex");
  v1::ErasePersonResponse response_;
  v1::GetErasureResponse got_;
  std::unique_ptr<v1::ErasureService::Stub> stub_ = v1::ErasureService::NewStub(house_.channel());
};

TEST_F(ErasureCalls, AnErasureCanBeFollowedToItsEnd) {
  house_.AddAccount("acme");
  ASSERT_TRUE(Erase(acme_, Jane()).ok());
  EXPECT_EQ(response_.erasure().tenant(), "acme");
  EXPECT_EQ(response_.erasure().subject(), v1::Erasure::SUBJECT_PERSON);
  house_.Erase();
  ASSERT_TRUE(Get(acme_, response_.erasure().id()).ok());
  EXPECT_EQ(got_.erasure().state(), v1::Erasure::STATE_DONE);
  EXPECT_TRUE(got_.erasure().has_finish_time());
  EXPECT_THAT(got_.erasure().fingerprint(), SizeIs(64));
}

TEST_F(ErasureCalls, BadInputHasOneClearErrorEach) {
  auto request = Jane("acme");
  request.set_phone("06 12 34 56 78");
  EXPECT_EQ(RefusalOf(request), "PHONE_NUMBER_INVALID");
  request.set_phone("");
  EXPECT_EQ(RefusalOf(request), "PERSON_MISSING");
  request.set_email("jane");
  EXPECT_EQ(RefusalOf(request), "EMAIL_INVALID");
  EXPECT_EQ(RefusalOf(Jane()), "TENANT_MISSING");
  request = Jane("acme");
  request.set_account("nonsense");
  EXPECT_EQ(RefusalOf(request), "FIELD_INVALID");
  request.set_account(ToText(house_.AddAccount("globex")));
  EXPECT_EQ(RefusalOf(request), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Erase(acme_, request)), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Erase(acme_, Jane("globex"))), "TENANT_FORBIDDEN");
  EXPECT_EQ(ReasonOf(Get(acme_, "nonsense")), "FIELD_INVALID");
  EXPECT_THAT(house_.erasure_store.Open().value(), IsEmpty());
}

TEST_F(ErasureCalls, AViewerMaySeeButNotErase) {
  const std::string viewer = house_.AddKey(Role::kViewer, "acme");
  EXPECT_EQ(ReasonOf(Erase(viewer, Jane())), "ROLE_INSUFFICIENT");
  ASSERT_TRUE(Erase(acme_, Jane()).ok());
  EXPECT_TRUE(Get(viewer, response_.erasure().id()).ok());
}

TEST_F(ErasureCalls, TheErasuresOfOtherTenantsDoNotExist) {
  ASSERT_TRUE(Erase(acme_, Jane()).ok());
  EXPECT_EQ(ReasonOf(Get(globex_, response_.erasure().id())), "ERASURE_NOT_FOUND");
  v1::ListErasuresResponse list;
  ASSERT_TRUE(stub_->ListErasures(house_.With(globex_).get(), {}, &list).ok());
  EXPECT_THAT(list.erasures(), IsEmpty());
  ASSERT_TRUE(stub_->ListErasures(house_.With(operator_).get(), {}, &list).ok());
  EXPECT_THAT(list.erasures(), SizeIs(1));
}

}  // namespace
}  // namespace sb::api
