#include "connectors/aircall/sandbox/door/sandbox.h"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <httplib.h>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "engine/base/encoding.h"

// The sandbox over real sockets, all of them on ports the system picks.
namespace sb::aircall::sandbox {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::ordered_json;

/// Long enough to be passed on failure only.
constexpr auto kPatience = 20s;

struct Received {
  httplib::Headers headers;
  Json body;
};

/// A webhook receiver that keeps what it gets and answers as told.
class Receiver {
 public:
  Receiver() {
    server_.Post("/in", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      received_.push_back({request.headers, Json::parse(request.body)});
      response.status = 204;
      if (!answers_.empty()) {
        response.status = answers_.front();
        answers_.pop_front();
      }
      arrived_.notify_all();
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~Receiver() {
    server_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/in"; }

  void AnswerFirst(std::deque<int> statuses) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(statuses);
  }

  /// The first `count` messages, in the order of arrival; fewer when patience runs out.
  std::vector<Received> Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, kPatience, [&] { return received_.size() >= count; });
    return received_;
  }

 private:
  httplib::Server server_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Received> received_;
  std::deque<int> answers_;
  int port_ = 0;
  std::thread thread_;
};

sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// The beginning of the answer to exactly these bytes.
std::string AnswerTo(int port, const std::string& bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = LoopbackAddress(port);
  const timeval patience{20, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::array<char, 64> answer{};
  ssize_t got = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (got == 0) got = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (got > 0) got = ::recv(socket, answer.data(), answer.size(), 0);
  ::close(socket);
  return std::string(answer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

/// A port that takes connections and never says a word.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = LoopbackAddress(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }

  ~SilentPort() { ::close(socket_); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/in"; }

 private:
  int socket_;
  int port_ = 0;
};

WorldSettings With(const std::vector<std::string>& switches) {
  WorldSettings settings;
  for (const std::string& each : switches) {
    const Status status = settings.switches.SetFromText(each);
    if (!status.ok()) throw std::invalid_argument(status.error().message);
  }
  return settings;
}

WorldSettings QuickRetries() {
  return With({"webhooks.first_wait_ms=1", "webhooks.longest_wait_ms=1"});
}

class RunningSandbox : public ::testing::Test {
 protected:
  RunningSandbox() : RunningSandbox(QuickRetries()) {}

  explicit RunningSandbox(WorldSettings world) : sandbox_({.world = std::move(world)}, clock_) {}

  void SetUp() override {
    const Status started = sandbox_.Start();
    ASSERT_TRUE(started.ok()) << started.error().message;
    endpoints_ = Json::parse(sandbox_.EndpointsText());
  }

  std::string Endpoint(const char* name) const { return endpoints_.at(name).get<std::string>(); }

  int Port() const {
    const std::string url = Endpoint("base_url");
    return std::stoi(url.substr(url.rfind(':') + 1));
  }

  httplib::Client Client() const {
    httplib::Client client(Endpoint("base_url"));
    client.set_basic_auth(Endpoint("api_id"), Endpoint("api_token"));
    return client;
  }

  httplib::Client Browser() const { return httplib::Client(Endpoint("base_url")); }

  Json Control(const std::string& path, const Json& body) const {
    const auto answer = Browser().Post("/_sandbox" + path, body.dump(), "application/json");
    return answer && !answer->body.empty() ? Json::parse(answer->body) : Json();
  }

  Json Subscribe(const std::string& url, const Json& events) const {
    const Json body = {{"url", url}, {"events", events}};
    return Json::parse(Client().Post("/v1/webhooks", body.dump(), "application/json")->body)
        .at("webhook");
  }

  SystemClock clock_;
  Sandbox sandbox_;
  Json endpoints_;
};

TEST_F(RunningSandbox, TellsItsAddressesAndCredentials) {
  EXPECT_THAT(Endpoint("base_url"), StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(Endpoint("authorize_url"), Endpoint("base_url") + "/oauth/authorize");
  EXPECT_EQ(Endpoint("control_url"), Endpoint("base_url") + "/_sandbox");
  EXPECT_EQ(Endpoint("api_id").size(), 32U);
  EXPECT_EQ(Endpoint("client_secret").size(), 64U);
  EXPECT_EQ(endpoints_.at("pid"), ::getpid());
}

TEST_F(RunningSandbox, AnswersWithTheRecordedContentTypes) {
  auto client = Client();
  EXPECT_EQ(client.Get("/v1/company")->get_header_value("Content-Type"),
            "application/json; charset=utf-8");
  EXPECT_EQ(client.Get("/v1/webhooks")->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(Browser().Get("/v1/ping")->status, 401);
  client.set_basic_auth("wrong", "pair");
  EXPECT_EQ(client.Get("/v1/ping")->status, 403);
}

TEST_F(RunningSandbox, LinksToPagesThatCanBeFetched) {
  auto client = Client();
  const Json first = Json::parse(client.Get("/v1/tags?per_page=4")->body);
  const std::string next = first.at("meta").at("next_page_link");
  ASSERT_THAT(next, StartsWith(Endpoint("base_url")));
  const Json second = Json::parse(client.Get(next.substr(Endpoint("base_url").size()))->body);
  EXPECT_EQ(second.at("tags").size(), 2U);
}

// httplib's client always sends a length, curl never does: so the bytes themselves.
TEST_F(RunningSandbox, TakesADeleteThatHasNoLength) {
  const std::string credential = ToBase64(Endpoint("api_id") + ":" + Endpoint("api_token"));
  EXPECT_THAT(
      AnswerTo(Port(),
               "DELETE /v1/tags/3100001 HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Basic " +
                   credential + "\r\n\r\n"),
      StartsWith("HTTP/1.1 204"));
}

TEST_F(RunningSandbox, LetsABrowserConsentAndAnAppUseItsToken) {
  const std::string back = "http://127.0.0.1:9/back?from=sandbox";
  // redirect_uri goes unencoded, as Aircall's own sample sends it.
  const auto page =
      Browser().Get("/oauth/authorize?client_id=" + Endpoint("client_id") +
                    "&redirect_uri=" + back + "&response_type=code&scope=public_api&state=s1");
  ASSERT_EQ(page->status, 200);
  EXPECT_THAT(page->body, HasSubstr("Support US"));
  const httplib::Params form = {{"client_id", Endpoint("client_id")},
                                {"redirect_uri", back},
                                {"response_type", "code"},
                                {"scope", "public_api"},
                                {"state", "s1"},
                                {"numbers_shown", "1"},
                                {"number_ids", "1400001"},
                                {"number_ids", "1400002"},
                                {"decision", "authorize"}};
  const auto consent = Browser().Post("/oauth/authorize", form);
  ASSERT_EQ(consent->status, 302);
  const std::string location = consent->get_header_value("Location");
  ASSERT_THAT(location, StartsWith(back + "&code="));
  ASSERT_THAT(location, HasSubstr("&state=s1"));
  const auto code_at = location.find("code=") + 5;
  const Json exchange = {{"grant_type", "authorization_code"},
                         {"code", location.substr(code_at, location.find('&', code_at) - code_at)},
                         {"redirect_uri", back},
                         {"client_id", Endpoint("client_id")},
                         {"client_secret", Endpoint("client_secret")}};
  const auto answer = Browser().Post("/v1/oauth/token", exchange.dump(), "application/json");
  ASSERT_EQ(answer->status, 200);
  const Json token = Json::parse(answer->body);
  EXPECT_EQ(token.at("token_type"), "Bearer");
  EXPECT_TRUE(token.at("created_at").is_number_integer());
  EXPECT_EQ(Browser().Post("/v1/oauth/token", exchange.dump(), "application/json")->status, 400);
  auto app = Browser();
  app.set_bearer_token_auth(token.at("access_token").get<std::string>());
  const Json me = Json::parse(app.Get("/v1/integrations/me")->body).at("integration");
  EXPECT_EQ(me.at("number_ids"), Json({1400001, 1400002}));
  EXPECT_EQ(Browser().Get("/oauth/success")->status, 200);
}

TEST_F(RunningSandbox, DeliversACallInOrderWithTheRecordedHeaders) {
  Receiver receiver;
  const Json hook = Subscribe(receiver.url(), {"call.created", "call.hungup", "call.ended"});
  Control("/calls", {{"from", "+16175550142"}, {"answered", false}});
  const auto messages = receiver.Await(3);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].body.at("event"), "call.created");
  EXPECT_EQ(messages[1].body.at("event"), "call.hungup");
  EXPECT_EQ(messages[2].body.at("event"), "call.ended");
  EXPECT_EQ(messages[0].body.at("token"), hook.at("token"));
  EXPECT_FALSE(messages[2].body.at("data").contains("user"));
  EXPECT_EQ(messages[2].body.at("data").at("contact").at("first_name"), "Priya");
  const auto header = [&](const char* name) {
    const auto found = messages[0].headers.find(name);
    return found == messages[0].headers.end() ? std::string() : found->second;
  };
  EXPECT_EQ(header("aircall-origin"), "webhooks");
  EXPECT_THAT(header("User-Agent"), StartsWith("axios/"));
  EXPECT_EQ(header("Content-Type"), "application/json");
  EXPECT_NE(header("x-datadog-trace-id"), "");
}

TEST_F(RunningSandbox, PlaysARealCallAsTimePasses) {
  Receiver receiver;
  Subscribe(receiver.url(), {"call.hungup", "call.ended"});
  const Json call = Control("/calls", {{"from", "anonymous"},
                                       {"pace", "real"},
                                       {"ring_seconds", 0},
                                       {"talk_seconds", 0},
                                       {"ended_lag_seconds", 1}})
                        .at("call");
  EXPECT_TRUE(call.at("recording").is_null());
  const auto messages = receiver.Await(2);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].body.at("event"), "call.ended");
  EXPECT_TRUE(messages[1].body.at("data").at("recording").is_string());
}

TEST_F(RunningSandbox, TriesAgainUntilTheReceiverIsContent) {
  Receiver receiver;
  receiver.AnswerFirst({500, 503});
  Subscribe(receiver.url(), {"contact.created"});
  const Json contact = {{"phone_numbers", {{{"label", "Work"}, {"value", "+16175550111"}}}}};
  ASSERT_EQ(Client().Post("/v1/contacts", contact.dump(), "application/json")->status, 200);
  const auto messages = receiver.Await(3);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].body, messages[2].body);
}

