#include "tests/integration/secrets/wiretap.h"

#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace sb::live {

Wiretap::Wiretap(const std::string& aircall) : aircall_(aircall) {
  const auto pass_on = [this](const httplib::Request& asked, httplib::Response& answer) {
    PassOn(asked, answer);
  };
  server_.Get(".*", pass_on).Post(".*", pass_on).Put(".*", pass_on).Delete(".*", pass_on);
  port_ = server_.bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
}

Wiretap::~Wiretap() {
  server_.stop();
  thread_.join();
}

Secrets Wiretap::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void Wiretap::Note(const std::string& text) {
  const auto json = ParseJson(text);
  if (!json.ok()) return;
  const Json& hook = Member(*json, "webhook");
  const std::lock_guard lock(mutex_);
  for (const Json* object : {&*json, &hook}) {
    for (const char* name : {"access_token", "refresh_token", "token"}) {
      const std::string value = TextMember(*object, name);
      if (!value.empty()) heard_[std::string(name) + " " + value] = value;
    }
  }
}

void Wiretap::PassOn(const httplib::Request& asked, httplib::Response& answer) {
  httplib::Client line(aircall_);
  httplib::Request request;
  request.method = asked.method;
  request.path = asked.target;
  request.body = asked.body;
  for (const char* header : {"Authorization", "Content-Type", "Accept"}) {
    if (asked.has_header(header)) request.set_header(header, asked.get_header_value(header));
  }
  Note(asked.body);
  const auto heard = line.send(request);
  if (!heard) {
    answer.status = 502;
    return;
  }
  Note(heard->body);
  answer.status = heard->status;
  for (const auto& [name, value] : heard->headers) {
    if (name != "Content-Length" && name != "Transfer-Encoding" && name != "Connection" &&
        name != "Keep-Alive" && name != "Content-Type")
      answer.set_header(name, value);
  }
  answer.set_content(heard->body, heard->get_header_value("Content-Type"));
}

}  // namespace sb::live
