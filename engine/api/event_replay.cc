#include "engine/api/event_replay.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "engine/api/event_mapping.h"
#include "engine/api/json_mapping.h"
#include "engine/api/list_filters.h"
#include "engine/api/recorded_answers.h"
#include "engine/api/run_mapping.h"
#include "engine/api/workflow_mapping.h"
#include "engine/core/workflow/dry_run.h"
#include "engine/core/workflow/trigger.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/runtime/cloud_event.h"
#include "engine/runtime/engine.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;

constexpr int kDefaultEvents = 1000;
constexpr int kMostEvents = 100'000;
constexpr std::size_t kMostReplayIdBytes = 64;
constexpr int kReplayPageSize = 200;  // each comes with its body
constexpr std::size_t kMostReplaysUnderWay = 32;

v1::DryRun::Ending EndingOf(const wf::DryRun& result) {
  switch (result.ending) {
    case wf::DryRun::Ending::kWaiting:
      return v1::DryRun::ENDING_WAITING;
    case wf::DryRun::Ending::kTooLong:
      return v1::DryRun::ENDING_TOO_LONG;
    case wf::DryRun::Ending::kEnded:
      break;
  }
  return result.run.status == wf::RunStatus::kSucceeded ? v1::DryRun::ENDING_SUCCEEDED
                                                        : v1::DryRun::ENDING_FAILED;
}

/// Which tasks do not go on, for people.
std::string NoteOf(const wf::Run& run) {
  if (run.status == wf::RunStatus::kParked) return run.parked_code + ": " + run.parked_reason;
  std::string note;
  for (const auto& [ref, task] : run.tasks) {
    if (task.ended_at || (task.kind != "listen" && task.awaiting == wf::Awaiting::kNothing))
      continue;
    note += (note.empty() ? "waits at " : ", ") + ref;
  }
  return note;
}

}  // namespace

std::size_t EventReplay::MostEvents() const {
  return static_cast<std::size_t>(request_.max_events() == 0 ? kDefaultEvents
                                                             : request_.max_events());
}

Outcome EventReplay::Check() {
  if (!request_.dry_run()) {
    if (auto allowed = RequireRole(caller_, ports::Role::kOperator); !allowed.ok())
      return Failure(allowed.error());
    if (request_.replay_id().empty()) {
      return WrongField("replay_id",
                        "must name the replay: the same name again starts nothing twice");
    }
  }
  if (request_.replay_id().size() > kMostReplayIdBytes)
    return WrongField("replay_id", "must be at most 64 bytes");
  if (request_.max_events() < 0 || request_.max_events() > kMostEvents)
    return WrongField("max_events", "must be 1 to 100000, or 0 for 1000");
  if (request_.filter().find_first_not_of(" \t\r\n") == std::string::npos)
    return WrongField("filter", "must not be empty: say at least receive_time >= 2026-06-01",
                      "FILTER_INVALID");
  auto named = FindWorkflow(deps_.workflows, "workflow", request_.workflow());
  if (auto* failure = std::get_if<Failure>(&named)) return std::move(*failure);
  workflow_id_ = std::get<ports::WorkflowVersion>(named).id;
  auto workflow = book_.Get(workflow_id_);
  if (!workflow.ok()) return Failure(workflow.error());
  workflow_ = *workflow;
  auto face = reader_.FaceOf(workflow_id_);
  if (!face.ok()) return Failure(face.error());
  face_ = *face;
  return {};
}

Outcome EventReplay::FindEvents() {
  auto read = ReadEventFilter(deps_, caller_, request_.filter());
  if (auto* failure = std::get_if<Failure>(&read)) return std::move(*failure);
  ports::PageRequest page{0, kReplayPageSize};
  do {
    const auto part = deps_.inbox.List(std::get<ports::EventFilter>(read), page);
    if (!part.ok()) return Failure(part.error());
    for (const ports::InboxItem& item : part->items) events_.push_back(item.id);
    page.before = part->next_before;
    if (events_.size() > MostEvents()) {
      return WrongField("max_events", "the filter finds more than " + std::to_string(MostEvents()) +
                                          " events: narrow it, or raise max_events");
    }
  } while (page.before != 0);
  std::ranges::reverse(events_);
  return {};
}

