#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

/// One request as a test wants to know it afterwards. Bodies and queries that carry OAuth secrets
/// are left out; credentials are known by their kind alone.
struct LoggedRequest {
  std::int64_t seq = 0;
  WallTime at;
  std::string method{};
  std::string path{};
  std::string query{};
  int status = 0;            ///< 0: closed before anything happened.
  bool answered = true;      ///< False when the connection was closed without an answer.
  std::string credential{};  ///< "none", "basic", "oauth" or "rejected".
  std::optional<std::string> fault{};
  std::string body{};
  std::string body_sha256{};
};

/// The latest requests, oldest first. Keeps 10,000 of them.
class RequestLog {
 public:
  void Add(const Request& request, LoggedRequest entry);

  /// The number that the next request gets.
  std::int64_t next_seq() const { return next_seq_; }

  void Clear() { entries_.clear(); }

  const std::deque<LoggedRequest>& entries() const { return entries_; }

 private:
  std::int64_t next_seq_ = 1;
  std::deque<LoggedRequest> entries_;
};

}  // namespace sb::aircall::sandbox
