#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"

namespace sb::accounts {

/// An HTTP client that notes, in passing, by how much the clocks of those who answer are ahead of
/// ours: their Date header costs no request. Thread-safe.
class ProviderClocks : public ports::HttpClient {
 public:
  ProviderClocks(ports::HttpClient& client, const ports::Clock& clock)
      : client_(client), clock_(clock) {}

  void Send(ports::HttpRequest request, Millis timeout, Done done) override;

  /// By how much the host of this URL was ahead, to about a second, when it last answered.
  std::optional<Millis> AheadOf(const std::string& url) const;

 private:
  void Note(const std::string& host, const std::string& date);

  ports::HttpClient& client_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Millis> ahead_;  ///< By host: only providers', so it stays small.
};

}  // namespace sb::accounts
