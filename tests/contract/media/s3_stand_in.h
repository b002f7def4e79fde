#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/ports/clock.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace sb::testing {

/// A store of one bucket on a loopback port that is as strict as S3 is documented to be: it works
/// out every signature for itself, wants each header signed that has to be, the clock right, and
/// the body to be what was signed; and it says why it refuses. Its bucket may be named by the path
/// or by the host. Thread-safe.
class S3StandIn {
 public:
  static constexpr const char* kBucket = "calls";
  static constexpr const char* kRegion = "eu-west-3";
  static constexpr const char* kHost = "calls.s3.test";  ///< Of the bucket, when it is in the host.

  struct Key {
    std::string id = "AKIDCALLS";
    std::string secret = "secret/of+calls";
    std::string token = {};  ///< Of a temporary key.
  };

  explicit S3StandIn(const ports::Clock& clock);
  ~S3StandIn();
  S3StandIn(const S3StandIn&) = delete;
  S3StandIn& operator=(const S3StandIn&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// The one key that it knows from now on.
  void Know(Key key);
  /// Turns down the next `times` requests.
  void TurnDown(int times, int status, std::string code);
  /// Reads requests and says nothing, until this goes away.
  void FallSilent();
  /// Erases nothing for good any more.
  void KeepVersions();
  void DropBucket();

  std::map<std::string, std::string> objects() const;
  /// "PUT 200" for each request so far.
  std::vector<std::string> log() const;
  /// The headers, by their names in lower case, of the last request that was let in.
  std::map<std::string, std::string> last_headers() const;

 private:
  struct Verdict {
    int status = 200;
    std::string code = {};
  };

  void Handle(const httplib::Request& request, httplib::Response& response);
  /// What is wrong with the request as such; status 200: nothing.
  Verdict Judge(const httplib::Request& request) const;
  Verdict JudgeSignature(const httplib::Request& request) const;
  Verdict Do(const httplib::Request& request, httplib::Response& response);
  Verdict Give(const httplib::Request& request, const std::string& bytes,
               httplib::Response& response) const;
  /// The key of the object; empty when another bucket is asked for.
  static std::string ObjectOf(const httplib::Request& request);

  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable ends_;
  bool ending_ = false;
  bool silent_ = false;
  bool versions_ = false;
  bool bucket_ = true;
  Key key_;
  int turned_down_ = 0;
  Verdict turn_down_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> last_headers_;
  std::vector<std::string> log_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace sb::testing
