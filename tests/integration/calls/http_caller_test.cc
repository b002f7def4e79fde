// HTTP and OpenAPI calls over real sockets, to a server on a port that the system picks.

#include "engine/runtime/http_caller.h"

#include <atomic>
#include <future>
#include <httplib.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/curl/curl_http_client.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/serial_executor.h"
#include "engine/adapters/system/system_clock.h"
#include "engine/adapters/system/worker_pool.h"
#include "engine/base/encoding.h"
#include "tests/support/glass_vault.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_secret_store.h"

namespace sb::runtime {
namespace {

using adapters::curl::AddressPolicy;
using ::testing::HasSubstr;

constexpr const char* kPets = R"(
swagger: '2.0'
basePath: /v2
schemes: [http]
paths:
  /pet/{petId}:
    get:
      operationId: getPetById
      parameters:
        - { name: petId, in: path, required: true, type: integer }
        - { name: tags, in: query, type: array, collectionFormat: multi }
)";

constexpr const char* kShop = R"({
  "openapi": "3.0.3",
  "servers": [{ "url": "/{version}", "variables": { "version": { "default": "v3" } } }],
  "paths": {
    "/orders/{id}": {
      "parameters": [{ "name": "id", "in": "path", "required": true }],
      "put": {
        "operationId": "changeOrder",
        "parameters": [
          { "name": "fields", "in": "query", "explode": false },
          { "name": "X-Trace", "in": "header" },
          { "name": "Authorization", "in": "header", "required": true },
          { "$ref": "#/components/parameters/session" }
        ],
        "requestBody": {
          "required": true,
          "content": { "text/plain": {}, "application/json": { "schema": { "type": "object" } } }
        }
      }
    },
    "/pictures": {
      "post": { "operationId": "upload", "requestBody": { "content": { "multipart/form-data": {} } } }
    }
  },
  "components": { "parameters": { "session": { "name": "session", "in": "cookie" } } }
})";

/// The far side: what it was asked, and a few ways to answer.
class Provider {
 public:
  Provider() {
    server_.Get("/pet", [](const auto&, auto& answer) {
      answer.set_content(R"({"id":1,"name":"Rex"})", "application/json; charset=utf-8");
    });
    server_.Get("/page",
                [](const auto&, auto& answer) { answer.set_content("hello", "text/plain"); });
    server_.Get("/picture", [](const auto&, auto& answer) {
      answer.set_content(std::string("\xff\xd8", 2), "image/jpeg");
    });
    server_.Get("/broken",
                [](const auto&, auto& answer) { answer.set_content("{", "application/json"); });
    server_.Get("/round", [this](const auto&, auto& answer) {
      ++rounds;
      answer.set_redirect("/round");
    });
    server_.Get("/down", [](const auto&, auto& answer) {
      answer.status = 503;
      answer.set_header("Retry-After", "7");
    });
    server_.Get("/endless", [](const auto&, auto& answer) {
      answer.set_content_provider(std::size_t{1} << 40, "text/plain",
                                  [](auto, auto, httplib::DataSink& sink) {
                                    static const std::string kChunk(1 << 20, 'x');
                                    return sink.write(kChunk.data(), kChunk.size());
                                  });
    });
    server_.Post("/down", [](const auto&, auto& answer) { answer.status = 500; });
    server_.Post("/echo", [](const auto& asked, auto& answer) {
      answer.set_content(DumpJson({{"body", asked.body},
                                   {"type", asked.get_header_value("Content-Type")},
                                   {"key", asked.get_header_value("Idempotency-Key")}}),
                         "application/json");
    });
    server_.Get("/who", [this](const auto& asked, auto& answer) {
      const std::string given = asked.get_header_value("Authorization");
      if (given == refused) answer.status = 401;
      answer.set_content(given, "text/plain");
    });
    server_.Post("/oauth2/token", [this](const auto& asked, auto& answer) {
      token_request = asked.body;
      token_login = asked.get_header_value("Authorization");
      if (token_request.find("nobody") != std::string::npos) {
        answer.status = 401;
        return;
      }
      answer.set_content(
          R"({"access_token":"token-)" + std::to_string(++tokens) + R"(","expires_in":3600})",
          "application/json");
    });
    server_.Get("/hidden", [this](const auto& asked, auto& answer) {
      const std::string given = asked.get_header_value("Authorization");
      if (given.starts_with("Digest ") && given.find("username=\"ada\"") != std::string::npos) {
        digest = given;
        return answer.set_content("found", "text/plain");
      }
      answer.status = 401;
      answer.set_header("WWW-Authenticate", R"(Digest realm="pets", nonce="n1", qop="auth")");
    });
    server_.Get("/slow", [this](const auto&, auto&) { answered.wait(); });
    server_.Get("/openapi.json", [this](const auto&, auto& answer) {
      ++documents;
      answer.set_content(kShop, "application/json");
    });
    server_.Get("/swagger.yaml",
                [](const auto&, auto& answer) { answer.set_content(kPets, "application/yaml"); });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }

