#include "engine/app/cli/event_commands.h"

#include <nlohmann/json.hpp>

#include "engine/app/cli/text.h"
#include "engine/base/yaml.h"
#include "switchboard/v1/event.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Events = v1::EventService;
using Stub = v1::EventService::StubInterface;

std::string CardOf(const Session& session, const v1::Event& event) {
  Card card;
  card.Add("event", event.id());
  card.Add("type", event.type());
  card.Add("subject", event.subject());
  card.Add("account", event.account());
  card.Add("origin", Word(v1::Event::Origin_Name(event.origin()), "ORIGIN_"));
  card.Add("happened", Dated(event.occur_time(), session.now()));
  card.Add("received", Dated(event.receive_time(), session.now()));
  std::string text = card.Text(session.style());
  const auto data = ParseJson(ToJsonText(event.data(), false));
  if (event.has_data() && data.ok()) return text + "\n" + ToYaml(*data);
  return text + "\n" + Printable(event.body()) + "\n";
}

}  // namespace

int ListEvents(Session& session, const ListEventsOptions& options) {
  v1::ListEventsRequest request;
  request.set_account(options.account);
  request.set_type(options.type);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListEventsResponse response;
  if (auto trouble = session.client.Call<Events>(&Stub::ListEvents, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.events().empty()) return "no events\n";
    Table table({{"EVENT", true}, {"TYPE"}, {"SUBJECT"}, {"ACCOUNT", true}, {"RECEIVED"}});
    for (const v1::Event& event : response.events()) {
      table.Add({event.id(), event.type(), event.subject(), event.account(),
                 Relative(event.receive_time(), session.now())});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int GetEvent(Session& session, const std::string& event) {
  v1::GetEventRequest request;
  request.set_event(event);
  v1::GetEventResponse response;
  if (auto trouble = session.client.Call<Events>(&Stub::GetEvent, request, response))
    return session.Fail(*trouble);
  return session.Show(response.event(), [&] { return CardOf(session, response.event()); });
}

}  // namespace sb::app::cli
