#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sb::api {

/// The streams that a service must end when the server stops. Thread-safe.
class OpenStreams {
 public:
  /// Keeps track of a stream, which `stop` brings to an end; false when the server is stopping.
  bool Add(std::weak_ptr<void> stream, std::function<void()> stop) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    std::erase_if(streams_, [](const Open& open) { return open.stream.expired(); });
    streams_.push_back({std::move(stream), std::move(stop)});
    return true;
  }

  /// Ends them all; later ones are refused.
  void Stop() {
    std::vector<Open> streams;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      streams.swap(streams_);
    }
    for (const Open& open : streams) open.stop();
  }

 private:
  struct Open {
    std::weak_ptr<void> stream;  ///< Expired: it has ended.
    std::function<void()> stop;
  };

  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<Open> streams_;
};

}  // namespace sb::api
