#include "tests/integration/shipped/services.h"

#include <utility>

namespace sb::live {

Services::Services() {
  const auto serve = [this](const httplib::Request& request, httplib::Response& response) {
    Serve(request, response);
  };
  server_.Get(".*", serve).Post(".*", serve).Patch(".*", serve);
  port_ = server_.bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
}

Services::~Services() {
  server_.stop();
  thread_.join();
}

void Services::On(const std::string& request, Handler handler) {
  const std::lock_guard lock(mutex_);
  handlers_[request] = std::move(handler);
}

std::vector<Asked> Services::AskedFor(const std::string& request) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(request);
  return found == asked_.end() ? std::vector<Asked>() : found->second;
}

std::string Services::Origin() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void Services::Serve(const httplib::Request& request, httplib::Response& response) {
  const std::string name = request.method + " " + request.path;
  Asked asked;
  for (const auto& [key, value] : request.params) asked.query[key] = value;
  asked.authorization = request.get_header_value("Authorization");
  asked.idempotency_key = request.get_header_value("Idempotency-Key");
  asked.prefer = request.get_header_value("Prefer");
  if (auto body = ParseJson(request.body); body.ok()) asked.body = *std::move(body);
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    std::vector<Asked>& before = asked_[name];
    asked.number = static_cast<int>(before.size()) + 1;
    before.push_back(asked);
    if (const auto found = handlers_.find(name); found != handlers_.end()) handler = found->second;
  }
  const Answer answer = handler ? handler(asked) : Answer{};
  response.status = answer.status;
  response.set_content(DumpJson(answer.body), "application/json");
}

}  // namespace sb::live