  ~Provider() {
    answer_slow.set_value();
    server_.stop();
    thread_.join();
  }

  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  std::atomic<int> rounds = 0;
  std::atomic<int> tokens = 0;
  std::string refused = "none";
  std::string token_request;
  std::string token_login;
  std::string digest;
  std::atomic<int> documents = 0;
  std::promise<void> answer_slow;
  std::shared_future<void> answered = answer_slow.get_future().share();

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

class HttpCalls : public ::testing::Test {
 protected:
  static constexpr AccountId kAccount{1001};
  static constexpr Millis kPatience{2000};

  HttpCalls() {
    ports::Account account;
    account.id = kAccount;
    account.tenant = "acme";
    account.connector = "aircall";
    EXPECT_TRUE(accounts_.Insert(account).ok());
  }

  /// An answer is out before its caller is done with it: the threads end before the caller goes.
  ~HttpCalls() override {
    http_.Stop();
    pool_.Stop();
    home_.Stop();
  }

  Result<Json> Call(const Json& input, const Json& authentication = {},
                    const std::string& action = "http") {
    ports::ActionCall call;
    call.account = kAccount;
    call.action = action;
    call.input = input;
    call.op_key = "op-1";
    call.authentication = authentication;
    return ports::PerformAndWait(caller_, call);
  }

  Result<Json> Get(const std::string& path, const Json& authentication = {}) {
    return Call({{"method", "GET"}, {"uri", provider_.Url(path)}}, authentication);
  }

  void SetSecret(const std::string& name, const std::string& value) {
    const auto sealed = vault_.Seal(Secret(value), ports::SecretContext("acme", name));
    EXPECT_TRUE(secrets_.Put({"acme", name, *sealed, clock_.Now()}).ok());
  }

