#include "engine/api/event_service.h"

#include <utility>
#include <variant>

#include "engine/api/account_reach.h"
#include "engine/api/event_mapping.h"
#include "engine/api/list_filters.h"
#include "engine/api/page_token.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::InboxItem;
using ports::Role;

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

}  // namespace

grpc::ServerUnaryReactor* EventService::ListEvents(grpc::CallbackServerContext* context,
                                                   const v1::ListEventsRequest* request,
                                                   v1::ListEventsResponse* response) {
  return gate_.Answer(context, {"EventService/ListEvents", Role::kReader},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* EventService::GetEvent(grpc::CallbackServerContext* context,
                                                 const v1::GetEventRequest* request,
                                                 v1::GetEventResponse* response) {
  return gate_.Answer(context, {"EventService/GetEvent", Role::kReader},
                      [this, request, response](const Caller& caller) {
                        return Read(deps_, caller, request->event(), *response);
                      });
}

}  // namespace sb::api
