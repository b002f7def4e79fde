#include "tests/contract/media/s3_stand_in.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <httplib.h>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "engine/base/time.h"

namespace sb::testing {
namespace {

constexpr auto kMostSkew = std::chrono::minutes(15);

std::string InHex(const unsigned char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", bytes[i]);
    text += two.data();
  }
  return text;
}

std::string HashOf(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return InHex(digest.data(), digest.size());
}

std::string MacOf(const std::string& key, const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

std::string SmallLetters(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The value of "Name=..." in an Authorization header.
std::string PartOf(const std::string& authorization, const std::string& name) {
  const std::size_t at = authorization.find(name + "=");
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size() + 1;
  return authorization.substr(start, authorization.find(',', start) - start);
}

std::vector<std::string> SplitAt(const std::string& text, char mark) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, mark);) parts.push_back(part);
  return parts;
}

/// "20260601T090000Z".
std::optional<WallTime> TimeOfStamp(const std::string& stamp) {
  if (stamp.size() != 16) return {};
  return ParseRfc3339(stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2) +
                      "T" + stamp.substr(9, 2) + ":" + stamp.substr(11, 2) + ":" +
                      stamp.substr(13, 2) + "Z");
}

std::map<std::string, std::string> HeadersOf(const httplib::Request& request) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) headers[SmallLetters(name)] = value;
  return headers;
}

/// Whether S3 wants the header to be signed.
bool HasToBeSigned(const std::string& name) {
  return name == "host" || name == "content-type" || name.starts_with("x-amz-");
}

/// The parts of "bytes=2-5".
std::optional<std::pair<std::size_t, std::size_t>> ReadRangeHeader(const std::string& text) {
  std::size_t first = 0;
  std::size_t last = 0;
  if (std::sscanf(text.c_str(), "bytes=%zu-%zu", &first, &last) != 2 || first > last) return {};
  return std::pair(first, last);
}

}  // namespace

S3StandIn::S3StandIn(const ports::Clock& clock)
    : clock_(clock), server_(std::make_unique<httplib::Server>()) {
  const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
    Handle(request, response);
  };
  server_->Get(".*", handle);  // HEAD, too
  server_->Put(".*", handle);
  server_->Post(".*", handle);
  server_->Delete(".*", handle);
  server_->set_keep_alive_max_count(1);  // a kept connection would hold one of its few threads
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();  // a stop before that would be lost
}

S3StandIn::~S3StandIn() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ends_.notify_all();
  server_->stop();
  thread_.join();
}

void S3StandIn::Know(Key key) {
  const std::lock_guard lock(mutex_);
  key_ = std::move(key);
}

void S3StandIn::TurnDown(int times, int status, std::string code) {
  const std::lock_guard lock(mutex_);
  turned_down_ = times;
  turn_down_ = {status, std::move(code)};
}

void S3StandIn::FallSilent() {
  const std::lock_guard lock(mutex_);
  silent_ = true;
}

void S3StandIn::KeepVersions() {
  const std::lock_guard lock(mutex_);
  versions_ = true;
}

void S3StandIn::DropBucket() {
  const std::lock_guard lock(mutex_);
  bucket_ = false;
}

std::map<std::string, std::string> S3StandIn::objects() const {
  const std::lock_guard lock(mutex_);
  return objects_;
}

std::vector<std::string> S3StandIn::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::map<std::string, std::string> S3StandIn::last_headers() const {
  const std::lock_guard lock(mutex_);
  return last_headers_;
}

void S3StandIn::Handle(const httplib::Request& request, httplib::Response& response) {
  // The library would cut every answer, errors too, to the range that was asked for.
  const_cast<httplib::Request&>(request).ranges.clear();
  std::unique_lock lock(mutex_);
  if (silent_) ends_.wait(lock, [this] { return ending_; });
  Verdict verdict;
  if (turned_down_ > 0) {
    --turned_down_;
    verdict = turn_down_;
  } else {
    verdict = Judge(request);
    if (verdict.status == 200) last_headers_ = HeadersOf(request);
    if (verdict.status == 200) verdict = Do(request, response);
  }
  response.status = verdict.status;
  log_.push_back(request.method + " " + std::to_string(verdict.status));
  if (verdict.code.empty()) return;
  response.set_content("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + verdict.code +
                           "</Code><Message>told so</Message></Error>",
                       "application/xml");
}

