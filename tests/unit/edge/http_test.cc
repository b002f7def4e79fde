#include "engine/edge/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace sb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

edge::Request With(const std::string& header, const std::string& value) {
  edge::Request request;
  request.headers = {{header, value}};
  return request;
}

TEST(Fields, AreDecodedFromQueriesAndForms) {
  EXPECT_THAT(
      edge::ParseFields("a=1&b=two+words&c=%C3%A9%26&d="),
      ElementsAre(Pair("a", "1"), Pair("b", "two words"), Pair("c", "\u00e9&"), Pair("d", "")));
}

TEST(Fields, TakeTheFirstOfSeveralWithOneName) {
  EXPECT_THAT(edge::ParseFields("a=1&a=2"), ElementsAre(Pair("a", "1")));
}

TEST(Fields, LeaveOutWhatIsMalformed) {
  EXPECT_THAT(edge::ParseFields("&&=x&bad=%zz&cut=%4&ok=1&flag"),
              ElementsAre(Pair("flag", ""), Pair("ok", "1")));
  EXPECT_THAT(edge::ParseFields(""), IsEmpty());
}

TEST(Cookies, AreReadInTheirOrder) {
  EXPECT_THAT(edge::CookiesOf(With("cookie", "a=1; b=x=y;c=; junk;  d=4")),
              ElementsAre(Pair("a", "1"), Pair("b", "x=y"), Pair("c", ""), Pair("d", "4")));
  EXPECT_THAT(edge::CookiesOf(With("cookie", ";;; ")), IsEmpty());
  EXPECT_THAT(edge::CookiesOf({}), IsEmpty());
}

TEST(Accept, TellsBrowsersFromPrograms) {
  EXPECT_TRUE(edge::WantsHtml(With("accept", "text/html,application/xhtml+xml,*/*;q=0.8")));
  EXPECT_FALSE(edge::WantsHtml(With("accept", "*/*")));
  EXPECT_FALSE(edge::WantsHtml({}));
}

TEST(Errors, AreJsonWithCodeAndMessage) {
  const edge::Reply reply = edge::ErrorReply(404, "PAGE_UNKNOWN", "nothing \"here\"");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(Json::parse(reply.body),
            Json({{"error", {{"code", "PAGE_UNKNOWN"}, {"message", "nothing \"here\""}}}}));
}

}  // namespace
}  // namespace sb
