#include "engine/api/event_service.h"

#include <chrono>
#include <utility>
#include <variant>

#include "engine/api/account_reach.h"
#include "engine/api/event_mapping.h"
#include "engine/api/event_publication.h"
#include "engine/api/event_replay.h"
#include "engine/api/list_filters.h"
#include "engine/api/page_token.h"
#include "engine/api/progress_stream.h"
#include "engine/ports/dead_letter_store.h"
#include "engine/runtime/engine.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::InboxItem;
using ports::Role;

constexpr Millis kLookForEvents = std::chrono::milliseconds(200);

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListEventsRequest& request, v1::ListEventsResponse& response) {
  auto read = ReadEventFilter(deps, caller, request.filter());
  if (auto* failure = std::get_if<Failure>(&read)) return std::move(*failure);
  auto& filter = std::get<ports::EventFilter>(read);
  if (!request.type().empty()) filter.types.Only({request.type()});
  if (!request.account().empty()) {
    AccountReach reach(deps.accounts, caller);
    auto account = reach.Find("account", request.account());
    if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
    filter.accounts.Only({std::get<ports::Account>(account).id});
  }
  const std::string scope =
      "events\n" + request.account() + "\n" + request.type() + "\n" + request.filter();
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.inbox.List(filter, std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const InboxItem& item : found->items) *response.add_events() = ToProto(item);
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

/// The connector of an account; null when either is not known any more.
Result<const connector::Connector*> ConnectorOf(const Dependencies& deps, AccountId id) {
  const auto account = deps.accounts.Get(id);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  return account.ok() ? deps.connectors.FindConnector(account->connector) : nullptr;
}

Outcome Read(const Dependencies& deps, const Caller& caller, const std::string& text,
             v1::GetEventResponse& response) {
  const auto id = ParseEventId(text);
  if (!id) return WrongField("event", "must be the id of an event, such as evt_01hv3k7q8s0g");
  const auto item = deps.inbox.Get(*id);
  if (!item.ok() && item.error().kind != ErrorKind::kNotFound) return item.error();
  AccountReach reach(deps.accounts, caller);
  const auto included = item.ok() ? reach.Includes(item->account) : Result<bool>(false);
  if (!included.ok()) return included.error();
  if (!*included)
    return NotFound("EVENT_NOT_FOUND",
                    "there is no event " + text + ": list the events to see which there are");
  const auto connector = ConnectorOf(deps, item->account);
  if (!connector.ok()) return connector.error();
  *response.mutable_event() = ToProtoWhole(*item, *connector);
  return {};
}

Outcome ListLettersInto(const Dependencies& deps, const Caller& caller,
                        const v1::ListDeadLettersRequest& request,
                        v1::ListDeadLettersResponse& response) {
  auto filter = ReadEventFilter(deps, caller, request.filter());
  if (auto* failure = std::get_if<Failure>(&filter)) return std::move(*failure);
  const std::string scope = "dead letters\n" + request.filter();
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.dead_letters.List(std::get<ports::EventFilter>(filter),
                                            std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  for (const ports::DeadLetter& letter : found->items)
    *response.add_dead_letters() = ToProto(letter);
  response.set_next_page_token(MakePageToken(found->next_before, scope));
  return {};
}

/// The dead letter that a request names, if the caller may see it.
std::variant<ports::DeadLetter, Failure> FindLetter(const Dependencies& deps, const Caller& caller,
                                                    const std::string& text) {
  const auto id = ParseEventId(text);
  if (!id) return WrongField("event", "must be the id of an event, such as evt_01hv3k7q8s0g");
  auto letter = deps.dead_letters.Get(*id);
  if (!letter.ok() && letter.error().kind != ErrorKind::kNotFound) return letter.error();
  AccountReach reach(deps.accounts, caller);
  const auto included = letter.ok() ? reach.Includes(letter->item.account) : Result<bool>(false);
  if (!included.ok()) return included.error();
  if (!*included) {
    return NotFound("DEAD_LETTER_NOT_FOUND", "there is no dead letter " + text +
                                                 ": list the dead letters to see which there are");
  }
  return *std::move(letter);
}

Outcome ReadLetter(const Dependencies& deps, const Caller& caller, const std::string& text,
                   v1::DeadLetter& proto) {
  const auto found = FindLetter(deps, caller, text);
  if (const auto* failure = std::get_if<Failure>(&found)) return *failure;
  const auto& letter = std::get<ports::DeadLetter>(found);
  const auto connector = ConnectorOf(deps, letter.item.account);
  if (!connector.ok()) return connector.error();
  proto = ToProto(letter);
  *proto.mutable_event() = ToProtoWhole(letter.item, *connector);
  return {};
}

Outcome Revive(const Dependencies& deps, const Caller& caller, const std::string& text,
               v1::Event& proto) {
  const auto found = FindLetter(deps, caller, text);
  if (const auto* failure = std::get_if<Failure>(&found)) return *failure;
  const auto& letter = std::get<ports::DeadLetter>(found);
  if (const Status revived = deps.dead_letters.Revive(letter.item.id); !revived.ok())
    return revived.error();
  proto = ToProto(letter.item);
  return {};
}

Outcome Discard(const Dependencies& deps, const Caller& caller, const std::string& text) {
  const auto found = FindLetter(deps, caller, text);
  if (const auto* failure = std::get_if<Failure>(&found)) return *failure;
  const Status gone = deps.dead_letters.Discard(std::get<ports::DeadLetter>(found).item.id);
  return gone.ok() ? Outcome() : Outcome(gone.error());
}

Failure Stopping() {
  return Failure(Unavailable("API_STOPPING", "the server is stopping: try again in a moment"));
}

}  // namespace

EventService::EventService(const Dependencies& deps, Gate& gate)
    : deps_(deps),
      gate_(gate),
      reader_(deps),
      book_(deps.workflows, deps.connectors, deps.expressions, deps.zones),
      streams_(deps, kLookForEvents, "events") {}

void EventService::StopWatches() {
  streams_.Stop();
  open_.Stop();
}

void EventService::Publish(const std::shared_ptr<Call>& call,
                           const v1::PublishEventRequest& request,
                           v1::PublishEventResponse& response) {
  auto account = AccountReach(deps_.accounts, call->caller()).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&account)) return call->Finish(std::move(*failure));
  auto made = ToInboxItem(deps_, std::get<ports::Account>(account), request.event());
  if (auto* failure = std::get_if<Failure>(&made)) return call->Finish(std::move(*failure));
  const auto& item = std::get<ports::InboxItem>(made);
  deps_.engine.AcceptEvent(item, std::nullopt,
                           [this, call, item, &response](const Result<bool>& stored) {
                             if (!stored.ok()) return call->Finish(stored.error());
                             if (!*stored) return AnswerFirst(call, item, response);
                             call->Finish({}, [&] { *response.mutable_event() = ToProto(item); });
                           });
}

