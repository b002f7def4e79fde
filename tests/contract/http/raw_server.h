#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sb::testing {

/// A server on a loopback port that does exactly what a test says, down to the byte: the faults
/// that a well-behaved server cannot play.
class RawServer {
 public:
  enum class After { kKeepOpen, kClose, kHang };

  struct Reaction {
    std::string bytes;
    After after = After::kKeepOpen;
  };

  /// Called for each complete request, on the connection's thread.
  using Script = std::function<Reaction(const std::string& request)>;

  /// `greeting` is sent as soon as a connection stands, before any request.
  explicit RawServer(Script script, std::string greeting = "");
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }

  std::string Url(const std::string& path, const std::string& scheme = "http") const;

  /// Waits until that many complete requests came in; false after ten seconds without.
  bool AwaitRequests(std::size_t count);
  /// Waits until that many connections were accepted; false after ten seconds without.
  bool AwaitConnections(std::size_t count);
  std::vector<std::string> requests() const;
  std::size_t connections() const;

 private:
  void AcceptLoop();
  static void SendAll(int socket, const std::string& bytes);
  void Serve(int socket);
  /// False when the peer went away.
  bool ReadRequest(int socket, std::string& buffer, std::string& request);
  bool WaitReadable(int socket) const;

  Script script_;
  std::string greeting_;
  int port_ = 0;
  int listener_ = -1;
  int stop_read_ = -1;  ///< Becomes readable when the server stops.
  int stop_write_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> requests_;
  std::size_t accepted_ = 0;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

/// An answer with a Content-Length.
std::string HttpAnswer(int status, const std::string& body, const std::string& headers = "");

/// A loopback port at which nobody listens.
int UnusedPort();

}  // namespace sb::testing
