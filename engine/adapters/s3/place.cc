#include "engine/adapters/s3/place.h"

#include <regex>

#include "engine/base/text.h"

namespace sb::adapters::s3 {
namespace {

constexpr std::size_t kLongestPrefix = 500;

Error BadPlace(const std::string& text) {
  return Invalid("CONFIG_INVALID",
                 "'" + text +
                     "' is no place in object storage; say s3://bucket or s3://bucket/prefix, the "
                     "prefix of letters, digits, '-', '.', '_' and '/'");
}

/// "." and ".." would be folded away by whoever sends the request, and its signature not hold.
bool HasDotSegment(const std::string& prefix) {
  static const std::regex kDots(R"((^|/)\.\.?(/|$))");
  return std::regex_search(prefix, kDots);
}

}  // namespace

std::string UrlOf(const Place& place, const std::string& key) {
  if (!place.bucket_in_host) return place.endpoint + "/" + place.bucket + "/" + place.prefix + key;
  const std::size_t host = place.endpoint.find("://") + 3;
  return place.endpoint.substr(0, host) + place.bucket + "." + place.endpoint.substr(host) + "/" +
         place.prefix + key;
}

Result<Place> ParsePlace(const std::string& text) {
  static const std::regex kPlace(
      R"(s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9._-]+)*)/?)");
  std::smatch parts;
  // The length first: libstdc++'s regex goes as deep as its text is long.
  if (text.size() > kLongestPrefix || !std::regex_match(text, parts, kPlace)) return BadPlace(text);
  Place place;
  place.bucket = parts[1];
  if (parts[2].length() > 0) place.prefix = parts[2].str().substr(1) + "/";
  if (HasDotSegment(place.prefix) || place.bucket.find("..") != std::string::npos)
    return BadPlace(text);
  return place;
}

Result<std::string> ParseEndpoint(const std::string& text) {
  static const std::regex kEndpoint(
      R"((https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?)");
  std::smatch parts;
  if (text.size() > kLongestPrefix || !std::regex_match(text, parts, kEndpoint)) {
    return Invalid("CONFIG_INVALID", "'" + text +
                                         "' is no address of object storage; say it without a "
                                         "path, such as https://s3.example.com:9000");
  }
  const std::string scheme = parts[1];
  const std::string port = parts[3];
  const bool standard = port == (scheme == "https" ? ":443" : ":80");
  return scheme + "://" + Lower(parts[2].str()) + (standard ? "" : port);
}

}  // namespace sb::adapters::s3
