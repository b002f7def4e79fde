#include "engine/adapters/s3/signature.h"

#include <map>
#include <string_view>

#include "engine/base/encoding.h"
#include "engine/base/text.h"

namespace sb::adapters::s3 {
namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kDateLength = 8;

/// "20260601T090000Z".
std::string StampOf(WallTime now) {
  std::string stamp;
  for (const char c : ToRfc3339(now).substr(0, 19)) {
    if (IsDigit(c) || c == 'T') stamp += c;
  }
  return stamp + "Z";
}

/// Where the path of an absolute URL begins; its end when it has none.
std::size_t PathStart(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return path == std::string_view::npos ? url.size() : path;
}

std::string HostOfUrl(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(start, PathStart(url) - start);
}

/// The headers that are signed, by their names in lower case: in the order that counts.
std::map<std::string, std::string> SignedHeaders(const ports::HttpRequest& request) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) headers[Lower(name)] = value;
  return headers;
}

std::string NamesOf(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

std::string CanonicalRequest(const ports::HttpRequest& request,
                             const std::map<std::string, std::string>& headers,
                             const std::string& payload_hash) {
  const std::string path = request.url.substr(PathStart(request.url));
  std::string text = request.method + "\n" + (path.empty() ? "/" : path) + "\n\n";
  for (const auto& [name, value] : headers) text += name + ":" + value + "\n";
  return text + "\n" + NamesOf(headers) + "\n" + payload_hash;
}

/// The key of one day, region and service: what leaks of it is worth little tomorrow.
std::string SigningKey(const Secret& secret, const std::string& date, const std::string& region) {
  const std::string of_day = HmacSha256("AWS4" + secret.Reveal(), date);
  return HmacSha256(HmacSha256(HmacSha256(of_day, region), "s3"), "aws4_request");
}

}  // namespace

void Sign(ports::HttpRequest& request, const Credentials& credentials, const std::string& region,
          const std::string& payload_sha256, WallTime now) {
  const std::string stamp = StampOf(now);
  const std::string date = stamp.substr(0, kDateLength);
  const std::string payload_hash = ToHex(payload_sha256);
  request.headers.emplace_back("Host", HostOfUrl(request.url));
  request.headers.emplace_back("X-Amz-Date", stamp);
  request.headers.emplace_back("X-Amz-Content-Sha256", payload_hash);
  if (!credentials.session_token.empty())
    request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token.Reveal());
  const auto headers = SignedHeaders(request);
  const std::string scope = date + "/" + region + "/s3/aws4_request";
  const std::string to_sign = std::string(kAlgorithm) + "\n" + stamp + "\n" + scope + "\n" +
                              ToHex(Sha256(CanonicalRequest(request, headers, payload_hash)));
  const std::string signature =
      ToHex(HmacSha256(SigningKey(credentials.secret, date, region), to_sign));
  request.headers.emplace_back(
      "Authorization", std::string(kAlgorithm) + " Credential=" + credentials.key_id + "/" + scope +
                           ", SignedHeaders=" + NamesOf(headers) + ", Signature=" + signature);
}

}  // namespace sb::adapters::s3
