#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/api/followed_stream.h"
#include "engine/api/gate.h"
#include "engine/api/polled_streams.h"
#include "engine/api/run_reader.h"
#include "engine/connector/connector.h"
#include "engine/ports/event_feed.h"
#include "switchboard/v1/event.pb.h"

namespace sb::api {

/// How far a stream of events has come. Without lifecycle events only `events` moves.
struct EventPlace {
  ports::FeedPosition events;
  ports::FeedPosition journal;

  bool operator==(const EventPlace&) const = default;
};

std::string MakeEventToken(const EventPlace& place);
/// Nothing when the text is no such token.
std::optional<EventPlace> ReadEventToken(const std::string& token);

/// One client that follows events.
class EventStream final : public FollowedStream<switchboard::v1::WatchEventsResponse> {
 public:
  static std::shared_ptr<EventStream> Make(const Dependencies& deps, RunReader& reader,
                                           const switchboard::v1::WatchEventsRequest& request);

 private:
  EventStream(const Dependencies& deps, RunReader& reader,
              switchboard::v1::WatchEventsRequest request)
      : FollowedStream(deps), reader_(reader), request_(std::move(request)) {}

  Outcome ReadFilter();
  Outcome Begin() override;
  Outcome FillMessage(switchboard::v1::WatchEventsResponse& message) override;
  bool HasNews(const switchboard::v1::WatchEventsResponse& message) const override;
  Outcome AddEvents(switchboard::v1::WatchEventsResponse& message);
  Outcome AddLifecycle(switchboard::v1::WatchEventsResponse& message);
  Outcome AddRow(const ports::JournalNews& news, switchboard::v1::WatchEventsResponse& message);
  const connector::Connector* ConnectorOf(AccountId account);

  RunReader& reader_;
  const switchboard::v1::WatchEventsRequest request_;

  // Of the one Poll that is under way.
  ports::EventFilter filter_;
  WallTime filter_read_at_;
  std::map<AccountId, const connector::Connector*> connectors_;
  EventPlace place_;
};

/// All clients that follow events.
using EventStreams = PolledStreams<EventStream>;

}  // namespace sb::api
