#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcpp/support/server_callback.h>

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

/// One client that follows events. It owns itself until gRPC is done with it. `Poll` reads on and
/// blocks; everything else does not. Thread-safe.
class EventStream final : public grpc::ServerWriteReactor<switchboard::v1::WatchEventsResponse>,
                          public std::enable_shared_from_this<EventStream> {
 public:
  static std::shared_ptr<EventStream> Make(const Dependencies& deps, RunReader& reader,
                                           const switchboard::v1::WatchEventsRequest& request);

  /// Reads the filter and the token, and takes the first place.
  Outcome Open(std::shared_ptr<Call> call);
  /// Reads on, unless a message is on its way.
  void Poll();
  void Fail(Failure failure);
  bool ended() const;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  EventStream(const Dependencies& deps, RunReader& reader,
              switchboard::v1::WatchEventsRequest request)
      : deps_(deps), reader_(reader), request_(std::move(request)) {}

  Outcome ReadFilter();
  Outcome FillMessage(switchboard::v1::WatchEventsResponse& message);
  Outcome AddEvents(switchboard::v1::WatchEventsResponse& message);
  Outcome AddLifecycle(switchboard::v1::WatchEventsResponse& message);
  Outcome AddRow(const ports::JournalNews& news, switchboard::v1::WatchEventsResponse& message);
  const connector::Connector* ConnectorOf(AccountId account);
  /// Ends the call where it must end and nothing is on its way.
  void Settle();

  const Dependencies& deps_;
  RunReader& reader_;
  const switchboard::v1::WatchEventsRequest request_;
  std::shared_ptr<Call> call_;

  // Of the one Poll that is under way.
  ports::EventFilter filter_;
  WallTime filter_read_at_;
  WallTime last_message_at_;
  std::map<AccountId, const connector::Connector*> connectors_;
  EventPlace place_;

  mutable std::mutex mutex_;
  std::shared_ptr<EventStream> self_;  // shared: with polls that come too late
  switchboard::v1::WatchEventsResponse written_;
  std::optional<Failure> failure_;
  bool polling_ = false;
  bool writing_ = false;
  bool concluded_ = false;
};

/// All clients that follow events.
using EventStreams = PolledStreams<EventStream>;

}  // namespace sb::api
