#pragma once

#include <httplib.h>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/live/secret_search.h"

namespace sb::live {

/// Stands between `serve` and the sandbox Aircall, passes everything on, and notes the secrets that
/// go by: a test would not know them otherwise.
class Wiretap {
 public:
  explicit Wiretap(const std::string& aircall);
  ~Wiretap();
  Wiretap(const Wiretap&) = delete;
  Wiretap& operator=(const Wiretap&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Tokens that were issued, also those of webhooks.
  Secrets heard() const;

 private:
  void PassOn(const httplib::Request& asked, httplib::Response& answer);
  void Note(const std::string& text);

  const std::string aircall_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  Secrets heard_;
};

}  // namespace sb::live
