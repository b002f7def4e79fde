#include "engine/api/error_mapping.h"

#include <map>
#include <string>

#include <gmock/gmock.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sb::api {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;
using ::testing::SizeIs;

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Detail>
Detail FindDetail(const grpc::Status& status) {
  Detail detail;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "the status has no such detail";
  return detail;
}

TEST(ErrorMapping, GivesEveryKindItsCode) {
  const std::map<ErrorKind, StatusCode> expected = {
      {ErrorKind::kInvalid, StatusCode::INVALID_ARGUMENT},
      {ErrorKind::kUnauthorized, StatusCode::FAILED_PRECONDITION},
      {ErrorKind::kForbidden, StatusCode::PERMISSION_DENIED},
      {ErrorKind::kNotFound, StatusCode::NOT_FOUND},
      {ErrorKind::kConflict, StatusCode::ABORTED},
      {ErrorKind::kRateLimited, StatusCode::RESOURCE_EXHAUSTED},
      {ErrorKind::kUnavailable, StatusCode::UNAVAILABLE},
      {ErrorKind::kTimeout, StatusCode::DEADLINE_EXCEEDED},
      {ErrorKind::kInDoubt, StatusCode::UNKNOWN},
      {ErrorKind::kCancelled, StatusCode::CANCELLED},
      {ErrorKind::kInternal, StatusCode::INTERNAL}};
  for (const auto& [kind, code] : expected) {
    const Error error{kind, "SOME_CODE", "what happened", {}};
    EXPECT_EQ(CodeOf(error), code) << ToString(kind);
  }
}

TEST(ErrorMapping, TellsARefusedApiKeyFromARefusedAccount) {
  for (const char* code : {"API_KEY_MISSING", "API_KEY_UNKNOWN", "API_KEY_EXPIRED",
                           "API_KEY_REVOKED", "TENANT_TOKEN_INVALID", "TENANT_TOKEN_EXPIRED"})
    EXPECT_EQ(CodeOf(Unauthorized(code, "")), StatusCode::UNAUTHENTICATED) << code;
  EXPECT_EQ(CodeOf(Unauthorized("ACCOUNT_NEEDS_REAUTH", "")), StatusCode::FAILED_PRECONDITION);
}

TEST(ErrorMapping, CarriesCodeAndDomainForPrograms) {
  const auto status = ToGrpc(Failure(NotFound("ACCOUNT_NOT_FOUND", "there is no such account")));
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "there is no such account");
  const auto info = FindDetail<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(info.domain(), "switchboard.dev");
  EXPECT_EQ(info.metadata().at("kind"), "not_found");
}

TEST(ErrorMapping, SaysWhenToTryAgain) {
  const auto status =
      ToGrpc(Failure(RateLimited("SERVER_BUSY", "busy", std::chrono::milliseconds(2500))));
  const auto retry = FindDetail<google::rpc::RetryInfo>(status);
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(ErrorMapping, NamesTheWrongField) {
  const auto status = ToGrpc(WrongField("page_size", "must be 1 to 1000", "PAGE_SIZE_INVALID"));
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  const auto request = FindDetail<google::rpc::BadRequest>(status);
  ASSERT_THAT(request.field_violations(), SizeIs(1));
  EXPECT_EQ(request.field_violations(0).field(), "page_size");
  EXPECT_EQ(request.field_violations(0).reason(), "PAGE_SIZE_INVALID");
}

TEST(ErrorMapping, TellsWhereAWorkflowIsWrong) {
  const std::vector<Diagnostic> faults = {
      {"WORKFLOW_ACTION_UNKNOWN", "there is no action x", "/do/0", {12, 7}, "did you mean y?"},
      {"WORKFLOW_FIELD_MISSING", "`do` is missing", "", {1, 1}, ""}};
  const auto status = ToGrpc(WrongWorkflow(faults));
  const auto info = FindDetail<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "WORKFLOW_INVALID");
  EXPECT_EQ(info.metadata().at("line"), "12");
  EXPECT_EQ(info.metadata().at("column"), "7");
  const auto request = FindDetail<google::rpc::BadRequest>(status);
  ASSERT_THAT(request.field_violations(), SizeIs(2));
  EXPECT_EQ(request.field_violations(0).description(),
            "12:7: there is no action x (did you mean y?)");
}

TEST(ErrorMapping, KeepsManyLongFaultsWithinWhatATrailerMayHold) {
  const std::vector<Diagnostic> faults(
      50, {"WORKFLOW_FIELD_INVALID", std::string(3000, 'x'), "/do", {1, 1}, ""});
  const auto status = ToGrpc(WrongWorkflow(faults));
  EXPECT_LT(status.error_details().size(), 7000U);
  EXPECT_THAT(status.error_message(), HasSubstr("50 faults"));
}

TEST(ErrorMapping, DoesNotCutACharacterInTwo) {
  std::string message(1499, 'x');
  message += "äöü";
  const auto status = ToGrpc(Failure(Invalid("SOME_CODE", message)));
  EXPECT_EQ(status.error_message(), std::string(1499, 'x') + "...");
}

}  // namespace
}  // namespace sb::api
