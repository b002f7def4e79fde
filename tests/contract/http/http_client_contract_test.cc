// What every HttpClient promises, held to the fake and to the real one alike; then what only the
// real one can show.

#include <algorithm>
#include <future>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/curl/curl_http_client.h"
#include "tests/contract/http/raw_server.h"
#include "tests/support/fake_http_client.h"

namespace sb {
namespace {

using adapters::curl::AddressPolicy;
using adapters::curl::CurlHttpClient;
using ports::HttpRequest;
using ports::HttpResponse;
using ::testing::ElementsAre;
using testing::FakeHttpClient;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::Not;
using testing::RawServer;
using ::testing::StartsWith;

constexpr Millis kLong{20'000};
constexpr Millis kShort{150};

std::future<Result<HttpResponse>> SendAsync(ports::HttpClient& client, HttpRequest request,
                                            Millis timeout) {
  auto promise = std::make_shared<std::promise<Result<HttpResponse>>>();
  auto future = promise->get_future();
  client.Send(std::move(request), timeout,
              [promise](Result<HttpResponse> result) { promise->set_value(std::move(result)); });
  return future;
}

Result<HttpResponse> Await(std::future<Result<HttpResponse>> future) {
  if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    return Internal("TEST_NO_ANSWER", "done was not called");
  }
  return future.get();
}

Result<HttpResponse> Send(ports::HttpClient& client, HttpRequest request, Millis timeout = kLong) {
  return Await(SendAsync(client, std::move(request), timeout));
}

HttpRequest Get(const std::string& url) {
  return {"GET", url, {}, ""};
}

HttpRequest Post(const std::string& url, const std::string& body = "{}") {
  return {"POST", url, {{"Content-Type", "application/json"}}, body};
}

void ExpectError(const Result<HttpResponse>& result, ErrorKind kind, const std::string& code) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_EQ(result.error().code, code);
}

/// A client, and a far side that does what a test says.
class Setting {
 public:
  virtual ~Setting() = default;
  virtual ports::HttpClient& client() = 0;
  virtual std::string Url() = 0;
  virtual void Answer(int status, const std::string& body) = 0;
  virtual void NobodyListens() = 0;
  virtual void NeverAnswer() = 0;
  virtual void CutTheAnswer() = 0;
  virtual void Stop() = 0;
  /// The body of the last request as the far side got it.
  virtual std::string SentBody() = 0;
};

class FakeSetting : public Setting {
 public:
  ports::HttpClient& client() override { return client_; }

  std::string Url() override { return "http://far.example/things?key=s3cret"; }

  void Answer(int status, const std::string& body) override {
    client_.SetWorld([=](const HttpRequest&) {
      return HttpResponse{status, {{"x-said", "Yes"}}, body};
    });
  }

  void NobodyListens() override { client_.SetWorld({}); }

  void NeverAnswer() override {
    client_.SetWorld([](const HttpRequest&) { return InDoubt("HTTP_ANSWER_TIMEOUT", "silence"); });
  }

  void CutTheAnswer() override {
    client_.SetWorld([](const HttpRequest&) { return InDoubt("HTTP_NO_ANSWER", "cut"); });
  }

  void Stop() override { client_.Stop(); }

  std::string SentBody() override { return client_.sent().back().body; }

 private:
  FakeHttpClient client_;
};

class CurlSetting : public Setting {
 public:
  CurlSetting()
      : server_([this](const std::string&) { return reaction_; }),
        client_({.addresses = AddressPolicy::kAnywhere}) {}

  ports::HttpClient& client() override { return client_; }

  std::string Url() override { return url_.empty() ? server_.Url("/things?key=s3cret") : url_; }

  void Answer(int status, const std::string& body) override {
    reaction_ = {HttpAnswer(status, body, "X-Said: Yes\r\n"), RawServer::After::kKeepOpen};
  }

  void NobodyListens() override {
    url_ = "http://127.0.0.1:" + std::to_string(testing::UnusedPort()) + "/things?key=s3cret";
  }

  void NeverAnswer() override { reaction_ = {"", RawServer::After::kHang}; }

