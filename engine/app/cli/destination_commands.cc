#include "engine/app/cli/destination_commands.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/app/cli/text.h"
#include "engine/base/text.h"
#include "switchboard/v1/account.grpc.pb.h"
#include "switchboard/v1/connector.grpc.pb.h"
#include "switchboard/v1/destination.grpc.pb.h"
#include "switchboard/v1/secret.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Destinations = v1::DestinationService;
using DestinationStub = v1::DestinationService::StubInterface;

constexpr std::size_t kMostOffered = 200;  ///< Choices that a person is shown.

std::string DestinationStateWord(const v1::Destination& destination) {
  return Word(v1::Destination::State_Name(destination.state()), "STATE_");
}

Cell DestinationStateCell(const v1::Destination& destination) {
  switch (destination.state()) {
    case v1::Destination::STATE_ACTIVE:
      return {DestinationStateWord(destination),
              destination.failures() > 0 ? Tone::kBusy : Tone::kGood};
    case v1::Destination::STATE_STOPPED:
      return {DestinationStateWord(destination), Tone::kBad};
    default:
      return {DestinationStateWord(destination), Tone::kBusy};
  }
}

template <typename List>
std::string JoinedTexts(const List& list, const std::string& none) {
  std::string text;
  for (const std::string& each : list) text += (text.empty() ? "" : ", ") + each;
  return text.empty() ? none : text;
}

std::string DestinationCard(const Session& session, const v1::Destination& destination) {
  Card card;
  card.Add("destination", destination.id());
  card.Add("name", destination.name());
  card.Add("account", destination.account());
  card.Add("sink", destination.sink());
  for (const auto& [name, value] : destination.settings().fields()) {
    card.Add(name, value.has_string_value() ? value.string_value() : ToJsonText(value, false));
  }
  for (const auto& [name, secret] : destination.secrets()) card.Add(name, "the secret " + secret);
  card.Add("events", JoinedTexts(destination.event_types(), "all"));
  card.Add("numbers", JoinedTexts(destination.numbers(), "all"));
  card.Add("state", DestinationStateCell(destination));
  card.Add("reason", destination.reason());
  if (destination.failures() > 0) {
    card.Add("failures", std::to_string(destination.failures()) + " in a row");
    card.Add("again", Dated(destination.retry_time(), session.now()));
  }
  card.Add("waiting", std::to_string(destination.pending()));
  card.Add("delivered", std::to_string(destination.delivered()));
  card.Add("dead", {std::to_string(destination.dead()),
                    destination.dead() > 0 ? Tone::kBad : Tone::kPlain});
  card.Add("made", Dated(destination.create_time(), session.now()));
  return card.Text(session.style());
}

std::optional<Trouble> ReadDestination(Session& session, const std::string& id,
                                       v1::Destination& destination) {
  v1::GetDestinationRequest request;
  request.set_destination(id);
  v1::GetDestinationResponse response;
  auto trouble =
      session.client.Call<Destinations>(&DestinationStub::GetDestination, request, response);
  if (!trouble) destination = response.destination();
  return trouble;
}

Trouble WrongDestinationUse(const std::string& message, const std::string& hint) {
  return {kUsage, message, {}, hint, {}};
}

/// "name=value" of each; nothing when one is no such pair.
std::optional<std::map<std::string, std::string>> SettingPairsOf(
    const std::vector<std::string>& texts) {
  std::map<std::string, std::string> pairs;
  for (const std::string& text : texts) {
    const std::size_t at = text.find('=');
    if (at == std::string::npos || at == 0) return {};
    pairs[text.substr(0, at)] = text.substr(at + 1);
  }
  return pairs;
}

