#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sb {

std::string ToHex(std::string_view bytes);  ///< Lower case.
std::optional<std::string> FromHex(std::string_view text);

std::string ToBase64(std::string_view bytes);  ///< With padding, RFC 4648 section 4.
std::optional<std::string> FromBase64(std::string_view text);
std::string ToBase64Url(std::string_view bytes);  ///< Without padding, RFC 4648 section 5.

/// Percent-encodes everything but the unreserved characters of RFC 3986.
std::string UrlEncode(std::string_view text);
/// Undoes percent-encoding; '+' reads as a space when `form` is set. Nothing when an escape is
/// malformed.
std::optional<std::string> UrlDecode(std::string_view text, bool form = false);

std::string HtmlEscape(std::string_view text);

/// The raw 32 bytes of SHA-256.
std::string Sha256(std::string_view bytes);

/// SHA-256 of what comes piece by piece. One thread.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Add(std::string_view bytes);
  /// The raw 32 bytes of all that was added. Once only; nothing may be added afterwards.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The raw 32 bytes of HMAC-SHA-256.
std::string HmacSha256(std::string_view key, std::string_view bytes);

/// Whether `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace sb