/// A certificate that nobody vouches for but itself.
struct OwnCertificate {
  OwnCertificate()
      : key(::EVP_EC_gen("P-256"), &::EVP_PKEY_free), cert(::X509_new(), &::X509_free) {
    ::X509_gmtime_adj(X509_getm_notBefore(cert.get()), 0);
    ::X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    ::X509_set_pubkey(cert.get(), key.get());
    X509_NAME* name = ::X509_get_subject_name(cert.get());
    const auto* host = reinterpret_cast<const unsigned char*>("localhost");
    ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
    ::X509_set_issuer_name(cert.get(), name);
    ::X509_sign(cert.get(), key.get(), ::EVP_sha256());
  }

  std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key;
  std::unique_ptr<X509, decltype(&::X509_free)> cert;
};

TEST(WebhookAttempt, FailsWhenNobodyVouchesForTheReceiversCertificate) {
  const OwnCertificate own;
  httplib::SSLServer receiver(own.cert.get(), own.key.get());
  bool reached = false;
  receiver.Post("/in", [&](const httplib::Request&, httplib::Response&) { reached = true; });
  const int port = receiver.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { receiver.listen_after_bind(); });
  while (!receiver.is_running()) std::this_thread::yield();  // stop() before that would be lost.
  const std::string url = "https://localhost:" + std::to_string(port) + "/in";
  const Attempt attempt = PostWebhook({.url = url, .body = "{}"}, 5s, SystemClock());
  receiver.stop();
  serving.join();
  EXPECT_EQ(attempt.status, 0);
  EXPECT_THAT(attempt.problem, HasSubstr("SSL"));
  EXPECT_FALSE(reached);
}

