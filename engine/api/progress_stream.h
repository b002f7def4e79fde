#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "engine/api/gate.h"

namespace sb::api {

/// A place among the few long calls of a sort that may be under way at a time: each holds a thread
/// of the pool.
class Turn {
 public:
  static constexpr int kMost = 2;

  explicit Turn(std::atomic<int>& under_way) : under_way_(under_way) {
    taken_ = under_way_.fetch_add(1) < kMost;
  }

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  ~Turn() { under_way_.fetch_sub(1); }

  bool taken() const { return taken_; }

  static Failure Refusal() {
    return Failure(RateLimited("SERVER_BUSY",
                               "two calls of this sort are under way; try again when one has ended",
                               std::chrono::seconds(5)));
  }

 private:
  std::atomic<int>& under_way_;
  bool taken_ = false;
};

/// The stream of one long call, whose handler works through it on a pool thread and may block. It
/// owns itself until gRPC is done with it. Thread-safe.
template <typename Response>
class ProgressStream final : public grpc::ServerWriteReactor<Response>,
                             public std::enable_shared_from_this<ProgressStream<Response>> {
 public:
  static std::shared_ptr<ProgressStream> Make() {
    std::shared_ptr<ProgressStream> stream(new ProgressStream());  // NOLINT: private constructor
    stream->self_ = stream;
    return stream;
  }

  /// Sends a message; blocks while the one before is still on its way. False: nobody listens any
  /// more, or the server is stopping.
  bool Send(Response message) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !writing_ || gone_; });
    if (gone_) return false;
    written_ = std::move(message);
    writing_ = true;
    this->StartWrite(&written_);
    return true;
  }

  /// Nobody listens any more, or the server is stopping.
  bool gone() const {
    const std::lock_guard lock(mutex_);
    return gone_;
  }

  /// Ends the call, once the last message has left.
  void End(Call& call, Outcome outcome) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !writing_; });
      if (stopping_ && !outcome) {
        outcome = Failure(Unavailable(
            "API_STOPPING", "the server is stopping: what was done stays done; call again"));
      }
    }
    call.Finish(outcome);
  }

  /// The server is stopping: the handler is to come to an end.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = gone_ = true;
    changed_.notify_all();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
    changed_.notify_all();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_all();
  }

  void OnDone() override {
    std::shared_ptr<ProgressStream> self;  // destroys this object at the end, or the handler does
    const std::lock_guard lock(mutex_);
    gone_ = true;
    self.swap(self_);
  }

 private:
  ProgressStream() = default;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<ProgressStream> self_;  // shared: with the handler
  Response written_;                      ///< Belongs to the write under way.
  bool writing_ = false;
  bool gone_ = false;
  bool stopping_ = false;
};

}  // namespace sb::api
