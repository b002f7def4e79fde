#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/http_client.h"

namespace sb::testing {

/// An HTTP client without a network: a function plays the world. Answers on the caller's thread,
/// before Send returns, unless the function keeps the request waiting. Thread-safe.
class FakeHttpClient : public ports::HttpClient {
 public:
  using World = std::function<Result<ports::HttpResponse>(const ports::HttpRequest&)>;

  /// Without a world every host is unreachable.
  explicit FakeHttpClient(World world = {}) : world_(std::move(world)) {}

  void SetWorld(World world) {
    const std::lock_guard lock(mutex_);
    world_ = std::move(world);
  }

  void Send(ports::HttpRequest request, Millis /*timeout*/, Done done) override {
    if (request.upload) request.body = WholeOf(*request.upload);
    World world;
    {
      const std::lock_guard lock(mutex_);
      if (!stopped_) sent_.push_back(request);
      world = world_;
    }
    done(Answer(world, request));
  }

  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }

  /// Every request so far; what was uploaded as their body.
  std::vector<ports::HttpRequest> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  /// Asked for in small pieces, so that whoever minds only the first is found out.
  static std::string WholeOf(const ports::HttpUpload& upload) {
    constexpr std::size_t kPiece = 7;
    std::string whole;
    while (static_cast<std::int64_t>(whole.size()) < upload.size) {
      std::string piece(kPiece, '\0');
      const std::size_t left = static_cast<std::size_t>(upload.size) - whole.size();
      const std::size_t given = upload.read(static_cast<std::int64_t>(whole.size()), piece.data(),
                                            std::min(kPiece, left));
      if (given == 0) break;
      whole += piece.substr(0, given);
    }
    return whole;
  }

  Result<ports::HttpResponse> Answer(const World& world, const ports::HttpRequest& request) const {
    if (stopped_) return Cancelled("HTTP_STOPPED", "the program is stopping; nothing was sent");
    const bool sendable = request.url.starts_with("http://") || request.url.starts_with("https://");
    const bool one_word = request.method.find_first_of(" \r\n") == std::string::npos;
    if (!sendable || !one_word) return Invalid("HTTP_BAD_REQUEST", "the request cannot be sent");
    if (!world) return Unavailable("HTTP_UNREACHABLE", "nobody is there; nothing was sent");
    if (request.upload && static_cast<std::int64_t>(request.body.size()) != request.upload->size)
      return InDoubt("HTTP_NO_ANSWER", "the body of the request could not be read");
    auto answer = world(request);
    if (!answer.ok() || !request.on_body) return answer;
    const std::string body = std::exchange(answer->body, {});
    if (body.size() > request.most_body)
      return InDoubt("HTTP_ANSWER_TOO_LARGE", "the answer is larger than it may be");
    // Two pieces, so that whoever takes only the first is found out.
    const std::size_t half = body.size() / 2;
    for (const std::string& piece : {body.substr(0, half), body.substr(half)}) {
      if (!piece.empty() && !request.on_body(answer->status, piece))
        return InDoubt("HTTP_NO_ANSWER", "the taker of the answer wanted no more");
    }
    return answer;
  }

  mutable std::mutex mutex_;
  World world_;
  bool stopped_ = false;
  std::vector<ports::HttpRequest> sent_;
};

}  // namespace sb::testing
