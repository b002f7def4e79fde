#include "tests/support/live/live_system.h"

#include <algorithm>
#include <fstream>
#include <httplib.h>
#include <sstream>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/file.h"
#include "tests/support/live/database_search.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kPrograms = SB_BIN_DIR;

std::string TextOf(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t found = text.find(before);
  if (found == std::string::npos) return {};
  const std::size_t start = found + before.size();
  return text.substr(start, text.find(after, start) - start);
}

/// Waits for a file of endpoints that this very process wrote.
Json EndpointsIn(const std::filesystem::path& file, Process& process,
                 const std::filesystem::path& log) {
  Json endpoints;
  const bool written = Eventually(60s, [&] {
    if (!process.IsRunning()) return true;
    auto parsed = ParseJson(TextOf(file));
    if (parsed.ok() && Member(*parsed, "pid") == process.pid()) endpoints = *parsed;
    return !endpoints.is_null();
  });
  if (!written || endpoints.is_null())
    ADD_FAILURE() << "no " << file << "; its log:\n" << TextOf(log);
  return endpoints;
}

/// The keys that stand in a data directory, or beside several; a file may hold more than one.
void AddKeysIn(const std::filesystem::path& directory, Secrets& secrets) {
  for (const char* name : {"admin.key", "vault.key"}) {
    std::ifstream file(directory / name);
    int count = 0;
    for (std::string key; std::getline(file, key); ++count)
      secrets[(directory.filename() / name).string() + " " + std::to_string(count + 1)] = key;
  }
}

}  // namespace

LiveSystem::LiveSystem() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "switchboard-live-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  std::filesystem::permissions(
      folder_, std::filesystem::perms(0755));  // the database's user must get through
}

LiveSystem::~LiveSystem() {
  if (serve_process_ && serve_process_->IsRunning()) StopServe();
  if (sandbox_process_) sandbox_process_->Stop();
  const Secrets ours = secrets();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const auto& file = entry.path();
    // What the sandbox logs is not ours: it may well know its own secrets.
    if (file.extension() == ".log" && file.filename() != "sandbox.log")
      ExpectNoSecretBelow(file, ours);
  }
  std::error_code ignored;  // a file that cannot go away is no failure of the test
  if (!::testing::Test::HasFailure()) std::filesystem::remove_all(folder_, ignored);
}

void LiveSystem::StartSandbox(const std::vector<std::string>& more) {
  const auto file = folder_ / "sandbox.json";
  Command command{
      {kPrograms / "aircall-sandbox", "--listen", "127.0.0.1:0", "--endpoints-file", file}, {}, {}};
  command.words.insert(command.words.end(), more.begin(), more.end());
  sandbox_process_ = std::make_unique<Process>(command, folder_ / "sandbox.log");
  sandbox_endpoints_ = EndpointsIn(file, *sandbox_process_, folder_ / "sandbox.log");
}

void LiveSystem::StartServe(const std::vector<std::string>& more,
                            const std::map<std::string, std::string>& environment) {
  const std::string base =
      aircall_url_.empty() ? TextMember(sandbox_endpoints_, "base_url") : aircall_url_;
  Command command{
      {kPrograms / "switchboard", "serve", "--data-dir", folder_ / "data", "--grpc-listen",
       "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--aircall-api-url", base,
       "--aircall-oauth-url", base, "--aircall-client-id",
       TextMember(sandbox_endpoints_, "client_id")},
      {{"SWITCHBOARD_AIRCALL_CLIENT_SECRET", TextMember(sandbox_endpoints_, "client_secret")}},
      {}};
  // After a kill -9 the door must come back where Aircall knows it.
  if (!serve_endpoints_.is_null()) {
    command.words[7] = TextMember(serve_endpoints_, "http");
  }
  command.words.insert(command.words.end(), more.begin(), more.end());
  command.environment.insert(environment.begin(), environment.end());
  serve_process_ = std::make_unique<Process>(command, folder_ / "serve.log");
  serve_endpoints_ =
      EndpointsIn(folder_ / "data" / "endpoints.json", *serve_process_, folder_ / "serve.log");
}

void LiveSystem::KillServe() {
  serve_process_->Kill();
}

int LiveSystem::StopServe() {
  SearchDatabase();
  return serve_process_->Stop();
}

std::string LiveSystem::DatabaseUrl() const {
  std::ifstream pid_file(folder_ / "data" / "postgres" / "postmaster.pid");
  std::string line;
  for (int i = 0; i < 5; ++i) std::getline(pid_file, line);  // the fifth is the socket's folder
  if (!pid_file || line.empty()) return {};  // it keeps its data elsewhere, or does not run
  return "host='" + line + "' user=switchboard dbname=switchboard";
}

void LiveSystem::SearchDatabase() const {
  const std::string url = DatabaseUrl();
  if (!url.empty()) ExpectNoSecretInDatabase(url, secrets());
}

void LiveSystem::Hear(const Ended& ended) {
  const std::lock_guard lock(heard_mutex_);
  std::ofstream(folder_ / "cli.log", std::ios::app) << ended.out << ended.err;
}

std::string LiveSystem::ServeLog() const {
  return TextOf(folder_ / "serve.log");
}

Ended LiveSystem::TryCli(const std::vector<std::string>& words, const std::string& input) {
  Command command{{kPrograms / "switchboard"}, {{"SWITCHBOARD_DATA_DIR", folder_ / "data"}}, input};
  command.words.insert(command.words.end(), words.begin(), words.end());
  Ended ended = RunToEnd(command);
  Hear(ended);
  return ended;
}

