#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/api/followed_stream.h"
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

/// One client that follows what syncs change for a platform.
class RecordStream final : public FollowedStream<switchboard::v1::WatchRecordChangesResponse> {
 public:
  static std::shared_ptr<RecordStream> Make(
      const Dependencies& deps, const switchboard::v1::WatchRecordChangesRequest& request);

 private:
  RecordStream(const Dependencies& deps, switchboard::v1::WatchRecordChangesRequest request)
      : FollowedStream(deps), request_(std::move(request)) {}

  Outcome FindPlace();
  Outcome Begin() override;
  Outcome FillMessage(switchboard::v1::WatchRecordChangesResponse& message) override;
  bool HasNews(const switchboard::v1::WatchRecordChangesResponse& message) const override;

  const switchboard::v1::WatchRecordChangesRequest request_;

  // Of the one Poll that is under way.
  ports::PlatformPlace place_;
  WallTime place_found_at_;
  std::int64_t told_ = 0;
};

/// All clients that follow changes of records.
using RecordStreams = PolledStreams<RecordStream>;

}  // namespace sb::api
