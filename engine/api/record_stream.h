#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "engine/api/gate.h"
#include "engine/api/polled_streams.h"
#include "engine/base/time.h"
#include "engine/ports/platform_record_store.h"
#include "switchboard/v1/record.pb.h"

namespace sb::api {

/// Behind the change of this number, of these records.
std::string MakeRecordToken(const ports::PlatformPlace& place, std::int64_t number);
/// Nothing when the text is no such token.
std::optional<std::int64_t> ReadRecordToken(const ports::PlatformPlace& place,
                                            const std::string& token);

/// One client that follows what syncs change for a platform. It owns itself until gRPC is done with
/// it. `Poll` reads on and blocks; everything else does not. Thread-safe.
class RecordStream final
    : public grpc::ServerWriteReactor<switchboard::v1::WatchRecordChangesResponse>,
      public std::enable_shared_from_this<RecordStream> {
 public:
  static std::shared_ptr<RecordStream> Make(
      const Dependencies& deps, const switchboard::v1::WatchRecordChangesRequest& request);

  /// Finds the records and reads the token.
  Outcome Open(std::shared_ptr<Call> call);
  /// Reads on, unless a message is on its way.
  void Poll();
  void Fail(Failure failure);
  bool ended() const;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  RecordStream(const Dependencies& deps, switchboard::v1::WatchRecordChangesRequest request)
      : deps_(deps), request_(std::move(request)) {}

  Outcome FindPlace();
  Outcome FillMessage(switchboard::v1::WatchRecordChangesResponse& message);
  /// Ends the call where it must end and nothing is on its way.
  void Settle();

  const Dependencies& deps_;
  const switchboard::v1::WatchRecordChangesRequest request_;
  std::shared_ptr<Call> call_;

  // Of the one Poll that is under way.
  ports::PlatformPlace place_;
  WallTime place_found_at_;
  WallTime last_message_at_;
  std::int64_t told_ = 0;

  mutable std::mutex mutex_;
  std::shared_ptr<RecordStream> self_;  // shared: with polls that come too late
  switchboard::v1::WatchRecordChangesResponse written_;
  std::optional<Failure> failure_;
  bool polling_ = false;
  bool writing_ = false;
  bool concluded_ = false;
};

/// All clients that follow changes of records.
using RecordStreams = PolledStreams<RecordStream>;

}  // namespace sb::api
