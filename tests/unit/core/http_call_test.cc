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
  const auto outcome = ParseWorkflow(yaml, actions, TestExpressions(), TestTimeZones());
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

// Otherwise whoever starts a run could have any secret of the tenant sent to this address.
TEST(HttpCall, TakesNoExpressionFromItsDataIntoTheAuthentication) {
  RunHarness run(
      HttpTask("method: get, endpoint: { uri: 'https://a.example/', authentication: { "
               "bearer: { token: '${ .token }' } } }"));
  run.Start({{"token", "${ $secrets.other }"}});
  const auto authentication = AuthenticationOf(run.Context(), run.run(), "/do/0/ask");
  ASSERT_FALSE(authentication.ok());
  EXPECT_EQ(authentication.error().code, "HTTP_REQUEST_INVALID");
}

TEST(HttpCall, PutsAListIntoTheAddressWithCommas) {
  RunHarness run(HttpTask("method: get, endpoint: 'https://a.example/{ids}'"));
  run.Start({{"ids", {1, "a b"}}});
  EXPECT_EQ(run.Wanted("ask").input["uri"], "https://a.example/1,a%20b");
}

TEST(HttpCall, FailsWithTheTypeOfItsError) {
  const auto error_of = [](const Error& error) {
    RunHarness run(HttpTask("method: post, endpoint: 'https://a.example/'",
                            ", metadata: { switchboard: { on_unknown_outcome: raise } }"));
    run.Start();
    run.AdmitCall("ask");
    run.FailCall("ask", error);
    const std::string& type = run.run().error->type;
    return type.substr(type.rfind('/') + 1) + " " + std::to_string(run.run().error->status);
  };
  EXPECT_EQ(error_of(InDoubt("HTTP_ANSWER_TIMEOUT", "no answer in time")), "timeout 408");
  EXPECT_EQ(error_of(InDoubt("HTTP_NO_ANSWER", "no answer")), "communication 503");
  EXPECT_EQ(error_of(Invalid("HTTP_STATUS_500", "it answered 500")), "communication 500");
  EXPECT_EQ(error_of(Invalid("HTTP_ANSWER_TOO_LARGE", "too large")), "communication 500");
  EXPECT_EQ(error_of(Forbidden("HTTP_TOKEN_REFUSED", "refused")), "authentication 401");
}

TEST(HttpCall, IsCaughtByItsStatusAndRetriedAsTheTrySays) {
  RunHarness run(WorkflowWith(R"(
do:
  - careful:
      try: [ { ask: { call: http, with: { method: get, endpoint: 'https://a.example/' } } } ]
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 404 } }
        retry: { delay: PT2S, limit: { attempt: { count: 2 } } }
        do: [ { none: { set: { found: false } } } ]
)"));
  run.Start();
  run.FailCall("ask", Invalid("HTTP_STATUS_404", "it answered 404"));
  run.Advance(Millis(2000));
  run.FailCall("ask", Invalid("HTTP_STATUS_404", "it answered 404"));
  EXPECT_EQ(run.output(), (Json{{"found", false}}));
}

// The answer came, so nothing is unknown; what is not safe to repeat is for the workflow to repeat.
TEST(HttpCall, ParksOnlyWhereNoAnswerCame) {
  RunHarness run(HttpTask("method: post, endpoint: 'https://a.example/'"));
  run.Start();
  run.AdmitCall("ask");
  run.FailCall("ask", InDoubt("HTTP_NO_ANSWER", "no answer"));
  EXPECT_EQ(run.run().status, RunStatus::kParked);
}

TEST(HttpCall, RefusesWhatCannotWorkWhenItIsRead) {
  EXPECT_EQ(FirstError(HttpTask("method: get, endpoint: 'https://a.example/{+path}'")).code,
            "WORKFLOW_FIELD_INVALID");
  EXPECT_EQ(
      FirstError(HttpTask("method: get, endpoint: 'https://a.example/', headers: { Host: b }"))
          .code,
      "WORKFLOW_FIELD_INVALID");
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
