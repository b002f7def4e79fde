#include "engine/edge/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb {
namespace {

using edge::OriginOf;
using edge::Pages;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Header(const edge::Reply& reply, const std::string& wanted) {
  for (const auto& [name, value] : reply.headers) {
    if (name == wanted) return value;
  }
  return {};
}

edge::Request Get(const std::string& path) {
  edge::Request request;
  request.path = path;
  return request;
}

edge::Reply Refusal(const std::string& text) {
  return Pages::Say({.status = 403,
                     .tone = "bad",
                     .title = "No",
                     .text = text,
                     .link = "/again?a=1&b=2",
                     .link_label = "Try again"});
}

TEST(Pages, EscapeWhateverTheyAreFilledWith) {
  const edge::Reply page = Refusal("<script>alert('x')</script>\"&");
  EXPECT_THAT(page.body, AllOf(Not(HasSubstr("<script")), HasSubstr("&lt;script&gt;")));
  EXPECT_THAT(page.body, HasSubstr("href=\"/again?a=1&amp;b=2\""));
}

TEST(Pages, AllowNoScriptNoFrameAndNothingFromElsewhere) {
  const std::string policy = Header(Refusal("x"), "Content-Security-Policy");
  EXPECT_THAT(policy, AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                            HasSubstr("style-src 'self'"), HasSubstr("form-action 'self'"),
                            Not(HasSubstr("unsafe")), Not(HasSubstr("script-src"))));
  const edge::Reply page = Refusal("x");
  EXPECT_EQ(Header(page, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Header(page, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(Header(page, "Cache-Control"), "no-store");
}

TEST(Pages, LetFormsLeadOnToTheNamedOriginsOnly) {
  const edge::Reply page =
      Pages::Render(200, "home", {{"title", "x"}},
                    {.form_targets = {"https://dashboard.example/oauth?x=1", "",
                                      "https://bad.example; script-src *"}});
  const std::string policy = Header(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("form-action 'self' https://dashboard.example"));
  EXPECT_THAT(policy, Not(HasSubstr("script-src")));
  EXPECT_THAT(policy, Not(HasSubstr("/oauth")));
}

TEST(Pages, HoldNoInlineStyleOrScript) {
  for (const char* name : {"connect", "connected", "home", "message"}) {
    const std::string html = Pages::Render(200, name, {{"title", "x"}}).body;
    EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<style")),
                            Not(HasSubstr("style=")), Not(::testing::ContainsRegex(" on[a-z]+="))))
        << name;
    EXPECT_THAT(html, HasSubstr("<main"));
  }
}

TEST(Assets, ComeWithTheirTypeAndATag) {
  const auto style = Pages::Asset(Get("/assets/style.css"));
  ASSERT_TRUE(style);
  EXPECT_EQ(Header(*style, "Content-Type"), "text/css; charset=utf-8");
  const auto icon = Pages::Asset(Get("/favicon.ico"));
  ASSERT_TRUE(icon);
  EXPECT_EQ(Header(*icon, "Content-Type"), "image/svg+xml");
}

TEST(Assets, AreNotSentAgainToWhoHasThem) {
  edge::Request request = Get("/assets/style.css");
  request.headers = {{"if-none-match", Header(*Pages::Asset(request), "ETag")}};
  const auto again = Pages::Asset(request);
  EXPECT_EQ(again->status, 304);
  EXPECT_EQ(again->body, "");
}

TEST(Assets, AreTheFilesOfThatFolderOnly) {
  for (const char* path :
       {"/connect.html", "/assets/", "/assets/../connect.html", "/assets/other.css", "/"}) {
    EXPECT_FALSE(Pages::Asset(Get(path))) << path;
  }
}

TEST(Origin, IsSchemeHostAndPort) {
  EXPECT_EQ(OriginOf("https://a.example:8443/b?c#d"), "https://a.example:8443");
  EXPECT_EQ(OriginOf("http://a.example"), "http://a.example");
  for (const char* none : {"", "a.example", "https://", "https://a b", "https://user@a.example/",
                           "https://a.example;x"}) {
    EXPECT_EQ(OriginOf(none), "") << none;
  }
}

}  // namespace
}  // namespace sb