S3StandIn::Verdict S3StandIn::Judge(const httplib::Request& request) const {
  const auto headers = HeadersOf(request);
  const auto value = [&](const std::string& name) {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  };
  if (value("authorization").empty()) return {403, "AccessDenied"};
  const auto time = TimeOfStamp(value("x-amz-date"));
  if (!time) return {403, "AccessDenied"};
  const auto skew = clock_.Now() - *time;
  if (skew > kMostSkew || skew < -kMostSkew) return {403, "RequestTimeTooSkewed"};
  if (request.method == "PUT" && value("content-length").empty())
    return {411, "MissingContentLength"};
  if (value("x-amz-content-sha256").empty()) return {400, "InvalidRequest"};
  if (value("x-amz-security-token") != key_.token) return {403, "InvalidToken"};
  if (const Verdict verdict = JudgeSignature(request); verdict.status != 200) return verdict;
  if (value("x-amz-content-sha256") != HashOf(request.body))
    return {400, "XAmzContentSHA256Mismatch"};
  return {};
}

S3StandIn::Verdict S3StandIn::JudgeSignature(const httplib::Request& request) const {
  const auto headers = HeadersOf(request);
  const std::string authorization = headers.at("authorization");
  const auto credential = SplitAt(PartOf(authorization, "AWS4-HMAC-SHA256 Credential"), '/');
  if (credential.size() != 5) return {400, "AuthorizationHeaderMalformed"};
  const std::string stamp = headers.at("x-amz-date");
  const std::string date = stamp.substr(0, 8);
  if (credential[0] != key_.id) return {403, "InvalidAccessKeyId"};
  if (credential[2] != kRegion) return {400, "AuthorizationHeaderMalformed"};
  if (credential[1] != date || credential[3] != "s3" || credential[4] != "aws4_request")
    return {403, "SignatureDoesNotMatch"};

  const std::string names = PartOf(authorization, "SignedHeaders");
  const auto listed = SplitAt(names, ';');
  const std::set<std::string> signed_names(listed.begin(), listed.end());
  if (!std::ranges::is_sorted(listed)) return {403, "SignatureDoesNotMatch"};
  for (const auto& [name, value] : headers) {
    if (HasToBeSigned(name) && !signed_names.contains(name)) return {403, "AccessDenied"};
  }
  std::string canonical =
      request.method + "\n" + request.target.substr(0, request.target.find('?')) + "\n\n";
  for (const std::string& name : listed) {
    const auto found = headers.find(name);
    if (found == headers.end()) return {403, "SignatureDoesNotMatch"};
    canonical += name + ":" + found->second + "\n";
  }
  canonical += "\n" + names + "\n" + headers.at("x-amz-content-sha256");
  std::string key = "AWS4" + key_.secret;
  for (const std::string& part :
       {date, std::string(kRegion), std::string("s3"), std::string("aws4_request")})
    key = MacOf(key, part);
  const std::string scope = date + "/" + kRegion + "/s3/aws4_request";
  const std::string mac =
      MacOf(key, "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + HashOf(canonical));
  const std::string right = InHex(reinterpret_cast<const unsigned char*>(mac.data()), mac.size());
  if (PartOf(authorization, "Signature") != right) return {403, "SignatureDoesNotMatch"};
  return {};
}

std::string S3StandIn::ObjectOf(const httplib::Request& request) {
  const std::string host = request.get_header_value("Host");
  if (host == kHost) return request.target.substr(1);
  const std::string in_path = std::string("/") + kBucket + "/";
  return request.target.starts_with(in_path) ? request.target.substr(in_path.size())
                                             : std::string();
}

S3StandIn::Verdict S3StandIn::Do(const httplib::Request& request, httplib::Response& response) {
  const std::string object = ObjectOf(request);
  if (object.empty() || !bucket_) return {404, "NoSuchBucket"};
  if (request.method == "PUT") {
    objects_[object] = request.body;
    if (versions_) response.set_header("x-amz-version-id", "3HL4kqtJvjVBH40Nrjfkd");
    return {};
  }
  if (request.method == "DELETE") {
    objects_.erase(object);
    if (versions_) response.set_header("x-amz-delete-marker", "true");
    return {204, ""};
  }
  const auto found = objects_.find(object);
  if (found == objects_.end()) return {404, "NoSuchKey"};
  return request.method == "GET" ? Give(request, found->second, response)
                                 : Verdict{405, "MethodNotAllowed"};
}

S3StandIn::Verdict S3StandIn::Give(const httplib::Request& request, const std::string& bytes,
                                   httplib::Response& response) const {
  const auto range = ReadRangeHeader(request.get_header_value("Range"));
  if (!range) {
    response.set_content(bytes, "application/octet-stream");
    return {};
  }
  const auto [first, last] = *range;
  if (first >= bytes.size()) {
    response.set_header("Content-Range", "bytes */" + std::to_string(bytes.size()));
    return {416, "InvalidRange"};
  }
  const std::string part = bytes.substr(first, last - first + 1);
  response.set_content(part, "application/octet-stream");
  response.set_header("Content-Range", "bytes " + std::to_string(first) + "-" +
                                           std::to_string(first + part.size() - 1) + "/" +
                                           std::to_string(bytes.size()));
  return {206, ""};
}

}  // namespace sb::testing