std::optional<Trouble> AddPairs(const std::vector<std::string>& settings,
                                const std::vector<std::string>& secrets,
                                v1::Destination& destination) {
  const auto named = SettingPairsOf(settings);
  const auto sealed = SettingPairsOf(secrets);
  if (!named || !sealed) {
    return WrongDestinationUse(
        "--set and --secret take NAME=VALUE",
        "such as --set url=https://example.com/hook --secret signing_secret=hook");
  }
  for (const auto& [name, value] : *named)
    (*destination.mutable_settings()->mutable_fields())[name].set_string_value(value);
  for (const auto& [name, value] : *sealed) (*destination.mutable_secrets())[name] = value;
  return {};
}

// ---- the guide
// --------------------------------------------------------------------------------------------------

/// Asks a person, step by step, for what the command line left out.
class Guide {
 public:
  Guide(Session& session, v1::Destination& destination)
      : session_(session), destination_(destination) {}

  /// Nothing: all that is needed is there.
  std::optional<Trouble> Walk(bool events_given, bool numbers_given) {
    if (auto trouble = ChooseAccount()) return trouble;
    if (auto trouble = ChooseSink()) return trouble;
    FillSettings();
    if (auto trouble = FillSecrets()) return trouble;
    if (destination_.name().empty())
      destination_.set_name(Ask("Name of the destination", destination_.sink()));
    if (!events_given) {
      if (auto trouble = ChooseEvents()) return trouble;
    }
    return numbers_given ? std::nullopt : ChooseNumbers();
  }

 private:
  void Say(const std::string& text) { session_.environment().err << text << "\n"; }

  std::string Ask(const std::string& question, const std::string& otherwise) {
    session_.environment().err << question;
    if (!otherwise.empty()) session_.environment().err << " [" << otherwise << "]";
    session_.environment().err << ": " << std::flush;
    std::string line;
    std::getline(session_.environment().in, line);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    return line.empty() ? otherwise : line;
  }

  /// One of several, by number or as itself; empty when there is none.
  std::string AskOne(const std::string& question, const std::vector<std::string>& values,
                     const std::vector<std::string>& shown) {
    for (std::size_t i = 0; i < values.size(); ++i)
      Say("  " + std::to_string(i + 1) + "  " + Printable(shown[i]));
    const std::string answer = Ask(question, values.size() == 1 ? "1" : "");
    const auto chosen = Chosen(answer, values);
    return chosen.size() == 1 ? chosen.front() : answer;
  }

  /// "1, 3-5" of the values; what is no number stands for itself.
  static std::vector<std::string> Chosen(const std::string& answer,
                                         const std::vector<std::string>& values) {
    std::vector<std::string> chosen;
    std::istringstream parts(answer);
    for (std::string part; std::getline(parts, part, ',');) {
      while (!part.empty() && part.front() == ' ') part.erase(part.begin());
      while (!part.empty() && part.back() == ' ') part.pop_back();
      if (part.empty()) continue;
      const std::size_t dash = part.find('-');
      const auto first = NumberIn(part.substr(0, dash));
      const auto last = dash == std::string::npos ? first : NumberIn(part.substr(dash + 1));
      if (!first || !last || *first < 1 || *last > values.size()) {
        chosen.push_back(part);
        continue;
      }
      for (std::size_t i = *first; i <= *last; ++i) chosen.push_back(values[i - 1]);
    }
    return chosen;
  }

  static std::optional<std::size_t> NumberIn(const std::string& text) {
    if (text.empty() || text.size() > 4 || !std::ranges::all_of(text, IsDigit)) return {};
    return std::stoul(text);
  }

  std::optional<Trouble> ChooseAccount() {
    if (!destination_.account().empty()) return {};
    v1::ListAccountsRequest request;
    request.set_page_size(static_cast<int>(kMostOffered));
    v1::ListAccountsResponse response;
    if (auto trouble = session_.client.Call<v1::AccountService>(
            &v1::AccountService::StubInterface::ListAccounts, request, response))
      return trouble;
    if (response.accounts().empty())
      return WrongDestinationUse("there is no account whose events could go anywhere",
                                 "connect one: switchboard account connect --wait");
    std::vector<std::string> ids;
    std::vector<std::string> shown;
    for (const v1::Account& account : response.accounts()) {
      ids.push_back(account.id());
      shown.push_back(account.id() + "  " + account.display_name() + " (" + account.tenant() + ")");
    }
    Say("Whose events?");
    destination_.set_account(AskOne("Account", ids, shown));
    return {};
  }

