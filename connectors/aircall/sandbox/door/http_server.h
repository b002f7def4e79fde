#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connectors/aircall/sandbox/door/http.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// Serves requests over HTTP/1.1, one thread per connection.
class HttpServer {
 public:
  /// Called from many threads at once.
  using Handler = std::function<Reply(const Request&)>;

  explicit HttpServer(Handler handler);
  ~HttpServer();  ///< Stops.

  /// Takes the address; port 0 picks a free one. Answers with the port. Fails with kUnavailable
  /// SANDBOX_LISTEN_FAILED.
  Result<int> Bind(const std::string& host, int port);
  /// Begins to accept. After Bind.
  void Start();
  /// Lets requests under way finish, then closes everything. Safe twice, and unstarted.
  void Stop();

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace sb::aircall::sandbox
