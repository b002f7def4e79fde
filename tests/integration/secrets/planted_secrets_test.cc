// The whole product is driven with secrets of every sort, along good roads and bad ones, and then
// everything that it wrote or said is searched for them.

#include <fstream>
#include <httplib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/system/postgres_binaries.h"
#include "engine/base/file.h"
#include "tests/integration/secrets/wiretap.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::Gt;
using ::testing::HasSubstr;

constexpr const char* kWorkflow = R"(
document: { dsl: '1.0.3', namespace: acme, name: ask-the-shop, version: '1.0.0' }
use:
  secrets: [shop]
  authentications:
    shop: { bearer: { use: shop } }
do:
  - good: { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/good', authentication: { use: shop } } } }
  - bad: { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/bad', authentication: { use: shop } } } }
)";

std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t start = text.find(before);
  if (start == std::string::npos) return {};
  const std::size_t from = start + before.size();
  return text.substr(from, text.find(after, from) - from);
}

/// https://shop.example: answers one address, and refuses the other in words of its own.
class Shop {
 public:
  Shop() {
    server_.Get("/good", [this](const auto& asked, auto& answer) {
      authorization = asked.get_header_value("Authorization");
      answer.set_content("{}", "application/json");
    });
    server_.Get("/bad", [](const auto&, auto& answer) { answer.status = 401; });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~Shop() {
    server_.stop();
    thread_.join();
  }

  std::string Origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

  std::string authorization;

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

class PlantedSecrets : public ::testing::Test {
 protected:
  PlantedSecrets() {
    system_.StartSandbox();
    wiretap_ = std::make_unique<Wiretap>(TextMember(system_.sandbox(), "base_url"));
    system_.ReachAircallAt(wiretap_->url());
    system_.StartServe(
        {"--log-level", "debug", "--http-resolve", "shop.example=" + shop_.Origin()});
    door_ = TextMember(system_.serve(), "public_url");
  }

  std::string Plant(const std::string& what) {
    const std::string secret = PlantedSecret(what);
    system_.Plant(what, secret);
    return secret;
  }

  /// Asks our HTTP door as a browser does, and keeps what it says.
  httplib::Result Browse(const std::string& method, const std::string& url,
                         const std::string& form = "", const std::string& cookie = "") {
    const std::string base = url.substr(0, url.find('/', 8));
    httplib::Client client(base);
    httplib::Request request;
    request.method = method;
    request.path = url.substr(base.size());
    request.body = form;
    request.set_header("Accept", "text/html");
    if (!form.empty()) request.set_header("Content-Type", "application/x-www-form-urlencoded");
    if (!cookie.empty()) request.set_header("Cookie", cookie);
    auto answer = client.send(request);
    if (answer && base == door_) pages_ += answer->body;
    return answer;
  }

  void ConnectByOAuth() {
    const std::string link = system_.Cli({"account", "connect", "--tenant", "globex"}).at("url");
    const auto page = Browse("GET", link);
    ASSERT_TRUE(page);
    const std::string proof = Between(page->body, "name=\"proof\" value=\"", "\"");
    const auto leaving = Browse("POST", link + "/oauth", "proof=" + proof);
    ASSERT_EQ(leaving->status, 303) << leaving->body;
    const std::string authorize = leaving->get_header_value("Location");
    const std::string cookie = Between(leaving->get_header_value("Set-Cookie"), "", ";");
    const auto consent = Browse("POST", authorize.substr(0, authorize.find('?')),
                                authorize.substr(authorize.find('?') + 1) + "&decision=authorize");
    const std::string callback = consent->get_header_value("Location");
    system_.Plant("authorisation code", Between(callback + "&", "code=", "&"));
    const auto arrived = Browse("GET", callback, "", cookie);
    ASSERT_EQ(arrived->status, 303) << arrived->body;
  }

  void FailToConnect() {
    system_.TryCli(
        {"account", "connect", "--tenant", "acme", "--api-id", "nobody", "--api-token-stdin"},
        Plant("wrong-api-token"));
    Browse("GET", door_ + "/oauth/callback?code=" + Plant("stray-code") + "&state=unknown");
    Browse("GET", door_ + "/connect/" + Plant("unknown-link"));
  }

  void RunTheWorkflow(const std::string& account) {
    system_.Cli({"secret", "set", "shop", "--tenant", "acme"}, Plant("named-secret"));
    const auto file = system_.folder() / "workflow.yaml";
    std::ofstream(file) << kWorkflow;
    system_.Cli({"workflow", "deploy", file});
    const std::string run =
        system_.Cli({"run", "start", "acme/ask-the-shop", "--account", account}).at("id");
    EXPECT_TRUE(Eventually(20s, [&] {
      return system_.Cli({"run", "get", run}).at("state") == "STATE_FAILED";
    }));
    EXPECT_EQ(shop_.authorization, "Bearer " + PlantedSecret("named-secret"))
        << "the secret must have been used, or its absence elsewhere proves nothing";
    system_.TryCli({"run", "timeline", run});
  }

  /// A call happens, its webhook comes, and a workflow works on it.
  void LetACallHappen() {
    system_.SwitchOn("workflows/missed-call-follow-up.yaml", "switchboard/missed-call-follow-up");
    system_.MissedCallFrom("+16175550187");
    EXPECT_TRUE(Eventually(20s, [this] {
      return !system_.Cli({"event", "list"}).at("events").empty();
    }));
  }

  void DeliverWrongly(const std::string& token) {
    httplib::Client client(door_);
    const Json event = {{"resource", "call"},
                        {"event", "call.ended"},
                        {"token", token},
                        {"timestamp", 1790700231},
                        {"data", {{"id", 1}}}};
    for (const char* hook : {"none", "other"}) {
      const auto answer =
          client.Post(std::string("/webhooks/aircall/") + hook, event.dump(), "application/json");
      if (answer) pages_ += answer->body;
    }
  }

  /// Keys of the API: good ones are shown once, to whoever makes them; wrong ones never.
  void UseKeys() {
    const Ended made = RunToEnd(
        {{std::string(SB_BIN_DIR) + "/switchboard", "api-key", "create", "ci", "--role", "viewer",
          "--tenant", "acme", "-o", "json", "--data-dir", (system_.folder() / "data").string()},
         {},
         {}});
    const auto answer = ParseJson(made.out);
    ASSERT_TRUE(answer.ok()) << made.out << made.err;
    const std::string key = answer->at("key");
    system_.Plant("API key", key);
    const auto with_key = [&](const std::string& text) {
      const auto file = system_.folder() / "client.key";
      std::ofstream(file) << text;
      return system_.TryCli({"account", "list", "--tenant", "acme", "--api-key-file", file});
    };
    EXPECT_EQ(with_key(key).exit_status, 0);
    EXPECT_NE(with_key("sbk_" + Plant("wrong-key")).exit_status, 0);
    system_.Cli({"api-key", "list"});
  }

  void LookAtEverything(const std::string& account) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"account", "list"},
                                               {"account", "get", account},
                                               {"account", "check", account},
                                               {"secret", "list", "--tenant", "acme"},
                                               {"run", "list"},
                                               {"event", "list"},
                                               {"dead-letter", "list"},
                                               {"workflow", "list"}})
      system_.Cli(words);
    httplib::Client client(door_);
    for (const char* path : {"/metrics", "/readyz", "/"}) {
      const auto answer = client.Get(path);
      ASSERT_TRUE(answer);
      pages_ += answer->body;
    }
  }

  /// All that the database holds, as an operator dumps it.
  std::string DumpOfTheDatabase() {
    const auto data = system_.folder() / "data";
    const auto binaries = adapters::system::FindPostgresBinaries("15");
    std::ifstream pid_file(data / "postgres" / "postmaster.pid");
    std::string line;
    for (int i = 0; i < 5; ++i) std::getline(pid_file, line);  // the fifth is the socket's folder
    const Ended dumped = RunToEnd({{(*binaries / "pg_dump").string(), "--host", line, "--username",
                                    "switchboard", "--inserts", "switchboard"},
                                   {},
                                   {}});
    EXPECT_EQ(dumped.exit_status, 0) << dumped.err;
    EXPECT_THAT(dumped.out, HasSubstr("eng.credential"));
    return dumped.out;
  }

  /// A server that cannot reach its database, whose address holds a password.
  std::string OutputOfAServerWithoutItsDatabase() {
    const Ended ended =
        RunToEnd({{std::string(SB_BIN_DIR) + "/switchboard", "serve", "--data-dir",
                   (system_.folder() / "other").string(), "--log-level", "debug", "--database-url",
                   "postgresql://me:" + Plant("database-password") + "@127.0.0.1:1/none"},
                  {},
                  {}});
    EXPECT_EQ(ended.exit_status, 1);
    return ended.out + ended.err;
  }

  Shop shop_;
  LiveSystem system_;
  std::unique_ptr<Wiretap> wiretap_;
  std::string door_;
  std::string pages_;  ///< What the HTTP door said.
};

TEST_F(PlantedSecrets, AreNowhereInWhatTheProductWritesOrSays) {
  const std::string account = system_.ConnectWithKey();
  ConnectByOAuth();
  FailToConnect();
  RunTheWorkflow(account);
  LetACallHappen();
  DeliverWrongly(Plant("hook-token"));
  UseKeys();
  LookAtEverything(account);
  const std::string dump = DumpOfTheDatabase();
  const std::string without_database = OutputOfAServerWithoutItsDatabase();
  EXPECT_EQ(system_.StopServe(), 0);

  const Secrets heard = wiretap_->heard();
  EXPECT_THAT(heard.size(), Gt(2U)) << "an access token and webhook tokens, at least";
  for (const auto& [what, secret] : heard) system_.Plant(what, secret);
  const Secrets secrets = system_.secrets();
  ExpectNoSecretIn(dump, "the dump of the database", secrets);
  ExpectNoSecretIn(pages_, "a page", secrets);
  ExpectNoSecretIn(without_database, "a server without its database", secrets);
  // What was logged and printed is searched when the system ends.
}

}  // namespace
}  // namespace sb::live
