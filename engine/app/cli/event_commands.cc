#include "engine/app/cli/event_commands.h"

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "engine/app/cli/text.h"
#include "engine/base/yaml.h"
#include "switchboard/v1/event.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Events = v1::EventService;
using EventStub = v1::EventService::StubInterface;

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
  return event.body().empty() ? text : text + "\n" + Printable(event.body()) + "\n";
}

}  // namespace

int ListEvents(Session& session, const ListEventsOptions& options) {
  v1::ListEventsRequest request;
  request.set_account(options.account);
  request.set_type(options.type);
  request.set_filter(options.filter);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListEventsResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::ListEvents, request, response))
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

int PublishEvent(Session& session, const PublishOptions& options) {
  v1::PublishEventRequest request;
  request.set_account(options.account);
  v1::CloudEvent& event = *request.mutable_event();
  event.set_id(options.id);
  event.set_type(options.type);
  event.set_subject(options.subject);
  const auto given = session.Read(options.data);
  if (given.trouble) return session.Fail(*given.trouble);
  if (!google::protobuf::util::JsonStringToMessage(given.text, event.mutable_data()).ok()) {
    return session.Misuse("--data is no JSON object",
                          "write --data '{\"key\": \"value\"}', --data @file or --data -");
  }
  v1::PublishEventResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::PublishEvent, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    return CardOf(session, response.event()) +
           (response.duplicate() ? "it had been published before: nothing was done\n" : "");
  });
}

int GetEvent(Session& session, const std::string& event) {
  v1::GetEventRequest request;
  request.set_event(event);
  v1::GetEventResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::GetEvent, request, response))
    return session.Fail(*trouble);
  return session.Show(response.event(), [&] { return CardOf(session, response.event()); });
}

int ListDeadLetters(Session& session, const ListDeadLettersOptions& options) {
  v1::ListDeadLettersRequest request;
  request.set_filter(options.filter);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListDeadLettersResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::ListDeadLetters, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.dead_letters().empty()) return "no dead letters\n";
    Table table({{"EVENT", true}, {"TYPE"}, {"ACCOUNT", true}, {"BURIED"}, {"REASON"}});
    for (const v1::DeadLetter& letter : response.dead_letters()) {
      table.Add({letter.event().id(), letter.event().type(), letter.event().account(),
                 Relative(letter.bury_time(), session.now()), letter.reason()});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int GetDeadLetter(Session& session, const std::string& event) {
  v1::GetDeadLetterRequest request;
  request.set_event(event);
  v1::GetDeadLetterResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::GetDeadLetter, request, response))
    return session.Fail(*trouble);
  const v1::DeadLetter& letter = response.dead_letter();
  return session.Show(letter, [&] {
    Card card;
    card.Add("reason", {letter.reason(), Tone::kBad});
    card.Add("tries", std::to_string(letter.tries()));
    card.Add("buried", Dated(letter.bury_time(), session.now()));
    return card.Text(session.style()) + CardOf(session, letter.event());
  });
}

int ReplayDeadLetter(Session& session, const std::string& event) {
  v1::ReplayDeadLetterRequest request;
  request.set_event(event);
  v1::ReplayDeadLetterResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::ReplayDeadLetter, request, response))
    return session.Fail(*trouble);
  return session.Show(response.event(), [&] {
    return event + " was handed in again; `switchboard run list --filter 'event = " + event +
           "'` shows what it starts\n";
  });
}

int DiscardDeadLetter(Session& session, const std::string& event) {
  v1::DiscardDeadLetterRequest request;
  request.set_event(event);
  v1::DiscardDeadLetterResponse response;
  if (auto trouble = session.client.Call<Events>(&EventStub::DiscardDeadLetter, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] { return event + " is off the list\n"; });
}

}  // namespace sb::app::cli
