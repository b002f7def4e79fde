#include "engine/api/sync_watch.h"

#include <chrono>
#include <variant>

#include "engine/api/sync_finder.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

/// So old may be what is told of rates and lags, which change all the time.
constexpr Millis kFreshRates = std::chrono::seconds(10);

}  // namespace

std::shared_ptr<SyncWatch> SyncWatch::Make(const Dependencies& deps,
                                           const v1::WatchSyncRequest& request) {
  std::shared_ptr<SyncWatch> watch(new SyncWatch(deps, request));  // NOLINT: private constructor
  watch->self_ = watch;
  return watch;
}

Outcome SyncWatch::Open(std::shared_ptr<Call> call) {
  call_ = std::move(call);
  auto found = FindSync(deps_, call_->caller(), request_.account(), request_.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  sync_ = std::get<FoundSync>(std::move(found)).sync;
  return {};
}

Result<v1::WatchSyncResponse> SyncWatch::Look() {
  auto sync = deps_.syncs.Get(sync_.account, sync_.id);
  if (!sync.ok()) return sync.error();
  auto proto = SyncWithProgress(deps_, *sync);
  if (!proto.ok()) return proto.error();
  v1::WatchSyncResponse message;
  *message.mutable_sync() = *std::move(proto);
  message.set_live(IsLive(message.sync()));
  return message;
}

bool SyncWatch::IsNews(const v1::WatchSyncResponse& message) {
  v1::WatchSyncResponse steady = message;
  for (v1::SyncStreamProgress& stream : *steady.mutable_sync()->mutable_streams()) {
    stream.clear_lag_ms();
    if (!stream.has_reading()) continue;
    stream.mutable_reading()->clear_rows_per_second();
    stream.mutable_reading()->clear_estimated_end_time();
  }
  if (steady.sync().has_two_way()) {
    v1::TwoWayProgress& two_way = *steady.mutable_sync()->mutable_two_way();
    two_way.clear_lag_ms();
    two_way.clear_requests_left();
    two_way.clear_estimated_end_time();
  }
  std::string told = steady.SerializeAsString();
  const WallTime now = deps_.clock.Now();
  if (told == last_told_ && now - told_at_ < kFreshRates) return false;
  last_told_ = std::move(told);
  told_at_ = now;
  return true;
}

void SyncWatch::Poll() {
  {
    const std::lock_guard lock(mutex_);
    if (polling_ || writing_ || concluded_ || end_) return;
    polling_ = true;
  }
  auto message = Look();
  const bool news = message.ok() && IsNews(*message);
  {
    const std::lock_guard lock(mutex_);
    polling_ = false;
    // A database that is away for a moment is no reason to end: the next poll comes again.
    if (!message.ok() && message.error().kind != ErrorKind::kUnavailable && !end_)
      end_ = Failure(message.error());
    if (message.ok()) {
      const bool over = message->sync().state() == v1::Sync::STATE_DELETED ||
                        (request_.until_live() && message->live());
      if (news && !end_) {
        written_ = *std::move(message);
        writing_ = true;
        StartWrite(&written_);
      }
      if (over && !end_) end_ = Outcome();
    }
  }
  Settle();
}

void SyncWatch::End(Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = std::move(outcome);
  }
  Settle();
}

void SyncWatch::Settle() {
  Outcome outcome;
  {
    const std::lock_guard lock(mutex_);
    if (!end_ || polling_ || writing_ || concluded_ || call_ == nullptr) return;
    concluded_ = true;
    outcome = *end_;
  }
  call_->Finish(outcome);  // outside the lock: it ends in OnDone
}

bool SyncWatch::ended() const {
  const std::lock_guard lock(mutex_);
  return concluded_;
}

void SyncWatch::OnWriteDone(bool ok) {
  const auto self = shared_from_this();
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok && !end_) end_ = Failure(Cancelled("CALL_ABANDONED", "the watching client went away"));
  }
  Settle();
}

void SyncWatch::OnCancel() {
  const auto self = shared_from_this();
  End(Failure(Cancelled("CALL_ABANDONED", "the watching client went away")));
}

void SyncWatch::OnDone() {
  std::shared_ptr<SyncWatch> self;  // destroys this object at the end, or a late poll does
  const std::lock_guard lock(mutex_);
  concluded_ = true;
  self.swap(self_);
}

}  // namespace sb::api
