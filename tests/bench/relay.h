#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace sb::bench {

/// Stands between the engine and the sandbox, passes every byte on, and notes when a request began
/// to arrive. One thread of its own.
class Relay {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  /// Passes on to `target`, "http://127.0.0.1:4000".
  explicit Relay(const std::string& target);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// "http://127.0.0.1:..."
  const std::string& url() const { return url_; }

  /// Requests that have begun so far.
  long Requests() const;
  /// Those of them whose path begins so: "/v1/contacts".
  long Requests(std::string_view path) const;
  /// When the next request after the first `seen` began; waits for it, 10 s at most.
  Instant AwaitRequest(long seen) const;

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
  std::string url_;
};

}  // namespace sb::bench
