#pragma once

#include <httplib.h>
#include <string>
#include <thread>

#include "tests/support/sample_crm.h"

namespace sb::testing {

/// The sample CRM on a port that the system picks, until its end. Link HTTPLIB.
class SampleCrmServer {
 public:
  explicit SampleCrmServer(SampleCrm& crm) : crm_(crm) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      Handle(request, response);
    };
    server_.Get(".*", answer);
    server_.Post(".*", answer);
    server_.Patch(".*", answer);
    server_.Delete(".*", answer);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // stop() before that would be lost
  }

  ~SampleCrmServer() {
    server_.stop();
    thread_.join();
  }

  SampleCrmServer(const SampleCrmServer&) = delete;
  SampleCrmServer& operator=(const SampleCrmServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void Handle(const httplib::Request& request, httplib::Response& response) {
    ports::HttpRequest asked;
    asked.method = request.method;
    asked.url = url() + request.target;
    asked.headers.emplace_back("Authorization", request.get_header_value("Authorization"));
    asked.body = request.body;
    const auto answer = crm_.Answer(asked);
    response.status = answer.ok() ? answer->status : 500;
    if (answer.ok()) response.set_content(answer->body, "application/json");
  }

  SampleCrm& crm_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace sb::testing
