#include "engine/api/destination_service.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/accounts/onward_delivery.h"
#include "engine/accounts/onward_replay.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/api/account_reach.h"
#include "engine/api/destination_mapping.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/connector/connector.h"
#include "engine/ports/clock.h"
#include "engine/ports/secret_store.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Account;
using ports::Destination;
using ports::DestinationState;
using ports::Role;

constexpr std::size_t kLongestDestinationName = 100;
constexpr std::size_t kMostSettingsBytes = 16UL * 1024;
constexpr std::size_t kMostDestinations = 20;
constexpr std::size_t kMostDestinationSecrets = 8;
constexpr int kUsualReplay = 10'000;
constexpr int kMostReplayed = 100'000;

/// What the caller may not see looks exactly like what does not exist.
std::variant<Destination, Failure> FindDestination(const Dependencies& deps, const Caller& caller,
                                                   const std::string& field,
                                                   const std::string& text) {
  const auto id = ports::ParseDestinationId(text);
  if (!id) return WrongField(field, "must be the id of a destination, such as dst_01hv3k7q8s0g");
  auto destination = deps.destinations.Get(*id);
  if (!destination.ok() && destination.error().kind != ErrorKind::kNotFound)
    return Failure(destination.error());
  if (destination.ok()) {
    const auto reached = AccountReach(deps.accounts, caller).Includes(destination->account);
    if (!reached.ok()) return Failure(reached.error());
    if (*reached) return std::move(*destination);
  }
  return Failure(NotFound(
      "DESTINATION_NOT_FOUND",
      "there is no destination " + text + ": list those of an account to see which there are"));
}

/// A fault of a field by the code that says it.
Failure AtFieldOf(const std::string& field, const Error& error) {
  if (error.kind != ErrorKind::kInvalid) return error;
  return WrongField(field, error.message, error.code);
}

Outcome ReadEventChoice(const v1::Destination& wanted, Destination& destination) {
  destination.choice.types = {wanted.event_types().begin(), wanted.event_types().end()};
  destination.choice.numbers = {wanted.numbers().begin(), wanted.numbers().end()};
  const Status right = core::onward::CheckChoice(destination.choice);
  return right.ok() ? Outcome() : AtFieldOf("destination.event_types", right.error());
}

Outcome ReadSinkSettings(const connector::Sink& sink, const v1::Destination& wanted,
                         Destination& destination) {
  if (wanted.settings().ByteSizeLong() > kMostSettingsBytes)
    return WrongField("destination.settings", "take up to 16 KiB");
  auto settings = connector::FillInSettings(sink, ToJson(wanted.settings()));
  if (!settings.ok()) return AtFieldOf("destination.settings", settings.error());
  destination.settings = *std::move(settings);
  return {};
}

/// That each secret is one of the sink's, that it is there, and that none is missing.
Outcome ReadDestinationSecrets(const Dependencies& deps, const connector::Sink& sink,
                               const std::string& tenant, const v1::Destination& wanted,
                               Destination& destination) {
  if (static_cast<std::size_t>(wanted.secrets_size()) > kMostDestinationSecrets)
    return WrongField("destination.secrets", "names more secrets than any sink has");
  destination.secrets = {wanted.secrets().begin(), wanted.secrets().end()};
  for (const auto& [name, of_tenant] : destination.secrets) {
    const bool known = std::ranges::count(sink.secrets, name, &connector::SinkSecret::name) > 0;
    if (!known) {
      return WrongField("destination.secrets",
                        "the sink " + sink.name + " has no secret `" + name.substr(0, 60) + "`");
    }
    const auto stored = deps.secrets.Find(tenant, of_tenant);
    if (!stored.ok()) return Failure(stored.error());
    if (!*stored) {
      return WrongField("destination.secrets",
                        "the tenant has no secret `" + of_tenant.substr(0, 60) +
                            "`; set it with `switchboard secret set`",
                        "ONWARD_SECRET_MISSING");
    }
  }
  for (const connector::SinkSecret& secret : sink.secrets) {
    if (!secret.required || destination.secrets.contains(secret.name)) continue;
    return WrongField("destination.secrets",
                      "name a secret for `" + secret.name + "`. " + secret.help,
                      "ONWARD_SECRET_MISSING");
  }
  return {};
}