  Provider provider_;
  adapters::system::SystemClock clock_;
  Metrics metrics_;
  testing::MemoryAccountStore accounts_;
  testing::MemorySecretStore secrets_;
  adapters::jq::JqExpressions expressions_;
  testing::GlassVault vault_;
  adapters::system::WorkerPool pool_{clock_, 1, 100};
  adapters::system::SerialExecutor home_{clock_};
  adapters::curl::CurlHttpClient http_{{.addresses = AddressPolicy::kAnywhere}};
  HttpCaller caller_{{NamedSecrets({accounts_, secrets_, vault_, expressions_}), http_, clock_,
                      home_, pool_, metrics_, kPatience}};
};

TEST_F(HttpCalls, YieldJsonAsAValueTextAsTextAndAllElseAsBase64) {
  EXPECT_EQ(*Get("/pet"), (Json{{"id", 1}, {"name", "Rex"}}));
  EXPECT_EQ(*Get("/page"), Json("hello"));
  EXPECT_EQ(*Get("/picture"), Json("/9g="));
}

TEST_F(HttpCalls, YieldTheWholeResponseWhereAsked) {
  const auto whole =
      Call({{"method", "GET"}, {"uri", provider_.Url("/pet")}, {"output", "response"}});
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ((*whole)["statusCode"], 200);
  EXPECT_EQ((*whole)["content"]["name"], "Rex");
  EXPECT_EQ((*whole)["request"]["uri"], provider_.Url("/pet"));
  EXPECT_EQ((*whole)["headers"]["content-type"], "application/json; charset=utf-8");
}

TEST_F(HttpCalls, SendABodyAndTheKeyThatMakesRepeatingSafe) {
  const auto echoed = Call({{"method", "POST"},
                            {"uri", provider_.Url("/echo")},
                            {"body", {{"a", 1}}},
                            {"idempotency_key", true}});
  ASSERT_TRUE(echoed.ok());
  EXPECT_EQ(*echoed, (Json{{"body", "{\"a\":1}"}, {"type", "application/json"}, {"key", "op-1"}}));
}

TEST_F(HttpCalls, TellWhatASafeRepetitionMustKnow) {
  const auto missing = Get("/nowhere");
  EXPECT_EQ(missing.error().code, "HTTP_STATUS_404");
  EXPECT_EQ(missing.error().kind, ErrorKind::kInvalid);
  const auto down = Get("/down");
  EXPECT_EQ(down.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(down.error().retry_after, std::chrono::seconds(7));
  const auto lost = Call({{"method", "POST"}, {"uri", provider_.Url("/down")}});
  EXPECT_EQ(lost.error().kind, ErrorKind::kInvalid)
      << "it answered, but must not be repeated unasked";
  EXPECT_EQ(lost.error().code, "HTTP_STATUS_500");
  EXPECT_EQ(Get("/broken").error().code, "HTTP_BODY_UNREADABLE");
}

TEST_F(HttpCalls, NeverFollowARedirect) {
  EXPECT_EQ(Get("/round").error().code, "HTTP_STATUS_302");
  EXPECT_TRUE(Call({{"method", "GET"}, {"uri", provider_.Url("/round")}, {"redirect", true}}).ok());
  EXPECT_EQ(provider_.rounds, 2);
}

TEST_F(HttpCalls, EndABodyThatDoesNotEnd) {
  const auto endless = Get("/endless");
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(endless.error().code, "HTTP_ANSWER_TOO_LARGE");
  EXPECT_EQ(endless.error().kind, ErrorKind::kInvalid);
}

TEST_F(HttpCalls, RefuseAnInternalAddressUnlessAllowed) {
  adapters::curl::CurlHttpClient careful({.addresses = AddressPolicy::kPublicOnly});
  HttpCaller caller({NamedSecrets({accounts_, secrets_, vault_, expressions_}), careful, clock_,
                     home_, pool_, metrics_});
  ports::ActionCall call;
  call.account = kAccount;
  call.action = "http";
  call.input = {{"method", "GET"}, {"uri", provider_.Url("/pet")}};
  const auto refused = ports::PerformAndWait(caller, call);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("internal address"));
  careful.Stop();
  home_.Stop();
}

TEST_F(HttpCalls, SayWhetherAnythingWasSent) {
  const auto slow = Get("/slow");
  EXPECT_EQ(slow.error().code, "HTTP_ANSWER_TIMEOUT");
  EXPECT_EQ(slow.error().kind, ErrorKind::kInDoubt);
  const auto nobody = Call({{"method", "GET"}, {"uri", "http://nobody.invalid/"}});
  EXPECT_EQ(nobody.error().code, "HTTP_UNREACHABLE");
  EXPECT_EQ(nobody.error().kind, ErrorKind::kUnavailable);
}

TEST_F(HttpCalls, YieldTheBytesWhereAsked) {
  const auto raw = Call({{"method", "GET"}, {"uri", provider_.Url("/page")}, {"output", "raw"}});
  EXPECT_EQ(*raw, Json("aGVsbG8="));
}

TEST_F(HttpCalls, AnswerADigestChallengeWithoutThePassword) {
  const Json digest = {{"digest", {{"username", "ada"}, {"password", "s3cret"}}}};
  const auto found = Get("/hidden", digest);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*found, Json("found"));
  EXPECT_THAT(provider_.digest, HasSubstr("response="));
  EXPECT_THAT(provider_.digest, ::testing::Not(HasSubstr("s3cret")));
}

