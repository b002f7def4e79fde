#include "tests/faults/relay.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

std::string KeyOf(const std::string& body) {
  const auto parsed = ParseJson(body);
  if (!parsed.ok()) return "unreadable";
  return TextMember(*parsed, "event") + "/" + DumpJson(Member(Member(*parsed, "data"), "id")) +
         "/" + DumpJson(Member(*parsed, "timestamp"));
}

}  // namespace

Relay::Relay(int instances, std::function<std::string(int)> address_of, unsigned seed)
    : instances_(instances),
      address_of_(std::move(address_of)),
      random_(seed),
      server_(std::make_unique<httplib::Server>()) {
  server_->Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
    int status = 503;
    int first = Pick();
    for (int tries = 0; tries < instances_ && status != 200; ++tries) {
      status = Send((first + tries) % instances_, request.path, request.body);
    }
    response.status = status;
    if (status != 200) return;
    int times = 1;
    if (Pick() == 0) times += Send(Pick(), request.path, request.body) == 200 ? 1 : 0;
    const std::lock_guard lock(mutex_);
    accepted_[KeyOf(request.body)] += times;
  });
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
}

Relay::~Relay() {
  server_->stop();
  thread_.join();
}

int Relay::Pick() {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<int>(0, instances_ - 1)(random_);
}

int Relay::Send(int instance, const std::string& path, const std::string& body) {
  const std::string address = address_of_(instance);
  if (address.empty()) return 503;
  httplib::Client client("http://" + address);
  client.set_connection_timeout(500ms);
  client.set_read_timeout(4s);  // longer than the door takes at most
  const auto answer = client.Post(path, body, "application/json");
  return answer ? answer->status : 503;
}

std::map<std::string, int> Relay::Accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

}  // namespace sb::live
