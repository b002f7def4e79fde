#include "engine/base/result.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sb {
namespace {

TEST(Result, HoldsAValueOrTheErrorThatPreventedIt) {
  const Result<int> good = 5;
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, 5);
  const Result<int> bad = NotFound("THING_NOT_FOUND", "there is no such thing");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(bad.error().code, "THING_NOT_FOUND");
}

TEST(Result, GivesAwayAValueThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, KeepsTheValueOfATemporaryForALoop) {
  const auto make = [] { return Result<std::vector<std::string>>({std::string(100, 'a'), "b"}); };
  std::string all;
  for (const std::string& each : *make()) all += each;
  for (const std::string& each : make().value()) all += each;
  EXPECT_EQ(all.size(), 202U);
}

TEST(Status, IsSuccessUnlessAnErrorSaysOtherwise) {
  EXPECT_TRUE(Status().ok());
  const Status failed = Conflict("CHANGED", "it moved");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "it moved");
}

TEST(ErrorKind, NamesReadBackAsTheSameKind) {
  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kUnauthorized, ErrorKind::kForbidden, ErrorKind::kNotFound,
        ErrorKind::kConflict, ErrorKind::kRateLimited, ErrorKind::kUnavailable, ErrorKind::kTimeout,
        ErrorKind::kInDoubt, ErrorKind::kCancelled, ErrorKind::kInternal}) {
    EXPECT_EQ(ErrorKindFromString(ToString(kind)), kind);
  }
  EXPECT_STREQ(ToString(ErrorKind::kInDoubt), "in_doubt");
  EXPECT_EQ(ErrorKindFromString("something else"), ErrorKind::kInternal);
}

TEST(Error, MakersSetTheirKind) {
  EXPECT_EQ(Invalid("A", "b").kind, ErrorKind::kInvalid);
  EXPECT_EQ(Unauthorized("A", "b").kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(Forbidden("A", "b").kind, ErrorKind::kForbidden);
  EXPECT_EQ(Unavailable("A", "b").kind, ErrorKind::kUnavailable);
  EXPECT_EQ(TimedOut("A", "b").kind, ErrorKind::kTimeout);
  EXPECT_EQ(InDoubt("A", "b").kind, ErrorKind::kInDoubt);
  EXPECT_EQ(Cancelled("A", "b").kind, ErrorKind::kCancelled);
  EXPECT_EQ(Internal("A", "b").kind, ErrorKind::kInternal);
  EXPECT_EQ(RateLimited("A", "b", std::chrono::seconds(2)).retry_after,
            std::chrono::milliseconds(2000));
}

}  // namespace
}  // namespace sb