TEST(WebhookAttempt, FailsWhenTheReceiverKeepsSilent) {
  const SilentPort silent;
  const Attempt attempt = PostWebhook({.url = silent.url(), .body = "{}"}, 20ms, SystemClock());
  EXPECT_FALSE(attempt.delivered());
  EXPECT_EQ(attempt.status, 0);
  EXPECT_NE(attempt.problem, "");
  EXPECT_GE(attempt.took, 20ms);
}

TEST_F(RunningSandbox, RepeatsADeliveryOnDemand) {
  Receiver receiver;
  Subscribe(receiver.url(), {"contact.created"});
  const Json contact = {{"phone_numbers", {{{"label", "Work"}, {"value", "+16175550111"}}}}};
  ASSERT_EQ(Client().Post("/v1/contacts", contact.dump(), "application/json")->status, 200);
  ASSERT_EQ(receiver.Await(1).size(), 1U);
  EXPECT_TRUE(
      Control("/webhooks/redeliver", Json::object()).at("delivery").at("repeat_of").is_number());
  const auto messages = receiver.Await(2);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].body, messages[1].body);
}

TEST_F(RunningSandbox, TellsAnAppThatItWasRemoved) {
  Receiver receiver;
  const httplib::Params form = {{"client_id", Endpoint("client_id")},
                                {"redirect_uri", "http://localhost/cb"},
                                {"response_type", "code"},
                                {"scope", "public_api"},
                                {"decision", "authorize"}};
  const std::string location =
      Browser().Post("/oauth/authorize", form)->get_header_value("Location");
  const httplib::Params exchange = {{"grant_type", "authorization_code"},
                                    {"code", location.substr(location.find("code=") + 5)},
                                    {"redirect_uri", "http://localhost/cb"},
                                    {"client_id", Endpoint("client_id")},
                                    {"client_secret", Endpoint("client_secret")}};
  const auto token = Browser().Post("/v1/oauth/token", exchange);
  ASSERT_EQ(token->status, 200);
  auto app = Browser();
  app.set_bearer_token_auth(Json::parse(token->body).at("access_token").get<std::string>());
  const Json hook = {{"url", receiver.url()}, {"events", {"integration.deleted"}}};
  ASSERT_EQ(app.Post("/v1/webhooks", hook.dump(), "application/json")->status, 200);
  Control("/app/remove", Json::object());
  const auto messages = receiver.Await(1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].body.at("resource"), "integration");
  EXPECT_EQ(messages[0].body.at("data").at("company_id"), 61001);
  EXPECT_EQ(app.Get("/v1/ping")->status, 403);
}

