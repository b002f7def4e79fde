#pragma once

#include <functional>
#include <httplib.h>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace sb::live {

/// One request that a service got.
struct Asked {
  int number = 0;  ///< The how manieth for this method and path, from 1.
  std::map<std::string, std::string> query;
  std::string authorization;
  std::string idempotency_key;
  std::string prefer;
  Json body;  ///< Null where it is no JSON.
};

/// What a service answers.
struct Answer {
  int status = 200;
  Json body = Json::object();
};

/// Everything that is neither Aircall nor Switchboard: the CRM, the directory, the chat and the
/// like, on one port of this machine. What nobody has taught it is answered with 200 and {}.
class Services {
 public:
  using Handler = std::function<Answer(const Asked&)>;

  Services();
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// How requests such as "POST /api/calls" are answered from now on. The handler runs on a thread
  /// of the server, and may ask the sandbox for things.
  void On(const std::string& request, Handler handler);
  /// All requests of this method and path so far.
  std::vector<Asked> AskedFor(const std::string& request) const;

  /// "http://127.0.0.1:PORT"
  std::string Origin() const;

 private:
  void Serve(const httplib::Request& request, httplib::Response& response);

  mutable std::mutex mutex_;
  std::map<std::string, Handler> handlers_;
  std::map<std::string, std::vector<Asked>> asked_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace sb::live
