#include "connectors/aircall/sandbox/door/sandbox.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

namespace sb::aircall::sandbox {

Sandbox::Sandbox(SandboxSettings settings, const Clock& clock)
    : settings_(std::move(settings)),
      emulator_(settings_.world, clock, settings_.companies),
      server_([this](const Request& request) { return emulator_.Handle(request); }),
      sender_(emulator_) {}

Sandbox::~Sandbox() {
  Stop();
}

Status Sandbox::Start() {
  const auto port = server_.Bind(settings_.host, settings_.port);
  if (!port.ok()) return port.error();
  const bool v6 = settings_.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + settings_.host + "]" : settings_.host;
  base_url_ = "http://" + host + ":" + std::to_string(*port);
  emulator_.SetBaseUrl(base_url_);
  sender_.Start();
  player_ = std::jthread([this](const std::stop_token& stop) { emulator_.PlayCalls(stop); });
  server_.Start();
  return {};
}

void Sandbox::Stop() {
  emulator_.CutDelaysShort();
  server_.Stop();
  sender_.Stop();
  player_ = std::jthread();
}

std::string Sandbox::EndpointsText() {
  const ApiKey key = emulator_.api_key();
  const OauthClient client = emulator_.oauth_client();
  Doc companies = Doc::array();
  for (const auto& [company, own_key] : emulator_.company_keys()) {
    companies.push_back({{"id", company.id},
                         {"name", company.name},
                         {"api_id", own_key.id},
                         {"api_token", own_key.token}});
  }
  const Doc doc = {{"base_url", base_url_},
                   {"authorize_url", base_url_ + "/oauth/authorize"},
                   {"api_id", key.id},
                   {"api_token", key.token},
                   {"client_id", client.id},
                   {"client_secret", client.secret},
                   {"companies", std::move(companies)},
                   {"control_url", base_url_ + "/_sandbox"},
                   {"pid", ::getpid()}};
  return doc.dump(2) + "\n";
}

}  // namespace sb::aircall::sandbox