  std::optional<Trouble> ChooseSink() {
    v1::ListSinksResponse response;
    if (auto trouble = session_.client.Call<Destinations>(&DestinationStub::ListSinks,
                                                          v1::ListSinksRequest(), response))
      return trouble;
    if (destination_.sink().empty()) {
      std::vector<std::string> names;
      std::vector<std::string> shown;
      for (const v1::Sink& sink : response.sinks()) {
        names.push_back(sink.name());
        shown.push_back(sink.name() + "  " + sink.title());
      }
      Say("Where to?");
      destination_.set_sink(AskOne("Destination", names, shown));
    }
    for (const v1::Sink& sink : response.sinks()) {
      if (sink.name() == destination_.sink()) sink_ = sink;
    }
    return {};
  }

  /// What is needed first, then the rest, each by name: a map of protobuf has no order of its own.
  std::vector<std::string> SettingNames(const google::protobuf::Struct& properties) const {
    std::vector<std::string> needed;
    const auto required = sink_.settings_schema().fields().find("required");
    if (required != sink_.settings_schema().fields().end()) {
      for (const auto& name : required->second.list_value().values())
        needed.push_back(name.string_value());
    }
    std::vector<std::string> others;
    for (const auto& [name, property] : properties.fields()) {
      if (std::ranges::count(needed, name) == 0) others.push_back(name);
    }
    std::ranges::sort(others);
    needed.insert(needed.end(), others.begin(), others.end());
    return needed;
  }

  /// Each setting that was not given; Enter takes its default.
  void FillSettings() {
    const auto found = sink_.settings_schema().fields().find("properties");
    if (found == sink_.settings_schema().fields().end()) return;
    const google::protobuf::Struct& properties = found->second.struct_value();
    for (const std::string& name : SettingNames(properties)) {
      const auto property = properties.fields().find(name);
      const bool given = destination_.settings().fields().contains(name);
      if (given || property == properties.fields().end()) continue;
      const auto& facts = property->second.struct_value().fields();
      const auto usual = facts.find("default");
      const std::string answer =
          Ask(name, usual == facts.end() ? "" : usual->second.string_value());
      if (!answer.empty())
        (*destination_.mutable_settings()->mutable_fields())[name].set_string_value(answer);
    }
  }

  /// A secret is named, or typed in and stored under a name.
  std::optional<Trouble> FillSecrets() {
    for (const v1::Sink::SecretField& field : sink_.secrets()) {
      if (destination_.secrets().contains(field.name())) continue;
      Say(field.label() + ": " + field.help());
      const std::string kept =
          Ask("  name of the secret (kept already, or to be kept)",
              field.required() ? destination_.sink() + "-" + field.name() : "");
      if (kept.empty()) continue;
      if (auto trouble = OfferToStore(kept)) return trouble;
      (*destination_.mutable_secrets())[field.name()] = kept;
    }
    return {};
  }

  std::optional<Trouble> OfferToStore(const std::string& name) {
    if (!session_.environment().ask_hidden) return {};
    const std::string value =
        session_.environment().ask_hidden("  its value (not shown; Enter: it is kept already): ");
    if (value.empty()) return {};
    v1::GetAccountRequest whose;
    whose.set_account(destination_.account());
    v1::GetAccountResponse account;
    if (auto trouble = session_.client.Call<v1::AccountService>(
            &v1::AccountService::StubInterface::GetAccount, whose, account))
      return trouble;
    v1::SetSecretRequest request;
    request.set_tenant(account.account().tenant());
    request.set_name(name);
    request.set_value(value);
    v1::SetSecretResponse response;
    return session_.client.Call<v1::SecretService>(&v1::SecretService::StubInterface::SetSecret,
                                                   request, response);
  }

