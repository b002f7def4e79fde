#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "engine/base/time.h"
#include "engine/ports/clock.h"

namespace sb::api {

/// One client that follows something, which is looked at again and again: a message goes out when
/// there is news, and every ten seconds for its resume token. It owns itself until gRPC is done
/// with it. `Poll` reads on and blocks; everything else does not. Thread-safe.
template <typename Message>
class FollowedStream : public grpc::ServerWriteReactor<Message>,
                       public std::enable_shared_from_this<FollowedStream<Message>> {
 public:
  /// Reads the request, and finds where to begin.
  Outcome Open(std::shared_ptr<Call> call) {
    call_ = std::move(call);
    return Begin();
  }

  /// Reads on, unless a message is on its way.
  void Poll() {
    {
      const std::lock_guard lock(mutex_);
      if (polling_ || writing_ || concluded_) return;
      polling_ = true;
    }
    Message message;
    auto failure = FillMessage(message);
    const bool is_sign_due = deps_.clock.Now() - last_message_at_ > kBetweenSigns;
    {
      const std::lock_guard lock(mutex_);
      polling_ = false;
      // A database that is away for a moment is no reason to end: the next poll comes again.
      const bool is_worth_it = !failure && (HasNews(message) || is_sign_due);
      if (failure && failure->error.kind != ErrorKind::kUnavailable) failure_ = std::move(failure);
      if (is_worth_it && !failure_) {
        last_message_at_ = deps_.clock.Now();
        written_.Swap(&message);
        writing_ = true;
        this->StartWrite(&written_);
      }
    }
    Settle();
  }

  void Fail(Failure failure) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::move(failure);
    }
    Settle();
  }

  bool ended() const {
    const std::lock_guard lock(mutex_);
    return concluded_;
  }

  void OnWriteDone(bool ok) override {
    const auto self = this->shared_from_this();
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      if (!ok && !failure_) failure_ = Abandoned();
    }
    Settle();
    // There may be more: look at once.
    if (ok) static_cast<void>(deps_.post([self] { self->Poll(); }));
  }

  void OnCancel() override {
    const auto self = this->shared_from_this();
    Fail(Abandoned());
  }

  void OnDone() override {
    std::shared_ptr<FollowedStream> self;  // destroys this object at the end, or a late poll does
    const std::lock_guard lock(mutex_);
    concluded_ = true;
    self.swap(self_);
  }

 protected:
  explicit FollowedStream(const Dependencies& deps) : deps_(deps) {}

  /// A new stream, which keeps itself.
  template <typename Stream>
  static std::shared_ptr<Stream> Kept(Stream* made) {
    std::shared_ptr<Stream> stream(made);
    stream->self_ = stream;
    return stream;
  }

  virtual Outcome Begin() = 0;
  /// What is new, and the token behind it. Of one call at a time.
  virtual Outcome FillMessage(Message& message) = 0;
  virtual bool HasNews(const Message& message) const = 0;

  const Dependencies& deps() const { return deps_; }

  const Caller& caller() const { return call_->caller(); }

 private:
  static constexpr auto kBetweenSigns = std::chrono::seconds(10);

  static Failure Abandoned() {
    return Cancelled("CALL_ABANDONED", "the watching client went away");
  }

  /// Ends the call where it must end and nothing is on its way.
  void Settle() {
    Failure failure(Internal("INTERNAL", ""));
    {
      const std::lock_guard lock(mutex_);
      if (!failure_ || polling_ || writing_ || concluded_ || call_ == nullptr) return;
      concluded_ = true;
      failure = *failure_;
    }
    call_->Finish(failure);  // outside the lock: it ends in OnDone
  }

  const Dependencies& deps_;
  std::shared_ptr<Call> call_;
  WallTime last_message_at_;  // of the one Poll that is under way

  mutable std::mutex mutex_;
  std::shared_ptr<FollowedStream> self_;  // shared: with polls that come too late
  Message written_;
  std::optional<Failure> failure_;
  bool polling_ = false;
  bool writing_ = false;
  bool concluded_ = false;
};

}  // namespace sb::api
