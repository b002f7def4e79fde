#include "engine/accounts/onward_delivery.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/accounts/provider.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/connector/sinks.h"
#include "engine/core/onward/batch.h"
#include "engine/runtime/cloud_event.h"

namespace sb::accounts {
namespace {

using ports::Delivery;
using ports::DeliveryState;
using ports::Destination;

constexpr int kMostDueDestinations = 200;
constexpr const char* kOnwardDeliveries = "switchboard_onward_deliveries_total";
constexpr const char* kOnwardRequests = "switchboard_onward_request_seconds";
constexpr const char* kTestType = "dev.switchboard.destination.test";
constexpr std::size_t kBatchIdDigits = 32;

/// Trouble of ours: the database, the vault, a process that ends, too many expressions at once.
bool IsTroubleOfOurs(const Error& error) {
  return error.kind == ErrorKind::kCancelled || error.kind == ErrorKind::kInternal ||
         error.code.starts_with("DATABASE_") || error.code == "EXPRESSION_UNAVAILABLE";
}

/// The same for the same events, in whichever try.
std::string RequestIdOf(const std::vector<Delivery>& deliveries) {
  if (deliveries.size() == 1) return ToText(deliveries.front().event);
  std::string ids;
  for (const Delivery& delivery : deliveries) ids += ToText(delivery.event) + "\n";
  return "batch_" + ToHex(Sha256(ids)).substr(0, kBatchIdDigits);
}

Delivery DeadDelivery(Delivery delivery, const std::string& reason, int status, WallTime now) {
  delivery.state = DeliveryState::kDead;
  delivery.reason = reason;
  delivery.status = status;
  delivery.due_at = now;
  return delivery;
}

const char* OutcomeLabel(const Delivery& delivery) {
  if (delivery.state == DeliveryState::kDelivered) return "delivered";
  return delivery.state == DeliveryState::kDead ? "dead" : "again";
}

}  // namespace

OnwardDelivery::OnwardDelivery(Dependencies dependencies) : deps_(std::move(dependencies)) {
  deps_.metrics.Describe(kOnwardDeliveries,
                         "Tries to hand an event on to a destination, by sink and outcome.");
  deps_.metrics.Describe(kOnwardRequests, "How long destinations took to answer, by sink.");
}

Result<std::vector<Destination>> OnwardDelivery::Due(
    const std::set<ports::DestinationId>& without) {
  return deps_.destinations.Due(deps_.our_slots(), deps_.clock.Now(), without,
                                kMostDueDestinations);
}

OnwardDelivery::Pace OnwardDelivery::Step(Destination destination) {
  const connector::Sink* sink = deps_.connectors.FindSink(destination.sink);
  if (sink == nullptr) return Stop(std::move(destination), "ONWARD_SINK_UNKNOWN");
  const auto settings = connector::FillInSettings(*sink, destination.settings);
  if (!settings.ok()) return Stop(std::move(destination), settings.error().code);
  const auto due =
      deps_.deliveries.Due(destination, deps_.clock.Now(), static_cast<int>(sink->limits.events));
  if (!due.ok()) return Pace::kLater;
  if (due->empty()) return Pace::kDone;
  std::vector<Rendered> rendered;
  std::vector<Delivery> dead;
  for (const ports::DueDelivery& each : *due) {
    auto made = Render(*sink, destination, *settings, each);
    if (made.ok()) {
      rendered.push_back(std::move(*made));
    } else if (IsTroubleOfOurs(made.error())) {
      return Pace::kLater;
    } else {
      dead.push_back(DeadDelivery(each.delivery, made.error().code, 0, deps_.clock.Now()));
    }
  }
  std::vector<core::onward::Candidate> candidates;
  for (const Rendered& each : rendered) candidates.push_back({each.bytes, each.delivery.alone});
  const auto plan = core::onward::NextBatch(candidates, sink->limits);
  for (const std::size_t i : plan.too_large)
    dead.push_back(
        DeadDelivery(rendered[i].delivery, "ONWARD_EVENT_TOO_LARGE", 0, deps_.clock.Now()));
  if (!dead.empty() && !Note(sink->name, dead).ok()) return Pace::kLater;
  std::vector<Rendered> batch;
  for (const std::size_t i : plan.send) batch.push_back(std::move(rendered[i]));
  if (batch.empty()) return Pace::kMore;
  const Outcome outcome = Send(*sink, destination, *settings, batch);
  return Conclude(std::move(destination), std::move(batch), outcome);
}

Result<OnwardDelivery::Rendered> OnwardDelivery::Render(const connector::Sink& sink,
                                                        const Destination& destination,
                                                        const Json& settings,
                                                        const ports::DueDelivery& due) const {
  if (!due.item) {
    return NotFound("ONWARD_EVENT_GONE",
                    "the event was forgotten before the destination could take it");
  }
  const auto account = deps_.accounts.Get(destination.account);
  if (!account.ok()) return account.error();
  const connector::Connector* connector = deps_.connectors.FindConnector(account->connector);
  const auto event = runtime::ToCloudEvent(*due.item, connector);
  if (!event.ok()) {
    return Invalid("ONWARD_EVENT_UNREADABLE",
                   "the event cannot be read (any more): " + event.error().message);
  }
  const auto about = connector::ReadAbout(connector, *event, deps_.expressions);
  if (!about.ok()) return about.error();
  auto message = connector::SinkMessage(sink, *event, *about, settings, deps_.expressions);
  if (!message.ok()) return message.error();
  Rendered rendered{due.delivery, *std::move(message)};
  rendered.bytes = DumpJson(rendered.message).size();
  return rendered;
}

Result<std::map<std::string, Secret>> OnwardDelivery::SecretsOf(
    const connector::Sink& sink, const Destination& destination) const {
  Json wanted = Json::object();
  for (const connector::SinkSecret& secret : sink.secrets) {
    const auto named = destination.secrets.find(secret.name);
    if (named != destination.secrets.end()) {
      wanted[secret.name] = {{"use", named->second}};
    } else if (secret.required) {
      return Forbidden("SECRET_NOT_FOUND",
                       "the destination names no secret for `" + secret.name + "`: " + secret.help);
    }
  }
  const auto filled = deps_.secrets.FillIn(destination.account, wanted);
  if (!filled.ok()) return filled.error();
  std::map<std::string, Secret> secrets;
  for (const auto& [name, value] : filled->items()) {
    if (!value.is_string()) {
      return Invalid("ONWARD_SECRET_INVALID",
                     "the secret for `" + name + "` must be one text, not a mapping");
    }
    secrets.emplace(name, Secret(value.get<std::string>()));
  }
  return secrets;
}

OnwardDelivery::Outcome OnwardDelivery::Send(const connector::Sink& sink,
                                             const Destination& destination, const Json& settings,
                                             const std::vector<Rendered>& batch) const {
  std::vector<Json> messages;
  std::vector<Delivery> deliveries;
  for (const Rendered& each : batch) {
    messages.push_back(each.message);
    deliveries.push_back(each.delivery);
  }
  const auto secrets = SecretsOf(sink, destination);
  auto request = secrets.ok()
                     ? connector::SinkRequest(sink, messages, RequestIdOf(deliveries), settings,
                                              *secrets, deps_.clock.Now(), deps_.expressions)
                     : Result<ports::HttpRequest>(secrets.error());
  if (!request.ok()) {
    Outcome outcome;
    outcome.verdict = core::onward::Verdict::kStopped;
    outcome.reason = request.error().code;
    outcome.message = request.error().message;
    outcome.hindered = IsTroubleOfOurs(request.error());
    return outcome;
  }
  const WallTime began = deps_.clock.Now();
  const auto response = SendAndWait(deps_.http, *std::move(request), deps_.timeout);
  const std::chrono::duration<double> took = deps_.clock.Now() - began;
  deps_.metrics.Observe(kOnwardRequests, took.count(), {{"sink", sink.name}});
  return Judge(response);
}

OnwardDelivery::Outcome OnwardDelivery::Judge(const Result<ports::HttpResponse>& response) const {
  Outcome outcome;
  if (!response.ok()) {
    outcome.reason = response.error().code;
    outcome.message = response.error().message;
    outcome.hindered = response.error().kind == ErrorKind::kCancelled;
    // The address cannot be sent to at all: only a person can change that.
    if (response.error().kind == ErrorKind::kInvalid)
      outcome.verdict = core::onward::Verdict::kStopped;
    return outcome;
  }
  outcome.status = response->status;
  outcome.verdict = core::onward::JudgeStatus(response->status);
  outcome.asked = connector::AskedToWait(*response, deps_.clock.Now());
  if (outcome.verdict == core::onward::Verdict::kDelivered) return outcome;
  outcome.reason = outcome.verdict == core::onward::Verdict::kRefused   ? "ONWARD_REFUSED"
                   : outcome.verdict == core::onward::Verdict::kStopped ? "ONWARD_UNWANTED"
                                                                        : "ONWARD_NOT_TAKEN";
  outcome.message = "the receiver answered " + std::to_string(response->status);
  return outcome;
}

OnwardDelivery::Pace OnwardDelivery::Conclude(Destination destination, std::vector<Rendered> batch,
                                              const Outcome& outcome) {
  if (outcome.hindered) return Pace::kLater;
  const WallTime now = deps_.clock.Now();
  const bool failed = outcome.verdict == core::onward::Verdict::kAgain ||
                      outcome.verdict == core::onward::Verdict::kStopped;
  const bool changes = failed || destination.failures > 0 || destination.not_before;
  destination.failures = failed ? destination.failures + 1 : 0;
  destination.not_before.reset();
  if (outcome.verdict == core::onward::Verdict::kAgain) {
    destination.not_before =
        now + core::onward::WaitBefore(deps_.retries, destination.failures,
                                       ports::ToText(destination.id), outcome.asked);
  }
  std::vector<Delivery> deliveries;
  for (Rendered& each : batch) {
    Delivery& delivery = each.delivery;
    delivery.tries += 1;
    delivery.tried_at = now;
    if (!delivery.first_tried_at) delivery.first_tried_at = now;
    delivery.status = outcome.status;
    delivery.reason = outcome.reason;
    delivery.due_at = now;
    if (outcome.verdict == core::onward::Verdict::kDelivered) {
      delivery.state = DeliveryState::kDelivered;
    } else if (outcome.verdict == core::onward::Verdict::kRefused) {
      // Which of many it was is not known: each is tried by itself.
      if (batch.size() == 1) delivery.state = DeliveryState::kDead;
      delivery.alone = true;
    } else if (outcome.verdict == core::onward::Verdict::kAgain) {
      SetBack(destination, outcome, delivery);
    }
    deliveries.push_back(std::move(delivery));
  }
  if (!Note(destination.sink, deliveries).ok()) return Pace::kLater;
  if (outcome.verdict == core::onward::Verdict::kStopped)
    return Stop(std::move(destination), outcome.reason);
  // Where somebody changed it meanwhile, that stands: the next request finds out anew.
  if (changes) static_cast<void>(deps_.destinations.Save(destination));
  return failed ? Pace::kDone : Pace::kMore;
}

/// The event's own wait: one that the receiver stumbles over holds up what is about the same thing,
/// and not the others for long.
void OnwardDelivery::SetBack(const Destination& destination, const Outcome& outcome,
                             Delivery& delivery) const {
  const WallTime now = deps_.clock.Now();
  if (core::onward::IsGivenUp(deps_.retries, *delivery.first_tried_at, now)) {
    delivery = DeadDelivery(std::move(delivery), "ONWARD_GIVEN_UP", outcome.status, now);
    return;
  }
  // Nobody was there: that says nothing about the event, which goes with the next that is tried.
  delivery.due_at = outcome.status == 0 || outcome.status == 429
                        ? destination.not_before.value_or(now)
                        : now + core::onward::WaitBefore(deps_.retries, delivery.tries,
                                                         ToText(delivery.event), outcome.asked);
}

OnwardDelivery::Pace OnwardDelivery::Stop(Destination destination, const std::string& reason) {
  destination.state = ports::DestinationState::kStopped;
  destination.reason = reason;
  destination.not_before.reset();
  const auto saved = deps_.destinations.Save(destination);
  if (saved.ok()) {
    Log::Warn("onward.destination_stopped",
              {{"destination", ports::ToText(destination.id)}, {"code", reason}});
  }
  return Pace::kLater;
}

Status OnwardDelivery::Note(const std::string& sink, const std::vector<Delivery>& deliveries) {
  Status noted = deps_.deliveries.Note(deliveries);
  if (!noted.ok()) {
    Log::Warn("onward.not_noted", {{"code", noted.error().code}});
    return noted;
  }
  for (const Delivery& delivery : deliveries)
    deps_.metrics.Count(kOnwardDeliveries, {{"sink", sink}, {"outcome", OutcomeLabel(delivery)}});
  return noted;
}

Result<OnwardDelivery::Trial> OnwardDelivery::Try(const Destination& destination) {
  const WallTime now = deps_.clock.Now();
  Trial trial;
  trial.event = deps_.ids.Next<EventTag>(now);
  const auto failed = [&trial](const Error& error) {
    trial.code = error.code;
    trial.message = error.message;
    return trial;
  };
  const connector::Sink* sink = deps_.connectors.FindSink(destination.sink);
  if (sink == nullptr)
    return failed(Invalid("ONWARD_SINK_UNKNOWN", "there is no sink " + destination.sink));
  const auto settings = connector::FillInSettings(*sink, destination.settings);
  if (!settings.ok()) return failed(settings.error());
  core::event::CloudEvent event;
  event.id = trial.event;
  event.account = destination.account;
  event.type = kTestType;
  event.subject = "destinations/" + ports::ToText(destination.id);
  event.time = now;
  event.data = {{"message", "This is an example. Nothing has happened."},
                {"destination", destination.name}};
  auto message = connector::SinkMessage(*sink, event, {}, *settings, deps_.expressions);
  if (!message.ok()) return failed(message.error());
  Rendered rendered;
  rendered.delivery.event = event.id;
  rendered.message = *std::move(message);
  const Outcome outcome = Send(*sink, destination, *settings, {rendered});
  trial.took = std::chrono::duration_cast<Millis>(deps_.clock.Now() - now);
  trial.status = outcome.status;
  trial.code = outcome.reason;
  trial.message = outcome.message;
  return trial;
}

}  // namespace sb::accounts
