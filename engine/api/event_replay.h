#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "engine/api/run_reader.h"
#include "engine/core/event/event.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/workflow_store.h"
#include "engine/runtime/workflow_book.h"
#include "switchboard/v1/event.pb.h"

namespace sb::api {

/// One ReplayEvents call: takes the events that a filter finds, one after the other, and does the
/// work of each with the chosen workflow. Blocking; one thread.
class EventReplay {
 public:
  /// Passes a message on; false: nobody listens any more.
  using Send = std::function<bool(switchboard::v1::ReplayEventsResponse)>;

  EventReplay(const Dependencies& deps, RunReader& reader, runtime::WorkflowBook& book,
              const Caller& caller, switchboard::v1::ReplayEventsRequest request)
      : deps_(deps), reader_(reader), book_(book), caller_(caller), request_(std::move(request)) {}

  Outcome Work(const Send& send);

 private:
  /// A message whose run is still being started.
  struct Started {
    switchboard::v1::ReplayEventsResponse message;
    std::future<Result<RunId>> run;
  };

  Outcome Check();
  Outcome FindEvents();
  std::size_t MostEvents() const;
  Started Replay(EventId id);
  Status ReplayOn(const ports::InboxItem& item, Started& started);
  std::future<Result<RunId>> StartRun(const core::event::CloudEvent& event);
  switchboard::v1::DryRun TryOut(const core::event::CloudEvent& event);
  switchboard::v1::ReplayEventsResponse Finish(Started started);

  const Dependencies& deps_;
  RunReader& reader_;
  runtime::WorkflowBook& book_;
  const Caller& caller_;
  switchboard::v1::ReplayEventsRequest request_;
  WorkflowId workflow_id_;
  runtime::SharedWorkflow workflow_;
  SharedFace face_;
  std::vector<EventId> events_;
  std::int64_t done_ = 0;
};

}  // namespace sb::api