void EventService::AnswerFirst(const std::shared_ptr<Call>& call, const ports::InboxItem& duplicate,
                               v1::PublishEventResponse& response) {
  const bool taken = deps_.post([this, call, duplicate, &response] {
    const auto id = deps_.inbox.Find(duplicate.slot, duplicate.account, duplicate.dedupe);
    const auto first = id.ok() ? deps_.inbox.Get(*id) : Result<InboxItem>(id.error());
    if (!first.ok()) return call->Finish(first.error());
    call->Finish({}, [&] {
      *response.mutable_event() = ToProto(*first);
      response.set_duplicate(true);
    });
  });
  if (!taken) call->Finish({}, [&] { response.set_duplicate(true); });
}

grpc::ServerUnaryReactor* EventService::PublishEvent(grpc::CallbackServerContext* context,
                                                     const v1::PublishEventRequest* request,
                                                     v1::PublishEventResponse* response) {
  return gate_.AnswerLater(context, {"EventService/PublishEvent", Role::kOperator},
                           [this, request, response](const std::shared_ptr<Call>& call) {
                             Publish(call, *request, *response);
                           });
}

grpc::ServerWriteReactor<v1::WatchEventsResponse>* EventService::WatchEvents(
    grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) {
  return AdmitStream(gate_, *context, {"EventService/WatchEvents", Role::kViewer},
                     EventStream::Make(deps_, reader_, *request), streams_);
}

grpc::ServerWriteReactor<v1::ReplayEventsResponse>* EventService::ReplayEvents(
    grpc::CallbackServerContext* context, const v1::ReplayEventsRequest* request) {
  const auto stream = ProgressStream<v1::ReplayEventsResponse>::Make();
  gate_.Admit(
      *context, {"EventService/ReplayEvents", Role::kViewer},
      [stream](const grpc::Status& status) { stream->Finish(status); },
      [this, stream, request = *request](const std::shared_ptr<Call>& call) {
        const Turn turn(replays_);
        if (!turn.taken()) return stream->End(*call, Turn::Refusal());
        const auto stop = [weak = std::weak_ptr(stream)] {
          if (const auto working = weak.lock()) working->Stop();
        };
        if (!open_.Add(stream, stop)) return stream->End(*call, Stopping());
        EventReplay replay(deps_, reader_, book_, call->caller(), request);
        stream->End(*call,
                    replay.Work([&](auto message) { return stream->Send(std::move(message)); }));
      });
  return stream.get();
}

grpc::ServerUnaryReactor* EventService::ListDeadLetters(grpc::CallbackServerContext* context,
                                                        const v1::ListDeadLettersRequest* request,
                                                        v1::ListDeadLettersResponse* response) {
  return gate_.Answer(context, {"EventService/ListDeadLetters", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListLettersInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* EventService::GetDeadLetter(grpc::CallbackServerContext* context,
                                                      const v1::GetDeadLetterRequest* request,
                                                      v1::GetDeadLetterResponse* response) {
  return gate_.Answer(context, {"EventService/GetDeadLetter", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ReadLetter(deps_, caller, request->event(),
                                          *response->mutable_dead_letter());
                      });
}

grpc::ServerUnaryReactor* EventService::ReplayDeadLetter(grpc::CallbackServerContext* context,
                                                         const v1::ReplayDeadLetterRequest* request,
                                                         v1::ReplayDeadLetterResponse* response) {
  return gate_.Answer(context, {"EventService/ReplayDeadLetter", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return Revive(deps_, caller, request->event(), *response->mutable_event());
                      });
}

grpc::ServerUnaryReactor* EventService::DiscardDeadLetter(
    grpc::CallbackServerContext* context, const v1::DiscardDeadLetterRequest* request,
    v1::DiscardDeadLetterResponse* /*response*/) {
  return gate_.Answer(
      context, {"EventService/DiscardDeadLetter", Role::kOperator},
      [this, request](const Caller& caller) { return Discard(deps_, caller, request->event()); });
}

grpc::ServerUnaryReactor* EventService::ListEvents(grpc::CallbackServerContext* context,
                                                   const v1::ListEventsRequest* request,
                                                   v1::ListEventsResponse* response) {
  return gate_.Answer(context, {"EventService/ListEvents", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* EventService::GetEvent(grpc::CallbackServerContext* context,
                                                 const v1::GetEventRequest* request,
                                                 v1::GetEventResponse* response) {
  return gate_.Answer(context, {"EventService/GetEvent", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return Read(deps_, caller, request->event(), *response);
                      });
}

}  // namespace sb::api
