#include "engine/accounts/provider_clocks.h"

#include <ctime>
#include <utility>

namespace sb::accounts {
namespace {

/// "https://api.example.com:443/v1" -> "https://api.example.com:443".
std::string HostOf(const std::string& url) {
  const auto begin = url.find("://");
  return begin == std::string::npos ? url : url.substr(0, url.find('/', begin + 3));
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110), the one form that is sent today.
std::optional<WallTime> ParseHttpDate(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

void ProviderClocks::Send(ports::HttpRequest request, Millis timeout, Done done) {
  std::string host = HostOf(request.url);
  client_.Send(
      std::move(request), timeout,
      [this, host = std::move(host), done = std::move(done)](Result<ports::HttpResponse> response) {
        if (response.ok()) Note(host, ports::HeaderOf(*response, "date"));
        done(std::move(response));
      });
}

// The header has whole seconds, cut off: half of one is the best guess at the rest.
void ProviderClocks::Note(const std::string& host, const std::string& date) {
  const auto there = ParseHttpDate(date);
  if (!there) return;
  const auto ahead = std::chrono::duration_cast<Millis>(*there - clock_.Now()) + Millis(500);
  const std::lock_guard lock(mutex_);
  ahead_[host] = ahead;
}

std::optional<Millis> ProviderClocks::AheadOf(const std::string& url) const {
  const std::lock_guard lock(mutex_);
  const auto known = ahead_.find(HostOf(url));
  return known == ahead_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace sb::accounts