TEST_F(RunningSandbox, ClosesTheConnectionWithoutAWordWhenToldTo) {
  Control("/faults", {{"match", {{"path_regex", "^/v1/tags$"}}}, {"action", "drop_before"}});
  Control("/faults", {{"match", {{"path_regex", "^/v1/tags$"}}}, {"action", "drop_after"}});
  const char* tag = R"({"name":"A","color":"#000000"})";
  EXPECT_FALSE(Client().Post("/v1/tags", tag, "application/json"));
  EXPECT_FALSE(Client().Post("/v1/tags", tag, "application/json"));
  EXPECT_EQ(Json::parse(Client().Get("/v1/tags")->body).at("meta").at("total"), 7);
}

TEST_F(RunningSandbox, ServesARecordingWholeInPartsAndAsAHeadAlone) {
  const Json call = Control("/calls", {{"from", "+16175550142"}}).at("call");
  const std::string url = call.at("recording");
  const std::string target = url.substr(Endpoint("base_url").size());
  const auto whole = Browser().Get(target);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->status, 200);
  EXPECT_EQ(whole->get_header_value("Content-Type"), "audio/mpeg");
  const auto head = Browser().Head(target);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->get_header_value("Content-Length"), std::to_string(whole->body.size()));
  const auto part = Browser().Get(target, httplib::Headers{{"Range", "bytes=100-199"}});
  ASSERT_TRUE(part);
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, whole->body.substr(100, 100));
}

TEST_F(RunningSandbox, CutsAnAnswerInTheMiddleWhenToldTo) {
  Control("/faults", {{"action", "truncate"}});
  const auto answer = Client().Get("/v1/company");
  EXPECT_FALSE(answer) << "less came than Content-Length said";
  EXPECT_TRUE(Client().Get("/v1/company")) << "the next one is whole";
}

TEST_F(RunningSandbox, DelaysAnAnswerAndThenGivesIt) {
  Control("/faults", {{"action", "delay"}, {"delay_ms", 50}});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Client().Get("/v1/ping")->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 50ms);
}

TEST_F(RunningSandbox, StopsInTheMiddleOfALongDelay) {
  Control("/faults", {{"action", "delay"}, {"delay_ms", 600'000}});
  std::thread asking([&] { EXPECT_EQ(Client().Get("/v1/ping")->status, 200); });
  const auto struck = [&] {
    return Json::parse(Browser().Get("/_sandbox/faults")->body).at("faults").at(0).at("struck") ==
           1;
  };
  while (!struck()) std::this_thread::yield();
  sandbox_.Stop();
  asking.join();
}

TEST_F(RunningSandbox, RefusesAPortThatIsTaken) {
  Sandbox second({.port = Port()}, clock_);
  const Status refused = second.Start();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(refused.error().code, "SANDBOX_LISTEN_FAILED");
  EXPECT_THAT(refused.error().message, HasSubstr("--listen"));
}

class LimitedSandbox : public RunningSandbox {
 protected:
  LimitedSandbox() : RunningSandbox(With({"rate.limit=2"})) {}
};

TEST_F(LimitedSandbox, AnswersTheThirdRequestWith429AndItsHeaders) {
  auto client = Client();
  const auto allowed = client.Get("/v1/ping");
  EXPECT_FALSE(allowed->has_header("X-AircallApi-Limit"));
  client.Get("/v1/ping");
  const auto limited = client.Get("/v1/ping");
  ASSERT_EQ(limited->status, 429);
  EXPECT_EQ(limited->get_header_value("X-AircallApi-Limit"), "2");
  EXPECT_EQ(limited->get_header_value("X-AircallApi-Remaining"), "0");
  const auto reset = std::stoll(limited->get_header_value("X-AircallApi-Reset"));
  EXPECT_GE(reset, UnixSeconds(clock_.Now()));
  EXPECT_LE(reset, UnixSeconds(clock_.Now()) + 61);
}

}  // namespace
}  // namespace sb::aircall::sandbox