  void CutTheAnswer() override {
    reaction_ = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
                 RawServer::After::kClose};
  }

  void Stop() override { client_.Stop(); }

  std::string SentBody() override {
    const std::string request = server_.requests().back();
    return request.substr(request.find("\r\n\r\n") + 4);
  }

 private:
  RawServer::Reaction reaction_;
  RawServer server_;
  CurlHttpClient client_;
  std::string url_;
};

template <typename Kind>
class HttpClientContract : public ::testing::Test {
 protected:
  Kind setting_;
};

using Settings = ::testing::Types<FakeSetting, CurlSetting>;
TYPED_TEST_SUITE(HttpClientContract, Settings);

TYPED_TEST(HttpClientContract, TakesEveryStatusForAnAnswer) {
  for (const int status : {200, 201, 302, 404, 429, 500, 503}) {
    this->setting_.Answer(status, "said");
    const Result<HttpResponse> answer = Send(this->setting_.client(), Get(this->setting_.Url()));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->body, "said");
  }
}

TYPED_TEST(HttpClientContract, GivesHeaderNamesInLowerCaseAndValuesAsTheyCame) {
  this->setting_.Answer(200, "");
  const Result<HttpResponse> answer = Send(this->setting_.client(), Get(this->setting_.Url()));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(HeaderOf(*answer, "x-said"), "Yes");
}

TYPED_TEST(HttpClientContract, GivesABodyPieceByPieceToWhoeverTakesIt) {
  for (const int status : {200, 403}) {
    this->setting_.Answer(status, "what was said");
    std::string taken;
    HttpRequest request = Get(this->setting_.Url());
    request.on_body = [&](int of_status, std::string_view piece) {
      EXPECT_EQ(of_status, status);
      taken += piece;
      return true;
    };
    const Result<HttpResponse> answer = Send(this->setting_.client(), request);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->body, "");
    EXPECT_EQ(taken, "what was said");
  }
}

TYPED_TEST(HttpClientContract, EndsABodyThatItsTakerWantsNoMoreOf) {
  this->setting_.Answer(200, "what was said");
  HttpRequest request = Get(this->setting_.Url());
  request.on_body = [](int, std::string_view) { return false; };
  ExpectError(Send(this->setting_.client(), request), ErrorKind::kInDoubt, "HTTP_NO_ANSWER");
}

TYPED_TEST(HttpClientContract, HoldsATakenBodyToItsLimit) {
  this->setting_.Answer(200, "what was said");
  std::size_t taken = 0;
  HttpRequest request = Get(this->setting_.Url());
  request.most_body = 5;
  request.on_body = [&](int, std::string_view piece) {
    taken += piece.size();
    return true;
  };
  ExpectError(Send(this->setting_.client(), request), ErrorKind::kInDoubt, "HTTP_ANSWER_TOO_LARGE");
  EXPECT_LE(taken, 5U);
}

/// A request whose body is asked for piece by piece, each of at most `piece` bytes.
HttpRequest Upload(const std::string& url, const std::string& body, std::size_t piece) {
  HttpRequest request{"PUT", url, {{"Content-Type", "text/plain"}}, ""};
  request.upload =
      ports::HttpUpload{static_cast<std::int64_t>(body.size()),
                        [body, piece](std::int64_t offset, char* into, std::size_t most) {
                          const std::string given =
                              body.substr(static_cast<std::size_t>(offset), std::min(most, piece));
                          std::ranges::copy(given, into);
                          return given.size();
                        }};
  return request;
}

TYPED_TEST(HttpClientContract, SendsABodyThatComesPieceByPiece) {
  this->setting_.Answer(200, "kept");
  std::string body;
  for (int i = 0; i < 50'000; ++i) body += std::to_string(i) + ",";
  for (const std::string& each : {body, std::string()}) {
    const Result<HttpResponse> answer =
        Send(this->setting_.client(), Upload(this->setting_.Url(), each, 1000));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body, "kept");
    EXPECT_EQ(this->setting_.SentBody(), each);
  }
}