  std::optional<Trouble> ChooseEvents() {
    v1::GetAccountRequest whose;
    whose.set_account(destination_.account());
    v1::GetAccountResponse account;
    if (auto trouble = session_.client.Call<v1::AccountService>(
            &v1::AccountService::StubInterface::GetAccount, whose, account))
      return trouble;
    v1::GetConnectorRequest request;
    request.set_connector(account.account().connector());
    v1::GetConnectorResponse response;
    if (auto trouble = session_.client.Call<v1::ConnectorService>(
            &v1::ConnectorService::StubInterface::GetConnector, request, response))
      return trouble;
    std::vector<std::string> types;
    for (const v1::EventKind& kind : response.connector().events()) {
      Say("  " + std::to_string(types.size() + 1) + "  " + kind.name() + "  " +
          Printable(kind.description()));
      types.push_back(kind.type());
    }
    const std::string answer = Ask("Events (all, or such as 1,3-5, or types with *)", "all");
    if (answer != "all") {
      for (const std::string& type : Chosen(answer, types)) destination_.add_event_types(type);
    }
    return {};
  }

  std::optional<Trouble> ChooseNumbers() {
    v1::ListAccountNumbersRequest request;
    request.set_account(destination_.account());
    v1::ListAccountNumbersResponse response;
    if (auto trouble = session_.client.Call<Destinations>(&DestinationStub::ListAccountNumbers,
                                                          request, response)) {
      // Numbers can be chosen later; the destination is worth having without.
      Say("the numbers cannot be listed now (" + trouble->message + "): events of all will go");
      return {};
    }
    if (response.numbers().empty()) return {};
    std::vector<std::string> ids;
    for (const auto& number : response.numbers()) {
      Say("  " + std::to_string(ids.size() + 1) + "  " + Printable(number.name()) + "  " +
          number.id());
      ids.push_back(number.id());
    }
    const std::string answer = Ask("Numbers (all, or such as 1,3-5)", "all");
    if (answer != "all") {
      for (const std::string& id : Chosen(answer, ids)) destination_.add_numbers(id);
    }
    return {};
  }

  Session& session_;
  v1::Destination& destination_;
  v1::Sink sink_;
};

int ShowDestination(Session& session, const v1::Destination& destination) {
  return session.Show(destination, [&] { return DestinationCard(session, destination); });
}

std::optional<Trouble> ReadReplayTime(const std::string& flag, const std::string& text,
                                      google::protobuf::Timestamp* time) {
  if (text.empty()) return {};
  const auto when = ParseRfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!when) {
    return WrongDestinationUse(flag + " is '" + text + "', which is no time",
                               "such as 2026-06-01T09:30:00Z, or a day");
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*when);
  time->set_seconds(seconds.time_since_epoch().count());
  time->set_nanos(static_cast<int>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(*when - seconds).count()));
  return {};
}

}  // namespace

int ListSinks(Session& session) {
  v1::ListSinksResponse response;
  if (auto trouble = session.client.Call<Destinations>(&DestinationStub::ListSinks,
                                                       v1::ListSinksRequest(), response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    Table table({{"SINK", true}, {"TITLE"}, {"SETTINGS"}, {"SECRETS"}});
    for (const v1::Sink& sink : response.sinks()) {
      std::vector<std::string> settings;
      const auto& schema = sink.settings_schema().fields();
      if (const auto found = schema.find("properties"); found != schema.end()) {
        for (const auto& [name, property] : found->second.struct_value().fields())
          settings.push_back(name);
      }
      std::ranges::sort(settings);
      std::vector<std::string> secrets;
      for (const auto& field : sink.secrets())
        secrets.push_back(field.name() + (field.required() ? "" : " (optional)"));
      table.Add({sink.name(), sink.title(), JoinedTexts(settings, "-"), JoinedTexts(secrets, "-")});
    }
    return table.Text(session.style());
  });
}

