#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/tls_files.h"
#include "engine/core/peers/network.h"
#include "engine/edge/http.h"

namespace sb::edge {

/// Takes HTTP/1.1 requests in on one thread of its own, and hands each to the handler once it is
/// whole.
///
/// What is too large, too slow or no HTTP never reaches the handler: 413, 431, 400, or a closed
/// connection.
class HttpListener {
 public:
  struct Settings {
    std::size_t max_header = 16 * 1024;
    std::size_t max_body = 1024 * 1024;
    std::size_t max_connections = 4096;  ///< More are closed at once.
    Millis header_timeout{10'000};  ///< From the first wait for a request to the end of its header.
    Millis body_timeout{30'000};
    Millis write_timeout{30'000};
    Millis idle_timeout{75'000};  ///< Of a kept connection between requests.
    Millis linger{5'000};         ///< How long a client may go on sending what was refused.
    Millis grace{5'000};          ///< For requests under way when the listener stops.
    TlsFiles tls{};
    core::TrustedProxies proxies{};  ///< Whose X-Forwarded-For and -Proto are believed.
  };

  HttpListener(Handler& handler, Settings settings);
  /// As Stop.
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  /// Listens at "host:port" ("[::1]:8080", port 0 for any) and returns the address it got. Fails
  /// with kInvalid LISTEN_ADDRESS_INVALID, and kUnavailable ADDRESS_IN_USE, ADDRESS_UNAVAILABLE or
  /// ADDRESS_FORBIDDEN; kInvalid TLS_FILES_INVALID. Once only.
  Result<std::string> Start(const std::string& address);
  /// Takes no more connections, lets requests under way be answered within the grace period, ends
  /// the thread. Safe twice, and without Start.
  void Stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace sb::edge
