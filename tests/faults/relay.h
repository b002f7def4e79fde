#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

namespace httplib {
class Server;
}

namespace sb::live {

/// The balancer before the instances: passes each webhook on to one of them, to another when that
/// one does not answer, and now and then to two. Remembers what was answered with 200.
class Relay {
 public:
  /// `address_of` names the HTTP door of instance 0 to `instances` - 1.
  Relay(int instances, std::function<std::string(int)> address_of, unsigned seed);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// The `event/id/timestamp` of each delivery that was answered with 200, with how often.
  std::map<std::string, int> Accepted() const;

 private:
  int Send(int instance, const std::string& path, const std::string& body);
  int Pick();

  const int instances_;
  const std::function<std::string(int)> address_of_;
  mutable std::mutex mutex_;
  std::mt19937 random_;
  std::map<std::string, int> accepted_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace sb::live