int AddDestination(Session& session, const AddDestinationOptions& options) {
  v1::CreateDestinationRequest request;
  v1::Destination& destination = *request.mutable_destination();
  destination.set_account(options.account);
  destination.set_name(options.name);
  destination.set_sink(options.sink);
  if (auto trouble = AddPairs(options.settings, options.secrets, destination))
    return session.Fail(*trouble);
  for (const std::string& type : options.events) destination.add_event_types(type);
  for (const std::string& number : options.numbers) destination.add_numbers(number);
  // A person is there where something typed can be hidden, and reads what is asked.
  const bool guided = !options.no_input && session.WantsTable() &&
                      static_cast<bool>(session.environment().ask_hidden);
  const bool whole = !options.account.empty() && !options.sink.empty() && !options.name.empty();
  if (!whole && !guided) {
    return session.Misuse("--account, --sink and --name are needed where nobody can be asked",
                          "switchboard destination sinks shows where events can go");
  }
  if (!whole) {
    if (auto trouble =
            Guide(session, destination).Walk(!options.events.empty(), !options.numbers.empty()))
      return session.Fail(*trouble);
  }
  v1::CreateDestinationResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::CreateDestination, request, response))
    return session.Fail(*trouble);
  ShowDestination(session, response.destination());
  if (!whole)
    session.environment().err << "try it: switchboard destination test "
                              << response.destination().id() << "\n";
  return kOk;
}

int UpdateDestination(Session& session, const UpdateDestinationOptions& options) {
  v1::UpdateDestinationRequest request;
  v1::Destination& destination = *request.mutable_destination();
  if (auto trouble = ReadDestination(session, options.destination, destination))
    return session.Fail(*trouble);
  if (!options.name.empty()) destination.set_name(options.name);
  if (auto trouble = AddPairs(options.settings, options.secrets, destination))
    return session.Fail(*trouble);
  if (options.all_events || !options.events.empty()) destination.clear_event_types();
  for (const std::string& type : options.events) destination.add_event_types(type);
  if (options.all_numbers || !options.numbers.empty()) destination.clear_numbers();
  for (const std::string& number : options.numbers) destination.add_numbers(number);
  v1::UpdateDestinationResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::UpdateDestination, request, response))
    return session.Fail(*trouble);
  return ShowDestination(session, response.destination());
}

int ListDestinations(Session& session, const std::string& account) {
  v1::ListDestinationsRequest request;
  request.set_account(account);
  v1::ListDestinationsResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::ListDestinations, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.destinations().empty()) return "no destinations\n";
    Table table({{"DESTINATION", true}, {"NAME"}, {"SINK"}, {"EVENTS"}, {"STATE"}, {"REASON"}});
    for (const v1::Destination& destination : response.destinations()) {
      table.Add({destination.id(), destination.name(), destination.sink(),
                 JoinedTexts(destination.event_types(), "all"), DestinationStateCell(destination),
                 destination.reason()});
    }
    return table.Text(session.style());
  });
}

int GetDestination(Session& session, const std::string& destination) {
  v1::Destination found;
  if (auto trouble = ReadDestination(session, destination, found)) return session.Fail(*trouble);
  return ShowDestination(session, found);
}

int PauseDestination(Session& session, const std::string& destination) {
  v1::PauseDestinationRequest request;
  request.set_destination(destination);
  v1::PauseDestinationResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::PauseDestination, request, response))
    return session.Fail(*trouble);
  return ShowDestination(session, response.destination());
}

