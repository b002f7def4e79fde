#include "tests/oauth/strict_provider.h"

#include <chrono>
#include <httplib.h>

#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

const char* WordFor(StrictProvider::Moment moment) {
  switch (moment) {
    case StrictProvider::Moment::kReceived:
      return "received";
    case StrictProvider::Moment::kProcessed:
      return "processed";
    case StrictProvider::Moment::kAnswered:
      return "answered";
  }
  return "";
}

}  // namespace

StrictProvider::StrictProvider() {
  const auto file = folder_.path() / "endpoints.json";
  const auto log = folder_.path() / "provider.log";
  const Command command{{SB_NODE, "tests/oauth/provider.mjs", file.string(),
                         std::string(kPublicUrl) + "/oauth/callback"},
                        {},
                        {}};
  process_ = std::make_unique<Process>(command, log);
  const bool started =
      Eventually(60s, [&] { return std::filesystem::exists(file) || !process_->IsRunning(); });
  const auto text = ReadFile(file);
  if (!started || !text.ok()) {
    ADD_FAILURE() << "the provider does not start (npm ci in tests/oauth? tools/setup test):\n"
                  << ReadFile(log).value();
    return;
  }
  const Json endpoints = ParseJson(*text).value();
  const Json& client = Member(Member(endpoints, "clients"), "post");
  const Json& other = Member(Member(endpoints, "clients"), "other");
  url_ = TextMember(endpoints, "url");
  client_id_ = TextMember(client, "id");
  client_secret_ = TextMember(client, "secret");
  other_client_id_ = TextMember(other, "id");
  other_client_secret_ = TextMember(other, "secret");
}

StrictProvider::~StrictProvider() {
  process_->Stop();
}

std::vector<std::string> StrictProvider::ServeWords() const {
  return {"--connectors",          "tests/oauth/connectors", "--http-resolve",
          "notebook.test=" + url_, "--oauth-client",         "notebook=" + client_id_};
}

std::map<std::string, std::string> StrictProvider::ServeEnvironment() const {
  return {{"SWITCHBOARD_OAUTH_SECRET_NOTEBOOK", client_secret_}};
}

void StrictProvider::Set(const Json& switches) {
  Order("PUT", "switches", switches);
}

void StrictProvider::ExpireAccessTokensOf(const std::string& user) {
  Order("POST", "expire", {{"user", user}});
}

void StrictProvider::KillAt(Moment moment, pid_t process, int delay_ms) {
  Order("POST", "strike", {{"when", WordFor(moment)}, {"pid", process}, {"delay_ms", delay_ms}});
}

std::vector<StrictProvider::Refresh> StrictProvider::Refreshes() {
  std::vector<Refresh> refreshes;
  const Json told = Order("GET", "refreshes");
  for (const Json& each : Member(told, "refreshes")) {
    refreshes.push_back(
        {TextMember(each, "token"), each.at("status").get<int>(), each.at("repeated").get<bool>()});
  }
  return refreshes;
}

Json StrictProvider::WhatAStrangerHeard() {
  return Member(Order("GET", "stranger"), "heard");
}

Json StrictProvider::Order(const std::string& method, const std::string& path, const Json& body) {
  httplib::Client client(url_);
  client.set_read_timeout(20s);
  httplib::Request request;
  request.method = method;
  request.path = "/_control/" + path;
  if (!body.is_null()) request.body = DumpJson(body);
  const auto answer = client.send(request);
  if (answer && answer->status == 200) return ParseJson(answer->body).value();
  ADD_FAILURE() << method << " /_control/" << path << ": " << (answer ? answer->body : "no answer");
  return nullptr;
}

}  // namespace sb::live