std::future<Result<RunId>> EventReplay::StartRun(const core::event::CloudEvent& event) {
  runtime::Engine::StartRequest start;
  start.account = event.account;
  start.workflow = workflow_id_;
  start.input = wf::TriggerInput(event);
  start.event = event.id;
  start.sort = "replay";
  start.request_id = request_.replay_id() + "/" + ToText(event.id);
  const auto answer = std::make_shared<std::promise<Result<RunId>>>();  // shared: with the engine
  deps_.engine.StartRun(std::move(start),
                        [answer](Result<RunId> run) { answer->set_value(std::move(run)); });
  return answer->get_future();
}

v1::DryRun EventReplay::TryOut(const core::event::CloudEvent& event) {
  const RecordedAnswers recorded(deps_, event.id);
  v1::DryRun proto;
  const auto answer = [&](const wf::CallRequested& call) -> Result<Json> {
    RecordedAnswers::Answer given = recorded.To(call);
    v1::DryCall& shown = *proto.add_calls();
    shown.set_task(call.ref);
    shown.set_action(call.action);
    *shown.mutable_input() = ToValue(face_->redaction.Apply(call.ref, call.input));
    shown.set_answer(given.source);
    return std::move(given.output);
  };
  const WallTime now = deps_.clock.Now();
  const wf::DryRun result =
      wf::PerformDryRun({*workflow_, deps_.expressions, deps_.connectors,
                         deps_.ids.Next<struct RunTag>(now), event.account, now},
                        wf::TriggerInput(event), answer);
  proto.set_ending(EndingOf(result));
  if (result.run.error) *proto.mutable_error() = ToProto(*result.run.error);
  if (result.ending == wf::DryRun::Ending::kWaiting) proto.set_note(NoteOf(result.run));
  return proto;
}

Status EventReplay::ReplayOn(const ports::InboxItem& item, Started& started) {
  const auto account = deps_.accounts.Get(item.account);
  if (!account.ok()) return account.error();
  const auto event =
      runtime::ToCloudEvent(item, deps_.connectors.FindConnector(account->connector));
  if (!event.ok()) return event.error();
  const auto matches = wf::Matches(*workflow_, *event, deps_.expressions);
  if (!matches.ok()) return matches.error();
  started.message.set_matched(*matches);
  if (!*matches) return {};
  if (request_.dry_run()) {
    *started.message.mutable_dry_run() = TryOut(*event);
  } else {
    started.run = StartRun(*event);
  }
  return {};
}

EventReplay::Started EventReplay::Replay(EventId id) {
  Started started;
  const auto item = deps_.inbox.Get(id);
  Status done = item.ok() ? Status() : Status(item.error());
  if (item.ok()) {
    *started.message.mutable_event() = ToProto(*item);
    done = ReplayOn(*item, started);
  } else {
    started.message.mutable_event()->set_id(ToText(id));
  }
  if (!done.ok()) {
    started.message.set_error_code(done.error().code);
    started.message.set_error_message(done.error().message);
  }
  return started;
}

v1::ReplayEventsResponse EventReplay::Finish(Started started) {
  if (started.run.valid()) {
    const Result<RunId> run = started.run.get();
    if (run.ok()) {
      started.message.set_run(ToText(*run));
    } else {
      started.message.set_error_code(run.error().code);
      started.message.set_error_message(run.error().message);
    }
  }
  started.message.set_done(++done_);
  started.message.set_total(static_cast<std::int64_t>(events_.size()));
  return std::move(started.message);
}

Outcome EventReplay::Work(const Send& send) {
  if (auto wrong = Check()) return wrong;
  if (auto wrong = FindEvents()) return wrong;
  // Several runs are started at a time, and told in the order of their events.
  std::deque<Started> under_way;
  for (const EventId id : events_) {
    if (under_way.size() == kMostReplaysUnderWay) {
      if (!send(Finish(std::move(under_way.front())))) return {};
      under_way.pop_front();
    }
    under_way.push_back(Replay(id));
  }
  for (Started& started : under_way) {
    if (!send(Finish(std::move(started)))) return {};
  }
  return {};
}

}  // namespace sb::api
