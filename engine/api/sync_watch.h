#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "engine/api/gate.h"
#include "engine/api/polled_streams.h"
#include "engine/base/time.h"
#include "engine/ports/sync_store.h"
#include "switchboard/v1/sync.pb.h"

namespace sb::api {

/// One client that follows a sync. It owns itself until gRPC is done with it. `Open` and `Poll`
/// read and block; everything else does not. Thread-safe.
class SyncWatch final : public grpc::ServerWriteReactor<switchboard::v1::WatchSyncResponse>,
                        public std::enable_shared_from_this<SyncWatch> {
 public:
  static std::shared_ptr<SyncWatch> Make(const Dependencies& deps,
                                         const switchboard::v1::WatchSyncRequest& request);

  /// Finds the sync.
  Outcome Open(std::shared_ptr<Call> call);
  /// Looks, unless a message is on its way, and tells what has changed.
  void Poll();

  void Fail(Failure failure) { End(std::move(failure)); }

  bool ended() const;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  SyncWatch(const Dependencies& deps, switchboard::v1::WatchSyncRequest request)
      : deps_(deps), request_(std::move(request)) {}

  Result<switchboard::v1::WatchSyncResponse> Look();
  /// Whether it says more than the message before; what grows by itself is told now and then.
  bool IsNews(const switchboard::v1::WatchSyncResponse& message);
  /// Ends the call like this, once nothing is on its way. Only the first end counts.
  void End(Outcome outcome);
  void Settle();

  const Dependencies& deps_;
  const switchboard::v1::WatchSyncRequest request_;
  std::shared_ptr<Call> call_;

  // Of the one Poll that is under way.
  ports::Sync sync_;
  std::string last_told_;
  WallTime told_at_;

  mutable std::mutex mutex_;
  std::shared_ptr<SyncWatch> self_;  // shared: with polls that come too late
  switchboard::v1::WatchSyncResponse written_;
  std::optional<Outcome> end_;
  bool polling_ = false;
  bool writing_ = false;
  bool concluded_ = false;
};

}  // namespace sb::api
