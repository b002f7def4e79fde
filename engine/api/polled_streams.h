#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/api/gate.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::api {

/// All clients that follow one sort of thing, and the one thread that makes them look. A `Stream`
/// has Poll, which may block, and Fail and ended, which do not. Thread-safe.
template <typename Stream>
class PolledStreams {
 public:
  static constexpr std::size_t kMost = 64;

  /// `things` completes "64 clients follow ... already".
  PolledStreams(const Dependencies& deps, Millis tick, std::string things)
      : deps_(deps), tick_(tick), things_(std::move(things)) {}

  ~PolledStreams() { Stop(); }

  PolledStreams(const PolledStreams&) = delete;
  PolledStreams& operator=(const PolledStreams&) = delete;

  /// Refused where there are too many, or the server is stopping.
  Outcome Add(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return ServerIsStopping();
    std::erase_if(streams_, [](const auto& weak) {
      const auto each = weak.lock();
      return each == nullptr || each->ended();
    });
    if (streams_.size() >= kMost) {
      return Failure(RateLimited("SERVER_BUSY", "64 clients follow " + things_ + " already",
                                 std::chrono::seconds(5)));
    }
    streams_.push_back(stream);
    if (!ticker_.joinable()) ticker_ = std::thread([this] { Tick(); });
    return {};
  }

  /// Ends all streams, and those that come later.
  void Stop() {
    std::vector<std::weak_ptr<Stream>> streams;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      streams.swap(streams_);
    }
    stop_.notify_all();
    for (const auto& weak : streams) {
      if (const auto stream = weak.lock()) stream->Fail(ServerIsStopping());
    }
    if (ticker_.joinable()) ticker_.join();
  }

 private:
  static Failure ServerIsStopping() {
    return Failure(Unavailable("API_STOPPING", "the server is stopping: watch again in a moment"));
  }

  void Tick() {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, tick_, [this] { return stopping_; })) {
      for (const auto& weak : streams_) {
        if (const auto stream = weak.lock())
          static_cast<void>(deps_.post([stream] { stream->Poll(); }));
      }
    }
  }

  const Dependencies& deps_;
  const Millis tick_;
  const std::string things_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::vector<std::weak_ptr<Stream>> streams_;
  std::thread ticker_;  ///< Runs from the first stream on.
};

/// A client that follows `streams` from now on, once it may.
template <typename Stream>
Stream* AdmitStream(Gate& gate, grpc::CallbackServerContext& context, Method method,
                    const std::shared_ptr<Stream>& stream, PolledStreams<Stream>& streams) {
  gate.Admit(
      context, method, [stream](const grpc::Status& status) { stream->Finish(status); },
      [stream, &streams](const std::shared_ptr<Call>& call) {
        if (auto wrong = stream->Open(call)) return call->Finish(wrong);
        if (auto refused = streams.Add(stream)) return call->Finish(refused);
        stream->Poll();
      });
  return stream.get();
}

}  // namespace sb::api