TEST_F(HttpCalls, CarryBasicAndBearerCredentials) {
  EXPECT_EQ(*Get("/who", {{"basic", {{"username", "ada"}, {"password", "x"}}}}),
            Json("Basic YWRhOng="));
  EXPECT_EQ(*Get("/who", {{"bearer", {{"token", "t"}}}}), Json("Bearer t"));
}

TEST_F(HttpCalls, TakeCredentialsFromNamedSecrets) {
  SetSecret("login", R"({"username":"ada","password":"x"})");
  SetSecret("token", "t0");
  EXPECT_EQ(*Get("/who", {{"basic", {{"use", "login"}}}}), Json("Basic YWRhOng="));
  EXPECT_EQ(*Get("/who", {{"bearer", {{"token", "${ $secrets.token }"}}}}), Json("Bearer t0"));
  const auto missing = Get("/who", {{"bearer", {{"use", "other"}}}});
  EXPECT_EQ(missing.error().code, "SECRET_NOT_FOUND");
  EXPECT_EQ(missing.error().kind, ErrorKind::kForbidden);
}

TEST_F(HttpCalls, FetchOneOAuthTokenForManyCallsAndAnotherWhenItIsRefused) {
  const Json oauth = {{"oauth2",
                       {{"authority", provider_.Url("")},
                        {"grant", "client_credentials"},
                        {"client", {{"id", "me"}, {"secret", "s"}}},
                        {"scopes", {"a", "b"}}}}};
  EXPECT_EQ(*Get("/who", oauth), Json("Bearer token-1"));
  EXPECT_EQ(*Get("/who", oauth), Json("Bearer token-1"));
  EXPECT_THAT(provider_.token_request, HasSubstr("scope=a%20b"));
  provider_.refused = "Bearer token-1";
  EXPECT_EQ(*Get("/who", oauth), Json("Bearer token-2"));
  EXPECT_EQ(provider_.tokens, 2);
  provider_.refused = "Bearer token-3";
}

Json Oauth(const std::string& authority, const Json& client) {
  return {
      {"oauth2", {{"authority", authority}, {"grant", "client_credentials"}, {"client", client}}}};
}

TEST_F(HttpCalls, ShowTheClientToTheAuthorityInTheBodyOrInAHeader) {
  const Json post = {{"id", "me"}, {"secret", "s+1"}};
  EXPECT_EQ(*Get("/who", Oauth(provider_.Url(""), post)), Json("Bearer token-1"));
  EXPECT_THAT(provider_.token_request, HasSubstr("client_id=me&client_secret=s%2B1"));
  EXPECT_EQ(provider_.token_login, "");
  Json basic = post;
  basic["authentication"] = "client_secret_basic";
  EXPECT_EQ(*Get("/who", Oauth(provider_.Url("/"), basic)), Json("Bearer token-2"));
  EXPECT_EQ(provider_.token_login, "Basic " + ToBase64("me:s%2B1"));
  EXPECT_THAT(provider_.token_request, ::testing::Not(HasSubstr("secret")));
}

TEST_F(HttpCalls, SayThatTheAuthorityRefusedTheClient) {
  const auto refused =
      Get("/who", Oauth(provider_.Url(""), {{"id", "nobody"}, {"secret", "s3cret"}}));
  EXPECT_EQ(refused.error().code, "HTTP_TOKEN_REFUSED");
  EXPECT_THAT(refused.error().message, ::testing::Not(HasSubstr("s3cret")));
}

