#include "engine/core/workflow/http_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/workflow/parser.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string HttpTask(const std::string& with, const std::string& rest = {}) {
  return WorkflowWith("\ndo:\n  - ask: { call: http, with: { " + with + " }" + rest + " }\n");
}

Diagnostic FirstError(const std::string& yaml) {
  const auto actions = support::FakeActionCatalog::Aircall();
  const auto outcome = ParseWorkflow(yaml, actions, TestExpressions());
  return outcome.errors.empty() ? Diagnostic{} : outcome.errors.front();
}

TEST(HttpCall, AsksForItsEvaluatedRequest) {
  RunHarness run(
      HttpTask("method: get, endpoint: 'https://a.example/{name}?s={s}', "
               "query: { q: '${ .s }' }, headers: { X-Id: 5 }"));
  run.Start({{"name", "a/b"}, {"s", "x y"}});
  const CallRequested& wanted = run.Wanted("ask");
  EXPECT_EQ(wanted.action, "http");
  EXPECT_EQ(wanted.effect, EffectClass::kRead);
  EXPECT_EQ(wanted.input, (Json{{"method", "GET"},
                                {"uri", "https://a.example/a%2Fb?s=x%20y"},
                                {"query", {{"q", "x y"}}},
                                {"headers", {{"X-Id", 5}}}}));
  run.SucceedCall("ask", {{"ok", true}});
  EXPECT_EQ(run.output(), (Json{{"ok", true}}));
}

TEST(HttpCall, KnowsWhatRepeatingItMayDo) {
  const auto effect_of = [](const std::string& method, const std::string& rest = {}) {
    RunHarness run(HttpTask("method: " + method + ", endpoint: 'https://a.example/'", rest));
    run.Start();
    return run.Wanted("ask").effect;
  };
  EXPECT_EQ(effect_of("head"), EffectClass::kRead);
  EXPECT_EQ(effect_of("put"), EffectClass::kIdempotent);
  EXPECT_EQ(effect_of("post"), EffectClass::kBlind);
  EXPECT_EQ(effect_of("post", ", metadata: { switchboard: { idempotency_key: true } }"),
            EffectClass::kKeyed);
}

TEST(HttpCall, FailsWithTheStatusOfTheAnswer) {
  RunHarness run(HttpTask("method: get, endpoint: 'https://a.example/'"));
  run.Start();
  run.FailCall("ask", Invalid("HTTP_STATUS_404", "a.example answered 404 to GET"));
  EXPECT_EQ(run.run().error->status, 404);
  EXPECT_THAT(run.run().error->type, HasSubstr("/errors/communication"));
}

TEST(HttpCall, FailsWhenTheInputLacksAPartOfTheAddress) {
  RunHarness run(HttpTask("method: get, endpoint: 'https://a.example/{id}'"));
  run.Start();
  EXPECT_EQ(run.run().error->title, "HTTP_REQUEST_INVALID");
}

TEST(HttpCall, KeepsItsAuthenticationOutOfTheFacts) {
  RunHarness run(WorkflowWith(R"(
use: { secrets: [ key ] }
do:
  - ask:
      call: http
      with:
        method: get
        endpoint:
          uri: https://a.example/
          authentication: { basic: { username: '${ .who + "!" }', password: '${ $secrets.key }' } }
)"));
  run.Start({{"who", "ada"}});
  EXPECT_EQ(*AuthenticationOf(run.Context(), run.run(), "/do/0/ask"),
            (Json{{"basic", {{"username", "ada!"}, {"password", "${ $secrets.key }"}}}}));
  for (const Fact& fact : run.facts()) EXPECT_THAT(DumpJson(ToJson(fact)), Not(HasSubstr("ada!")));
}

TEST(HttpCall, RefusesWhatCannotWorkWhenItIsRead) {
  EXPECT_THAT(FirstError(HttpTask("method: gett, endpoint: 'https://a.example'")).message,
              HasSubstr("`method` must be"));
  EXPECT_EQ(FirstError(HttpTask("method: get")).code, "WORKFLOW_FIELD_MISSING");
  EXPECT_EQ(FirstError(HttpTask("method: get, endpoint: 'ftp://a.example'")).code,
            "WORKFLOW_FIELD_INVALID");
  EXPECT_THAT(FirstError(HttpTask("method: get, endpoint: 'https://a.example', "
                                  "headers: { authorization: x }"))
                  .message,
              HasSubstr("endpoint.authentication"));
  EXPECT_EQ(FirstError(HttpTask("method: get, endpoint: 'https://a.example', "
                                "query: { a: '${ $secrets.key }' }"))
                .code,
            "WORKFLOW_EXPRESSION_INVALID");
  EXPECT_EQ(FirstError(HttpTask("method: get, endpoint: { uri: 'https://a.example', "
                                "authentication: { bearer: { use: key } } }"))
                .code,
            "WORKFLOW_SECRET_UNKNOWN");
}

TEST(OpenApiCall, MakesTheRequestThatItsDocumentGives) {
  RunHarness run(WorkflowWith(R"(
use:
  functions:
    find:
      call: openapi
      with: { document: { endpoint: 'https://a.example/api.json' }, operationId: find }
do:
  - ask: { call: find, with: { parameters: { id: '${ .id }' } } }
)"));
  run.Start({{"id", 7}});
  EXPECT_EQ(run.Wanted("ask").input, (Json{{"document", "https://a.example/api.json"},
                                           {"operationId", "find"},
                                           {"parameters", {{"id", 7}}}}));
  run.SucceedCall("ask", {{"method", "POST"}, {"uri", "https://a.example/7"}});
  EXPECT_THAT(run.requests(), ElementsAre("openapi#1", "http#2"));
  EXPECT_EQ(run.Wanted("ask").effect, EffectClass::kBlind);
  run.AdmitCall("ask");
  run.SucceedCall("ask", "done");
  EXPECT_EQ(run.output(), Json("done"));
}

}  // namespace
}  // namespace sb::core::workflow