Secrets LiveSystem::secrets() const {
  Secrets secrets = planted_;
  secrets["API token of Aircall"] = TextMember(sandbox_endpoints_, "api_token");
  secrets["OAuth client secret"] = TextMember(sandbox_endpoints_, "client_secret");
  const Json companies = Member(sandbox_endpoints_, "companies");
  for (const Json& company : companies)
    secrets["API token of " + TextMember(company, "name")] = TextMember(company, "api_token");
  AddKeysIn(folder_, secrets);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.is_directory()) AddKeysIn(entry.path(), secrets);
  }
  return secrets;
}

Json LiveSystem::Cli(const std::vector<std::string>& words, const std::string& input) {
  auto with_format = words;
  with_format.insert(with_format.end(), {"-o", "json"});
  const Ended ended = TryCli(with_format, input);
  auto answer = ParseJson(ended.out);
  if (ended.exit_status != 0 || !answer.ok()) {
    ADD_FAILURE() << "switchboard " << words.front() << " ended with " << ended.exit_status << ":\n"
                  << ended.out << ended.err;
    return nullptr;
  }
  return *answer;
}

Json LiveSystem::Control(const std::string& method, const std::string& path, const Json& body) {
  httplib::Client client(TextMember(sandbox_endpoints_, "base_url"));
  client.set_read_timeout(10s);
  httplib::Request request;
  request.method = method;
  request.path = "/_sandbox/" + path;
  request.headers.emplace("Content-Type", "application/json");
  if (!body.is_null()) request.body = DumpJson(body);
  const auto answer = client.send(request);
  if (!answer || answer->status >= 400) {
    ADD_FAILURE() << method << " /_sandbox/" << path << ": "
                  << (answer ? answer->body : "no answer");
    return nullptr;
  }
  return answer->body.empty() ? Json() : Json::parse(answer->body);
}

Json LiveSystem::Aircall(const std::string& path) {
  httplib::Client client(TextMember(sandbox_endpoints_, "base_url"));
  client.set_basic_auth(TextMember(sandbox_endpoints_, "api_id"),
                        TextMember(sandbox_endpoints_, "api_token"));
  const auto answer = client.Get(path);
  if (!answer || answer->status != 200) {
    ADD_FAILURE() << "GET " << path << ": " << (answer ? answer->body : "no answer");
    return nullptr;
  }
  return Json::parse(answer->body);
}

Json LiveSystem::PutAtAircall(const std::string& path, const Json& body) {
  httplib::Client client(TextMember(sandbox_endpoints_, "base_url"));
  client.set_basic_auth(TextMember(sandbox_endpoints_, "api_id"),
                        TextMember(sandbox_endpoints_, "api_token"));
  const auto answer = client.Put(path, DumpJson(body), "application/json");
  if (!answer || answer->status != 200) {
    ADD_FAILURE() << "PUT " << path << ": " << (answer ? answer->body : "no answer");
    return nullptr;
  }
  return Json::parse(answer->body);
}

std::string LiveSystem::ConnectWithKey() {
  const Json account = Cli({"account", "connect", "--tenant", "acme", "--api-id",
                            TextMember(sandbox_endpoints_, "api_id"), "--api-token-stdin"},
                           TextMember(sandbox_endpoints_, "api_token"));
  return TextMember(account, "id");
}

std::string LiveSystem::ConnectWithOAuth() {
  const Json link = Cli({"account", "connect", "--tenant", "acme"});
  const std::string url = TextMember(link, "url");
  const std::string page = url.substr(url.find("/connect/"));
  httplib::Client door("http://" + TextMember(serve_endpoints_, "http"));
  door.set_read_timeout(30s);
  const auto invitation = door.Get(page);
  if (!invitation) return {};
  const auto leaving = door.Post(
      page + "/oauth", "proof=" + Between(invitation->body, "name=\"proof\" value=\"", "\""),
      "application/x-www-form-urlencoded");
  if (!leaving) return {};
  const std::string consent = leaving->get_header_value("Location");
  httplib::Client provider(TextMember(sandbox_endpoints_, "base_url"));
  const auto agreed = provider.Post("/oauth/authorize",
                                    consent.substr(consent.find('?') + 1) + "&decision=authorize",
                                    "application/x-www-form-urlencoded");
  if (!agreed) return {};
  const std::string back = agreed->get_header_value("Location");
  const std::string cookie = leaving->get_header_value("Set-Cookie");
  const auto connected =
      door.Get(back.substr(back.find("/oauth/")), {{"Cookie", cookie.substr(0, cookie.find(';'))}});
  if (!connected || connected->status != 303) {
    ADD_FAILURE() << "the account was not connected:\n" << (connected ? connected->body : back);
    return {};
  }
  const Json accounts = Cli({"account", "list"});
  const Json& list = Member(accounts, "accounts");
  return list.empty() ? "" : TextMember(list[0], "id");
}

void LiveSystem::SwitchOn(const std::filesystem::path& workflow, const std::string& name) {
  Cli({"workflow", "deploy", workflow});
  Cli({"workflow", "enable", name, "--all-accounts"});
  const auto is_subscribed = [this] {
    const Json hooks = Aircall("/v1/webhooks");
    const Json& list = Member(hooks, "webhooks");
    return std::any_of(list.begin(), list.end(), [](const Json& hook) {
      const Json& events = Member(hook, "events");
      return std::find(events.begin(), events.end(), "call.ended") != events.end();
    });
  };
  const bool subscribed = Eventually(20s, is_subscribed, /*pause=*/500ms);
  EXPECT_TRUE(subscribed) << "the webhook never asked for call.ended; " << ServeLog();
}

std::int64_t LiveSystem::MissedCallFrom(const std::string& phone) {
  const Json placed =
      Control("POST", "calls", {{"direction", "inbound"}, {"from", phone}, {"answered", false}});
  return Member(Member(placed, "call"), "id").get<std::int64_t>();
}

}  // namespace sb::live
