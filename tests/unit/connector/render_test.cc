#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;
using ::testing::Pair;

auto IsRefused() {
  return FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID");
}

TEST(RenderRequest, FillsPathAndQueryFromTheInput) {
  const auto request = RenderAcme(
      "parcels.find", {{"depot", "north"}, {"text", "tea & co"}, {"open", true}, {"weight", 2.5}});
  ASSERT_THAT(request, Succeeds());
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->url,
            "https://api.acme.example/rest/depots/north/"
            "parcels?mode=exact&open=true&q=TEA%20%26%20CO&weight=2.5");
  EXPECT_EQ(request->body, "");
}

TEST(RenderRequest, EncodesWhatGoesIntoThePath) {
  const auto request = RenderAcme("parcels.find", {{"depot", "a/b?c#d ü@x"}, {"text", "t"}});
  ASSERT_THAT(request, Succeeds());
  EXPECT_EQ(request->url,
            "https://api.acme.example/rest/depots/a%2Fb%3Fc%23d%20%C3%BC@x/parcels?mode=exact&q=T");
}

TEST(RenderRequest, LetsNoInputLeaveItsPlaceInThePath) {
  for (const char* depot : {"..", ".", ""}) {
    EXPECT_THAT(RenderAcme("parcels.find", {{"depot", depot}, {"text", "t"}}),
                AllOf(IsRefused(), Says("depot")));
  }
}

TEST(RenderRequest, WritesListsInTheProvidersStyle) {
  const Json input = {{"depot", 1}, {"text", "t"}, {"labels", {"a", "b,c"}}};
  const auto style = [&](const std::string& name) {
    const auto library =
        AcmeFiles()
            .Edit("acme/connector.yaml", "query_arrays: comma", "query_arrays: " + name)
            .Load();
    const auto found = (*library)->FindAction("acme.parcels.find");
    return RenderRequest(*found.connector, *found.action, input, AcmeKey(), Jq())->url;
  };
  const std::string start = "https://api.acme.example/rest/depots/1/parcels?";
  EXPECT_EQ(style("comma"), start + "labels=a%2Cb%2Cc&mode=exact&q=T");
  EXPECT_EQ(style("repeat"), start + "labels=a&labels=b%2Cc&mode=exact&q=T");
  EXPECT_EQ(style("brackets"), start + "labels[]=a&labels[]=b%2Cc&mode=exact&q=T");
}

TEST(RenderRequest, MakesTheBodyFromTemplateAndInput) {
  const auto request =
      RenderAcme("parcels.send", {{"address", "Elm Street 5"}, {"labels", {"fragile"}}});
  ASSERT_THAT(request, Succeeds());
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(
      ParseJson(request->body).value(),
      Json({{"kind", "parcel"}, {"to", {{"line", "Elm Street 5"}}}, {"labels", {"fragile"}}}));
  EXPECT_THAT(request->headers, Contains(Pair("Content-Type", "application/json")));
}

TEST(RenderRequest, TakesNullForAbsent) {
  const auto request =
      RenderAcme("parcels.send", {{"address", "Elm Street 5"}, {"labels", nullptr}});
  ASSERT_THAT(request, Succeeds());
  EXPECT_THAT(request->body, Not(::testing::HasSubstr("labels")));
  EXPECT_THAT(RenderAcme("parcels.send", {{"address", nullptr}}),
              AllOf(IsRefused(), Says("address is required")));
}

TEST(RenderRequest, EvaluatesNothingThatComesFromTheInput) {
  const auto request = RenderAcme("parcels.send", {{"address", "${ 1 + 1 }"}});
  ASSERT_THAT(request, Succeeds());
  EXPECT_EQ(ParseJson(request->body).value()["to"]["line"], "${ 1 + 1 }");
}

TEST(RenderRequest, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(RenderAcme("parcels.send", {{"address", 5}}),
              AllOf(IsRefused(), Says("acme.parcels.send: address")));
  EXPECT_THAT(RenderAcme("parcels.send", {{"address", "Elm Street"}, {"adress", "x"}}),
              AllOf(IsRefused(), Says("adress")));
  EXPECT_THAT(RenderAcme("parcels.send", Json::array()), IsRefused());
}

TEST(RenderRequest, TakesNoInputAsAnEmptyOne) {
  EXPECT_THAT(RenderAcme("hello", Json()), Succeeds());
}

TEST(RenderRequest, OpensWithAKeyOrAToken) {
  const auto found = Acme().FindAction("acme.hello");
  const auto with = [&](const Credential& credential) {
    return RenderRequest(*found.connector, *found.action, {}, credential, Jq());
  };
  EXPECT_THAT(with(AcmeKey())->headers, Contains(Pair("Authorization", "Basic YW5uOnMzY3JldA==")));
  EXPECT_THAT(with({"oauth", {{"access_token", Secret("t0ken")}}})->headers,
              Contains(Pair("Authorization", "Bearer t0ken")));
}

TEST(RenderRequest, SendsNothingWithoutACredential) {
  const auto found = Acme().FindAction("acme.hello");
  EXPECT_THAT(RenderRequest(*found.connector, *found.action, {}, {"oauth", {}}, Jq()),
              FailsWith(ErrorKind::kUnauthorized, "CREDENTIAL_INCOMPLETE"));
}

}  // namespace
}  // namespace sb::connector