Outcome ListNumbersInto(const Dependencies& deps, const Caller& caller, const std::string& text,
                        v1::ListAccountNumbersResponse& response) {
  constexpr int kMostNumberPages = 20;
  auto found = AccountReach(deps.accounts, caller).Find("account", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& account = std::get<Account>(found);
  const connector::Connector* connector = deps.connectors.FindConnector(account.connector);
  if (connector == nullptr) return {};
  const auto spec = accounts::ReadProviderSpec(*connector);
  if (!spec.ok()) return Failure(spec.error());
  if (!spec->check.numbers) return {};
  const accounts::Provider provider(deps.expressions,
                                    accounts::ForAccount(deps.actions, *connector, account.id));
  const auto numbers = provider.List(*spec->check.numbers, kMostNumberPages);
  if (!numbers.ok()) return Failure(numbers.error());
  for (const Json& number : *numbers) {
    v1::ListAccountNumbersResponse::Number& told = *response.add_numbers();
    told.set_id(accounts::AsText(Member(number, "id")));
    told.set_name(accounts::AsText(Member(number, "name")));
  }
  return {};
}

/// All that create and update have in common.
Outcome ReadDestination(const Dependencies& deps, const std::string& tenant,
                        const v1::Destination& wanted, Destination& destination) {
  if (destination.name.empty() || destination.name.size() > kLongestDestinationName)
    return WrongField("destination.name", "takes 1 to 100 bytes");
  const connector::Sink* sink = deps.connectors.FindSink(destination.sink);
  if (sink == nullptr) {
    return WrongField("destination.sink",
                      "there is no sink '" + destination.sink.substr(0, 60) +
                          "': ListSinks shows which there are",
                      "ONWARD_SINK_UNKNOWN");
  }
  if (auto wrong = ReadSinkSettings(*sink, wanted, destination)) return wrong;
  if (auto wrong = ReadEventChoice(wanted, destination)) return wrong;
  return ReadDestinationSecrets(deps, *sink, tenant, wanted, destination);
}

Outcome CreateDestinationInto(const Dependencies& deps, const Caller& caller,
                              const v1::CreateDestinationRequest& request,
                              v1::Destination& response) {
  const v1::Destination& wanted = request.destination();
  auto found = AccountReach(deps.accounts, caller).Find("destination.account", wanted.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& account = std::get<Account>(found);
  Destination destination;
  destination.created_at = deps.clock.Now();
  destination.since = destination.created_at;
  destination.slot = account.slot;
  destination.account = account.id;
  destination.name = wanted.name();
  destination.sink = wanted.sink();
  if (auto wrong = ReadDestination(deps, account.tenant, wanted, destination)) return wrong;
  const auto others = deps.destinations.List(account.id);
  if (!others.ok()) return Failure(others.error());
  if (others->size() >= kMostDestinations) {
    return Failure(Conflict("DESTINATIONS_FULL",
                            "the account has 20 destinations, which is the most: delete one"));
  }
  if (request.validate_only()) {
    response = ToProto(destination);
    response.clear_id();
    return {};
  }
  destination.id = deps.ids.Next<ports::DestinationTag>(destination.created_at);
  if (const Status made = deps.destinations.Create(destination); !made.ok())
    return Failure(made.error());
  deps.on_enablement_changed();
  response = ToProto(destination);
  return {};
}

Outcome UpdateDestinationInto(const Dependencies& deps, const Caller& caller,
                              const v1::Destination& wanted, v1::Destination& response) {
  auto found = FindDestination(deps, caller, "destination.id", wanted.id());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  auto& destination = std::get<Destination>(found);
  if (!wanted.sink().empty() && wanted.sink() != destination.sink)
    return WrongField("destination.sink", "cannot be changed: make another destination");
  if (!wanted.account().empty() && wanted.account() != ToText(destination.account))
    return WrongField("destination.account", "cannot be changed: make another destination");
  if (!wanted.name().empty()) destination.name = wanted.name();
  const auto account = deps.accounts.Get(destination.account);
  if (!account.ok()) return Failure(account.error());
  if (auto wrong = ReadDestination(deps, account->tenant, wanted, destination)) return wrong;
  const auto saved = deps.destinations.Save(destination);
  if (!saved.ok()) return Failure(saved.error());
  deps.on_enablement_changed();
  deps.on_onward_changed();
  response = ToProto(destination);
  return {};
}

Outcome GetDestinationInto(const Dependencies& deps, const Caller& caller, const std::string& text,
                           v1::Destination& response) {
  auto found = FindDestination(deps, caller, "destination", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& destination = std::get<Destination>(found);
  auto counts = deps.deliveries.Count(destination.id);
  if (!counts.ok()) return Failure(counts.error());
  response = ToProto(destination);
  response.set_pending((*counts)[ports::DeliveryState::kPending]);
  response.set_delivered((*counts)[ports::DeliveryState::kDelivered]);
  response.set_dead((*counts)[ports::DeliveryState::kDead]);
  return {};
}

Outcome ListDestinationsInto(const Dependencies& deps, const Caller& caller,
                             const std::string& text, v1::ListDestinationsResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto destinations = deps.destinations.List(std::get<Account>(found).id);
  if (!destinations.ok()) return Failure(destinations.error());
  for (const Destination& destination : *destinations)
    *response.add_destinations() = ToProto(destination);
  return {};
}

/// Pauses, or goes on at once, whatever was in the way.
Outcome SetDestinationState(const Dependencies& deps, const Caller& caller, const std::string& text,
                            DestinationState state, v1::Destination& response) {
  auto found = FindDestination(deps, caller, "destination", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  auto& destination = std::get<Destination>(found);
  destination.state = state;
  destination.reason.clear();
  destination.failures = 0;
  destination.not_before.reset();
  const auto saved = deps.destinations.Save(destination);
  if (!saved.ok()) return Failure(saved.error());
  deps.on_onward_changed();
  response = ToProto(destination);
  return {};
}

Outcome RemoveDestination(const Dependencies& deps, const Caller& caller, const std::string& text) {
  auto found = FindDestination(deps, caller, "destination", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const Status gone = deps.destinations.Delete(std::get<Destination>(found).id);
  if (!gone.ok()) return Failure(gone.error());
  deps.on_enablement_changed();
  return {};
}

Outcome TestDestinationInto(const Dependencies& deps, const Caller& caller, const std::string& text,
                            v1::TestDestinationResponse& response) {
  auto found = FindDestination(deps, caller, "destination", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto trial = deps.onward.Try(std::get<Destination>(found));
  if (!trial.ok()) return Failure(trial.error());
  response.set_status(trial->status);
  response.set_error_code(trial->code);
  response.set_error_message(trial->message);
  *response.mutable_duration() = ToDuration(trial->took);
  response.set_event(ToText(trial->event));
  return {};
}

Outcome ListDeliveriesInto(const Dependencies& deps, const Caller& caller,
                           const v1::ListDeliveriesRequest& request,
                           v1::ListDeliveriesResponse& response) {
  auto found = FindDestination(deps, caller, "destination", request.destination());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  if (!v1::OnwardDelivery::State_IsValid(request.state()))
    return WrongField("state", "is no state of a delivery");
  const ports::DeliveryFilter filter{std::get<Destination>(found).id, ToState(request.state())};
  const std::string scope =
      "deliveries\n" + request.destination() + "\n" + std::to_string(request.state());
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto listed = deps.deliveries.List(filter, std::get<ports::PageRequest>(page));
  if (!listed.ok()) return Failure(listed.error());
  for (const ports::Delivery& delivery : listed->items)
    *response.add_deliveries() = ToProto(delivery);
  response.set_next_page_token(MakePageToken(listed->next_before, scope));
  return {};
}

/// Cut to the years 1 to 9999, which are those that a timestamp may name.
WallTime TimeOfStamp(const google::protobuf::Timestamp& stamp) {
  constexpr std::int64_t kFirst = -62135596800;
  constexpr std::int64_t kLast = 253402300799;
  return WallTime(std::chrono::seconds(std::clamp(stamp.seconds(), kFirst, kLast)) +
                  std::chrono::microseconds(stamp.nanos() / 1000));
}

Outcome ReadReplayWish(const v1::ReplayDeliveriesRequest& request,
                       accounts::OnwardReplayWish& wish) {
  if (request.has_receive_from()) wish.received.from = TimeOfStamp(request.receive_from());
  if (request.has_receive_before()) wish.received.before = TimeOfStamp(request.receive_before());
  wish.only.types = {request.event_types().begin(), request.event_types().end()};
  const Status right = core::onward::CheckChoice(wish.only);
  if (!right.ok()) return AtFieldOf("event_types", right.error());
  if (request.max_events() < 0 || request.max_events() > kMostReplayed)
    return WrongField("max_events", "takes 1 to 100000, or 0: 10000");
  wish.most = request.max_events() == 0 ? kUsualReplay : request.max_events();
  wish.dead_only = request.dead_only();
  wish.dry_run = request.validate_only();
  return {};
}

Outcome ReplayDeliveriesInto(const Dependencies& deps, const Caller& caller,
                             const v1::ReplayDeliveriesRequest& request,
                             v1::ReplayDeliveriesResponse& response) {
  if (!request.validate_only()) {
    if (Status may = RequireRole(caller, Role::kOperator); !may.ok()) return Failure(may.error());
  }
  auto found = FindDestination(deps, caller, "destination", request.destination());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& destination = std::get<Destination>(found);
  accounts::OnwardReplayWish wish;
  if (auto wrong = ReadReplayWish(request, wish)) return wrong;
  const auto account = deps.accounts.Get(destination.account);
  if (!account.ok()) return Failure(account.error());
  const auto replayed = accounts::ReplayOnward(destination, wish, deps.inbox, deps.deliveries,
                                               deps.connectors.FindConnector(account->connector),
                                               deps.expressions, deps.clock);
  if (!replayed.ok()) return Failure(replayed.error());
  if (!request.validate_only()) deps.on_onward_changed();
  response.set_events(replayed->events);
  response.set_more(replayed->more);
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* DestinationService::ListSinks(grpc::CallbackServerContext* context,
                                                        const v1::ListSinksRequest* /*request*/,
                                                        v1::ListSinksResponse* response) {
  return gate_.Answer(context, {"DestinationService/ListSinks", Role::kViewer},
                      [this, response](const Caller& /*caller*/) {
                        for (const connector::Sink* sink : deps_.connectors.Sinks())
                          *response->add_sinks() = ToProto(*sink);
                        return Outcome();
                      });
}

grpc::ServerUnaryReactor* DestinationService::ListAccountNumbers(
    grpc::CallbackServerContext* context, const v1::ListAccountNumbersRequest* request,
    v1::ListAccountNumbersResponse* response) {
  return gate_.Answer(context, {"DestinationService/ListAccountNumbers", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListNumbersInto(deps_, caller, request->account(), *response);
                      });
}

grpc::ServerUnaryReactor* DestinationService::CreateDestination(
    grpc::CallbackServerContext* context, const v1::CreateDestinationRequest* request,
    v1::CreateDestinationResponse* response) {
  return gate_.Answer(context, {"DestinationService/CreateDestination", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return CreateDestinationInto(deps_, caller, *request,
                                                     *response->mutable_destination());
                      });
}

grpc::ServerUnaryReactor* DestinationService::UpdateDestination(
    grpc::CallbackServerContext* context, const v1::UpdateDestinationRequest* request,
    v1::UpdateDestinationResponse* response) {
  return gate_.Answer(context, {"DestinationService/UpdateDestination", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return UpdateDestinationInto(deps_, caller, request->destination(),
                                                     *response->mutable_destination());
                      });
}

grpc::ServerUnaryReactor* DestinationService::GetDestination(
    grpc::CallbackServerContext* context, const v1::GetDestinationRequest* request,
    v1::GetDestinationResponse* response) {
  return gate_.Answer(context, {"DestinationService/GetDestination", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetDestinationInto(deps_, caller, request->destination(),
                                                  *response->mutable_destination());
                      });
}

grpc::ServerUnaryReactor* DestinationService::ListDestinations(
    grpc::CallbackServerContext* context, const v1::ListDestinationsRequest* request,
    v1::ListDestinationsResponse* response) {
  return gate_.Answer(context, {"DestinationService/ListDestinations", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListDestinationsInto(deps_, caller, request->account(), *response);
                      });
}

grpc::ServerUnaryReactor* DestinationService::PauseDestination(
    grpc::CallbackServerContext* context, const v1::PauseDestinationRequest* request,
    v1::PauseDestinationResponse* response) {
  return gate_.Answer(context, {"DestinationService/PauseDestination", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetDestinationState(deps_, caller, request->destination(),
                                                   DestinationState::kPaused,
                                                   *response->mutable_destination());
                      });
}

grpc::ServerUnaryReactor* DestinationService::ResumeDestination(
    grpc::CallbackServerContext* context, const v1::ResumeDestinationRequest* request,
    v1::ResumeDestinationResponse* response) {
  return gate_.Answer(context, {"DestinationService/ResumeDestination", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetDestinationState(deps_, caller, request->destination(),
                                                   DestinationState::kActive,
                                                   *response->mutable_destination());
                      });
}

grpc::ServerUnaryReactor* DestinationService::DeleteDestination(
    grpc::CallbackServerContext* context, const v1::DeleteDestinationRequest* request,
    v1::DeleteDestinationResponse* /*response*/) {
  return gate_.Answer(context, {"DestinationService/DeleteDestination", Role::kOperator},
                      [this, request](const Caller& caller) {
                        return RemoveDestination(deps_, caller, request->destination());
                      });
}

grpc::ServerUnaryReactor* DestinationService::TestDestination(
    grpc::CallbackServerContext* context, const v1::TestDestinationRequest* request,
    v1::TestDestinationResponse* response) {
  return gate_.Answer(context, {"DestinationService/TestDestination", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return TestDestinationInto(deps_, caller, request->destination(),
                                                   *response);
                      });
}

grpc::ServerUnaryReactor* DestinationService::ListDeliveries(
    grpc::CallbackServerContext* context, const v1::ListDeliveriesRequest* request,
    v1::ListDeliveriesResponse* response) {
  return gate_.Answer(context, {"DestinationService/ListDeliveries", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListDeliveriesInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* DestinationService::ReplayDeliveries(
    grpc::CallbackServerContext* context, const v1::ReplayDeliveriesRequest* request,
    v1::ReplayDeliveriesResponse* response) {
  return gate_.Answer(context, {"DestinationService/ReplayDeliveries", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ReplayDeliveriesInto(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