TYPED_TEST(HttpClientContract, IsInDoubtWhenABodyCannotBeReadToItsEnd) {
  this->setting_.Answer(200, "kept");
  HttpRequest request = Upload(this->setting_.Url(), "what was said", 4);
  request.upload->size += 1;
  ExpectError(Send(this->setting_.client(), request), ErrorKind::kInDoubt, "HTTP_NO_ANSWER");
}

TYPED_TEST(HttpClientContract, SaysThatNothingWasSentWhenNobodyListens) {
  this->setting_.NobodyListens();
  ExpectError(Send(this->setting_.client(), Post(this->setting_.Url())), ErrorKind::kUnavailable,
              "HTTP_UNREACHABLE");
}

TYPED_TEST(HttpClientContract, IsInDoubtWhenNoAnswerComes) {
  this->setting_.NeverAnswer();
  ExpectError(Send(this->setting_.client(), Post(this->setting_.Url()), kShort),
              ErrorKind::kInDoubt, "HTTP_ANSWER_TIMEOUT");
}

TYPED_TEST(HttpClientContract, IsInDoubtWhenTheAnswerBreaksOff) {
  this->setting_.CutTheAnswer();
  ExpectError(Send(this->setting_.client(), Post(this->setting_.Url())), ErrorKind::kInDoubt,
              "HTTP_NO_ANSWER");
}

