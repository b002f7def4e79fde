#include "engine/api/page_token.h"

#include <gtest/gtest.h>

namespace sb::api {
namespace {

std::string CodeOfFailure(const std::variant<ports::PageRequest, Failure>& read) {
  const auto* failure = std::get_if<Failure>(&read);
  return failure == nullptr ? "" : failure->error.code;
}

TEST(PageToken, BringsBackWhereThePageEnded) {
  const auto token = MakePageToken(0x0123456789ABCDEF, "runs of acme");
  const auto page = ReadPage(10, token, "runs of acme");
  ASSERT_TRUE(std::holds_alternative<ports::PageRequest>(page));
  EXPECT_EQ(std::get<ports::PageRequest>(page).before, 0x0123456789ABCDEF);
  EXPECT_EQ(std::get<ports::PageRequest>(page).size, 10);
}

TEST(PageToken, IsEmptyAtTheEnd) {
  EXPECT_EQ(MakePageToken(0, "runs"), "");
}

TEST(PageToken, GivesFiftyToThoseWhoDoNotSayHowMany) {
  EXPECT_EQ(std::get<ports::PageRequest>(ReadPage(0, "", "runs")).size, 50);
}

TEST(PageToken, RefusesSizesOutsideOfOneToAThousand) {
  EXPECT_EQ(CodeOfFailure(ReadPage(-1, "", "runs")), "PAGE_SIZE_INVALID");
  EXPECT_EQ(CodeOfFailure(ReadPage(1001, "", "runs")), "PAGE_SIZE_INVALID");
  EXPECT_EQ(CodeOfFailure(ReadPage(1000, "", "runs")), "");
}

TEST(PageToken, RefusesATokenOfAnotherList) {
  const auto token = MakePageToken(42, "runs of acme");
  EXPECT_EQ(CodeOfFailure(ReadPage(10, token, "runs of globex")), "PAGE_TOKEN_INVALID");
}

TEST(PageToken, RefusesWhatIsNoToken) {
  for (const std::string token :
       {"x", "00", "not hexadecimal", "0000000000000000000000000000000000"}) {
    EXPECT_EQ(CodeOfFailure(ReadPage(10, token, "runs")), "PAGE_TOKEN_INVALID") << token;
  }
}

TEST(PageToken, RefusesATokenThatWasChanged) {
  auto token = MakePageToken(42, "runs");
  token[0] = token[0] == '0' ? '1' : '0';
  EXPECT_EQ(CodeOfFailure(ReadPage(10, token, "runs")), "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace sb::api