TEST_F(HttpCalls, NeverTakeASecretForAnExpression) {
  SetSecret("odd", "${ $secrets.other }");
  EXPECT_EQ(*Get("/who", {{"bearer", {{"use", "odd"}}}}), Json("Bearer ${ $secrets.other }"));
  EXPECT_EQ(*Get("/who", {{"bearer", {{"token", "${ $secrets.odd }"}}}}),
            Json("Bearer ${ $secrets.other }"));
}

TEST_F(HttpCalls, MakeTheRequestOfAnOpenApiOperation) {
  Json call = {{"document", provider_.Url("/swagger.yaml")},
               {"operationId", "getPetById"},
               {"parameters", {{"petId", 7}, {"tags", {"x", "y"}}}}};
  const auto request = Call(call, {}, "openapi");
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ((*request)["method"], "GET");
  EXPECT_EQ((*request)["uri"], provider_.Url("/v2/pet/7"));
  EXPECT_EQ((*request)["query"]["tags"], (Json{"x", "y"}));
  call["operationId"] = "getPetByIt";
  EXPECT_THAT(Call(call, {}, "openapi").error().message, HasSubstr("getPetById"));
  call["operationId"] = "getPetById";
  call["parameters"] = Json::object();
  EXPECT_EQ(Call(call, {}, "openapi").error().code, "OPENAPI_PARAMETER_MISSING");
}

TEST_F(HttpCalls, ReadADocumentOnceForManyCalls) {
  const Json call = {{"document", provider_.Url("/openapi.json")},
                     {"operationId", "changeOrder"},
                     {"parameters", {{"id", 7}, {"note", "x"}}}};
  const auto first = Call(call, {}, "openapi");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(*Call(call, {}, "openapi"), *first);
  EXPECT_EQ(provider_.documents, 1);
  // Who shows a credential reads it for themselves.
  ASSERT_TRUE(Call(call, {{"bearer", {{"token", "t"}}}}, "openapi").ok());
  EXPECT_EQ(provider_.documents, 2);
}

TEST_F(HttpCalls, PutEachParameterOfOpenApi3WhereTheDocumentWantsIt) {
  Json call = {{"document", provider_.Url("/openapi.json")},
               {"operationId", "changeOrder"},
               {"parameters",
                {{"id", "a/b"},
                 {"fields", {"x", "y"}},
                 {"X-Trace", 5},
                 {"session", "s 1"},
                 {"note", "hi"}}}};
  const auto request = Call(call, {}, "openapi");
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(
      *request,
      (Json{{"method", "PUT"},
            {"uri", provider_.Url("/v3/orders/a%2Fb")},
            {"query", {{"fields", "x,y"}}},
            {"headers",
             {{"X-Trace", "5"}, {"Cookie", "session=s%201"}, {"Content-Type", "application/json"}}},
            {"body", {{"note", "hi"}}}}));
}

TEST_F(HttpCalls, TakeNoCredentialAsAParameter) {
  const auto refused = Call({{"document", provider_.Url("/openapi.json")},
                             {"operationId", "changeOrder"},
                             {"parameters", {{"id", 1}, {"Authorization", "Bearer x"}}}},
                            {}, "openapi");
  EXPECT_EQ(refused.error().code, "OPENAPI_PARAMETER_REFUSED");
}

TEST_F(HttpCalls, SayWhatOfADocumentCannotBeDone) {
  const auto upload = Call({{"document", provider_.Url("/openapi.json")},
                            {"operationId", "upload"},
                            {"parameters", {{"file", "x"}}}},
                           {}, "openapi");
  EXPECT_EQ(upload.error().code, "OPENAPI_PARAMETER_REFUSED");
  const auto none =
      Call({{"document", provider_.Url("/page")}, {"operationId", "upload"}}, {}, "openapi");
  EXPECT_EQ(none.error().code, "OPENAPI_DOCUMENT_INVALID");
}

}  // namespace
}  // namespace sb::runtime