TYPED_TEST(HttpClientContract, RefusesWhatCannotBeSent) {
  for (const char* url : {"ftp://far.example/", "file:///etc/passwd", "", "no url"}) {
    ExpectError(Send(this->setting_.client(), Get(url)), ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
  }
  HttpRequest request = Get(this->setting_.Url());
  request.method = "GET / HTTP/1.1\r\nX: y";
  ExpectError(Send(this->setting_.client(), request), ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
}

TYPED_TEST(HttpClientContract, SendsNothingOnceItHasStopped) {
  this->setting_.Answer(200, "said");
  this->setting_.Stop();
  ExpectError(Send(this->setting_.client(), Post(this->setting_.Url())), ErrorKind::kCancelled,
              "HTTP_STOPPED");
}

class CurlClient : public ::testing::Test {
 protected:
  RawServer::Reaction reaction_{HttpAnswer(200, "said")};
  RawServer server_{[this](const std::string&) { return reaction_; }};
  CurlHttpClient client_{{.addresses = AddressPolicy::kAnywhere}};
};

TEST_F(CurlClient, SendsMethodPathHeadersAndBodyAsGiven) {
  HttpRequest request{"PUT",
                      server_.Url("/a%20b?c=d%26e"),
                      {{"Authorization", "Bearer t"}, {"X-Empty", ""}},
                      "body"};
  ASSERT_TRUE(Send(client_, request).ok());
  const std::string sent = server_.requests().at(0);
  EXPECT_THAT(sent, StartsWith("PUT /a%20b?c=d%26e HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nAuthorization: Bearer t\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nUser-Agent: switchboard/"));
  EXPECT_THAT(sent, ::testing::EndsWith("\r\n\r\nbody"));
}

TEST_F(CurlClient, AddsNeitherExpectNorAContentTypeOfItsOwn) {
  ASSERT_TRUE(Send(client_, {"POST", server_.Url("/"), {}, std::string(200'000, 'x')}).ok());
  const std::string head = server_.requests().at(0).substr(0, 1000);
  EXPECT_THAT(head, Not(HasSubstr("Expect")));
  EXPECT_THAT(head, Not(HasSubstr("Content-Type")));
}

TEST_F(CurlClient, SendsDeleteAndHeadWithoutABody) {
  ASSERT_TRUE(Send(client_, {"DELETE", server_.Url("/x"), {}, ""}).ok());
  EXPECT_THAT(server_.requests().at(0), StartsWith("DELETE /x HTTP/1.1\r\n"));
  reaction_ = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", RawServer::After::kKeepOpen};
  const Result<HttpResponse> head = Send(client_, {"HEAD", server_.Url("/x"), {}, ""});
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->body, "");
}

TEST_F(CurlClient, RefusesAHeaderThatWouldSmuggleAnother) {
  HttpRequest request = Get(server_.Url("/"));
  request.headers = {{"X-One", "a\r\nX-Two: b"}};
  ExpectError(Send(client_, request), ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
  request.headers = {{"X One", "a"}};
  ExpectError(Send(client_, request), ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(CurlClient, DoesNotFollowRedirects) {
  reaction_ = {HttpAnswer(302, "", "Location: /elsewhere\r\n")};
  const Result<HttpResponse> answer = Send(client_, Get(server_.Url("/")));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(HeaderOf(*answer, "location"), "/elsewhere");
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(CurlClient, ReadsTheFinalAnswerPastInterimOnes) {
  reaction_ = {"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n" +
               HttpAnswer(200, "said", "X-Late: yes\r\n")};
  const Result<HttpResponse> answer = Send(client_, Get(server_.Url("/")));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(HeaderOf(*answer, "x-early"), "");
  EXPECT_EQ(HeaderOf(*answer, "x-late"), "yes");
}

TEST_F(CurlClient, IsInDoubtWhenTheAnswerIsLargerThanItsLimit) {
  reaction_ = {HttpAnswer(200, std::string(16 * 1024 * 1024 + 1, 'x')), RawServer::After::kClose};
  const Result<HttpResponse> answer = Send(client_, Get(server_.Url("/")));
  ExpectError(answer, ErrorKind::kInDoubt, "HTTP_ANSWER_TOO_LARGE");
  EXPECT_THAT(answer.error().message, HasSubstr("16 MiB"));
}

TEST_F(CurlClient, TakesAnAnswerOfExactlyTheLimit) {
  reaction_ = {HttpAnswer(200, std::string(16 * 1024 * 1024, 'x'))};
  const Result<HttpResponse> answer = Send(client_, Get(server_.Url("/")));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body.size(), 16U * 1024 * 1024);
}

TEST_F(CurlClient, IsInDoubtWhenTheConnectionClosesWithoutAWord) {
  reaction_ = {"", RawServer::After::kClose};
  ExpectError(Send(client_, Post(server_.Url("/"))), ErrorKind::kInDoubt, "HTTP_NO_ANSWER");
}

TEST_F(CurlClient, IsInDoubtWhenTheAnswerIsNoHttp) {
  reaction_ = {"220 mail.example ESMTP\r\n", RawServer::After::kClose};
  ExpectError(Send(client_, Post(server_.Url("/"))), ErrorKind::kInDoubt, "HTTP_NO_ANSWER");
}

TEST_F(CurlClient, KeepsAConnectionForTheNextRead) {
  ASSERT_TRUE(Send(client_, Get(server_.Url("/1"))).ok());
  ASSERT_TRUE(Send(client_, Get(server_.Url("/2"))).ok());
  EXPECT_EQ(server_.requests().size(), 2U);
  EXPECT_EQ(server_.connections(), 1U);
}

// libcurl repeats a request by itself when a kept connection dies under it. The server may have
// done the work by then.
TEST_F(CurlClient, NeverSendsAWriteTwiceWhenAKeptConnectionDies) {
  ASSERT_TRUE(Send(client_, Post(server_.Url("/first"))).ok());
  reaction_ = {"", RawServer::After::kClose};
  ExpectError(Send(client_, Post(server_.Url("/second"))), ErrorKind::kInDoubt, "HTTP_NO_ANSWER");
  EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(CurlClient, TimesOutInTheHandshakeWithoutDoubt) {
  // The server takes the connection and says nothing, so the TLS handshake never ends and no
  // request leaves.
  ExpectError(Send(client_, Post(server_.Url("/", "https")), kShort), ErrorKind::kTimeout,
              "HTTP_TIMEOUT");
}

TEST_F(CurlClient, IsUnavailableWhenTheServerSpeaksNoTls) {
  const RawServer mail([](const std::string&) { return RawServer::Reaction{}; },
                       "220 mail.example ESMTP\r\n");
  ExpectError(Send(client_, Post(mail.Url("/", "https"))), ErrorKind::kUnavailable,
              "HTTP_UNREACHABLE");
}

TEST_F(CurlClient, IsUnavailableWhenTheNameDoesNotExist) {
  ExpectError(Send(client_, Post("http://nobody.invalid/")), ErrorKind::kUnavailable,
              "HTTP_UNREACHABLE");
}

TEST_F(CurlClient, StopCompletesWhatIsUnderWay) {
  reaction_ = {"", RawServer::After::kHang};
  auto sent = SendAsync(client_, Post(server_.Url("/")), kLong);
  ASSERT_TRUE(server_.AwaitRequests(1));
  auto unsent = SendAsync(client_, Post(server_.Url("/", "https")), kLong);
  ASSERT_TRUE(server_.AwaitConnections(2));
  client_.Stop();
  ExpectError(Await(std::move(sent)), ErrorKind::kInDoubt, "HTTP_NO_ANSWER");
  ExpectError(Await(std::move(unsent)), ErrorKind::kCancelled, "HTTP_STOPPED");
  client_.Stop();
}

TEST_F(CurlClient, SaysWhichHostButNoneOfTheUrlsSecrets) {
  const int port = testing::UnusedPort();
  const auto answer = Send(client_, Get("http://user:pa55@127.0.0.1:" + std::to_string(port) +
                                        "/hook/s3cret?key=t0ken"));
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
  for (const char* secret : {"pa55", "s3cret", "t0ken"})
    EXPECT_THAT(answer.error().message, Not(HasSubstr(secret)));
}

TEST_F(CurlClient, SendsRequestsForAHostWhereTheOperatorSays) {
  CurlHttpClient client({.addresses = AddressPolicy::kPublicOnly,
                         .hosts = {.origins = {{"pets.example", server_.Url("")}}}});
  ASSERT_TRUE(Send(client, Get("https://Pets.example/v2/pet?id=1")).ok());
  ASSERT_EQ(server_.requests().size(), 1U);
  EXPECT_THAT(server_.requests()[0], StartsWith("GET /v2/pet?id=1 "));
  EXPECT_THAT(server_.requests()[0], HasSubstr("Host: pets.example\r\n"));
}

// The kept connection goes to an address that only the named host may have.
TEST_F(CurlClient, OpensAnAddressToNobodyButTheNamedHost) {
  CurlHttpClient client({.addresses = AddressPolicy::kPublicOnly,
                         .hosts = {.origins = {{"pets.example", server_.Url("")}}}});
  ASSERT_TRUE(Send(client, Get("http://pets.example/")).ok());
  const auto refused = Send(client, Get(server_.Url("/")));
  ExpectError(refused, ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
  EXPECT_THAT(refused.error().message, HasSubstr("internal address"));
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(CurlClient, LetsANamedHostHaveAnInternalAddress) {
  CurlHttpClient client(
      {.addresses = AddressPolicy::kPublicOnly, .hosts = {.private_allowed = {"127.0.0.1"}}});
  EXPECT_TRUE(Send(client, Get(server_.Url("/"))).ok());
  ExpectError(Send(client, Get("http://localhost:" + std::to_string(server_.port()) + "/")),
              ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
}

TEST_F(CurlClient, CarriesManyRequestsAtOnce) {
  std::vector<std::future<Result<HttpResponse>>> answers;
  answers.reserve(50);
  for (int i = 0; i < 50; ++i)
    answers.push_back(SendAsync(client_, Get(server_.Url("/" + std::to_string(i))), kLong));
  for (auto& answer : answers) EXPECT_TRUE(Await(std::move(answer)).ok());
  EXPECT_EQ(server_.requests().size(), 50U);
}

TEST_F(CurlClient, KeepsAwayFromInternalAddressesHoweverTheyAreWritten) {
  CurlHttpClient careful({.addresses = AddressPolicy::kPublicOnly});
  const std::string port = std::to_string(server_.port());
  for (const char* host : {"127.0.0.1", "localhost", "0x7f000001", "2130706433", "0x7f.1", "[::1]",
                           "[::ffff:127.0.0.1]"}) {
    ExpectError(Send(careful, Get("http://" + std::string(host) + ":" + port + "/")),
                ErrorKind::kInvalid, "HTTP_BAD_REQUEST");
  }
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace sb
