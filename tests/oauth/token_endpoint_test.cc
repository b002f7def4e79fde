// What a token endpoint answers wrongly, at the exchange of a code and at a refresh: one clear
// error each, our secret goes nowhere, and the engine does its other work meanwhile.
#include <chrono>
#include <future>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oauth/notebook_world.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Wrong {
  const char* misbehaviour;
  const char* said;       ///< To the person who connects.
  bool is_final = false;  ///< A refresh that is refused so needs the person again.
};

constexpr Wrong kWrongs[] = {
    {"html", "no JSON"},
    {"broken_json", "no JSON"},
    {"no_token", "holds no access token"},
    {"wrong_types", "holds no access token"},
    {"empty", "no JSON"},
    {"huge", "try again"},
    {"slow", "did not answer"},
    {"hang_up", "did not answer"},
    {"error_500", "(500)"},
    {"redirect", "a redirect (307)"},
    {"invalid_grant", "the grant was withdrawn", true},
    {"invalid_client", "who are you?", true},
};

std::string TextOf(const std::string& page) {
  return std::regex_replace(page, std::regex("<[^>]*>"), "");
}

TEST(AMisbehavingTokenEndpoint, EndsEachConnectionWithOneClearSentence) {
  NotebookWorld world(1);
  const std::string other = world.Connect("grace");
  for (const Wrong& wrong : kWrongs) {
    world.provider.Set({{"misbehave", wrong.misbehaviour}});
    auto walk = std::async(std::launch::async, [&] { return world.Walk("ada"); });
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(world.Use(0, other), "") << wrong.misbehaviour;
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s) << wrong.misbehaviour;
    const auto end = walk.get();
    EXPECT_GE(end.status, 400) << wrong.misbehaviour;
    EXPECT_THAT(TextOf(end.body), HasSubstr(wrong.said)) << wrong.misbehaviour;
    EXPECT_THAT(end.body, Not(AnyOf(HasSubstr("moving house"), HasSubstr("stack trace"),
                                    HasSubstr(world.provider.client_secret()))));
  }
  world.provider.Set({{"misbehave", ""}});
  EXPECT_THAT(world.provider.WhatAStrangerHeard(), IsEmpty());
  EXPECT_THAT(world.fleet.LogOf(0), Not(HasSubstr(world.provider.client_secret())));
  EXPECT_THAT(world.StateOf(world.Connect("ada")), StartsWith("STATE_ACTIVE"));
}

}  // namespace
}  // namespace sb::live