int ResumeDestination(Session& session, const std::string& destination) {
  v1::ResumeDestinationRequest request;
  request.set_destination(destination);
  v1::ResumeDestinationResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::ResumeDestination, request, response))
    return session.Fail(*trouble);
  return ShowDestination(session, response.destination());
}

int DeleteDestination(Session& session, const std::string& destination) {
  v1::DeleteDestinationRequest request;
  request.set_destination(destination);
  v1::DeleteDestinationResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::DeleteDestination, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] { return destination + " is deleted\n"; });
}

int TestDestination(Session& session, const std::string& destination) {
  v1::TestDestinationRequest request;
  request.set_destination(destination);
  v1::TestDestinationResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::TestDestination, request, response))
    return session.Fail(*trouble);
  const bool taken = response.error_code().empty();
  session.Show(response, [&] {
    Card card;
    card.Add("example", {taken ? "taken" : "not taken", taken ? Tone::kGood : Tone::kBad});
    if (response.status() != 0) card.Add("status", std::to_string(response.status()));
    card.Add("why", response.error_code());
    card.Add("says", response.error_message());
    card.Add("after", ToHumanText(ToMillis(response.duration())));
    card.Add("event", response.event());
    return card.Text(session.style());
  });
  return taken ? kOk : kRefused;
}

int ListDeliveries(Session& session, const ListDeliveriesOptions& options) {
  v1::ListDeliveriesRequest request;
  request.set_destination(options.destination);
  if (options.state == "pending") request.set_state(v1::OnwardDelivery::STATE_PENDING);
  if (options.state == "delivered") request.set_state(v1::OnwardDelivery::STATE_DELIVERED);
  if (options.state == "dead") request.set_state(v1::OnwardDelivery::STATE_DEAD);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListDeliveriesResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::ListDeliveries, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.deliveries().empty()) return "no deliveries\n";
    Table table({{"EVENT", true},
                 {"TYPE"},
                 {"STATE"},
                 {"TRIES"},
                 {"STATUS"},
                 {"TRIED"},
                 {"NEXT"},
                 {"REASON"}});
    for (const v1::OnwardDelivery& delivery : response.deliveries()) {
      const std::string state = Word(v1::OnwardDelivery::State_Name(delivery.state()), "STATE_");
      const Tone tone = delivery.state() == v1::OnwardDelivery::STATE_DELIVERED ? Tone::kGood
                        : delivery.state() == v1::OnwardDelivery::STATE_DEAD    ? Tone::kBad
                                                                                : Tone::kBusy;
      table.Add({delivery.event(),
                 delivery.type(),
                 {state, tone},
                 std::to_string(delivery.tries()),
                 delivery.status() == 0 ? "" : std::to_string(delivery.status()),
                 Relative(delivery.try_time(), session.now()),
                 Relative(delivery.due_time(), session.now()),
                 delivery.reason()});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int ReplayDeliveries(Session& session, const ReplayDeliveriesOptions& options) {
  v1::ReplayDeliveriesRequest request;
  request.set_destination(options.destination);
  if (!options.from.empty()) {
    if (auto trouble = ReadReplayTime("--from", options.from, request.mutable_receive_from()))
      return session.Fail(*trouble);
  }
  if (!options.before.empty()) {
    if (auto trouble = ReadReplayTime("--before", options.before, request.mutable_receive_before()))
      return session.Fail(*trouble);
  }
  for (const std::string& type : options.events) request.add_event_types(type);
  request.set_dead_only(options.dead);
  request.set_max_events(options.most);
  request.set_validate_only(options.dry_run);
  v1::ReplayDeliveriesResponse response;
  if (auto trouble =
          session.client.Call<Destinations>(&DestinationStub::ReplayDeliveries, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    std::string text = std::to_string(response.events()) +
                       (options.dry_run ? " events would go again\n" : " events go again\n");
    if (response.more()) text += "there are more: these are the latest; see --max-events\n";
    return text;
  });
}

}  // namespace sb::app::cli
