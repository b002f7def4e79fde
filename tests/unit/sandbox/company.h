#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "connectors/aircall/sandbox/world/clock.h"
#include "connectors/aircall/sandbox/world/world.h"
#include "engine/base/encoding.h"

// The words in which the sandbox's tests speak.
namespace sb::aircall::sandbox {

using namespace std::chrono_literals;

inline constexpr std::int64_t kStart = 1790700000;  // 2026-09-29T16:40:00Z

class FakeClock final : public Clock {
 public:
  WallTime Now() const override { return now_; }

  void Advance(std::chrono::microseconds by) { now_ += by; }

 private:
  WallTime now_ = FromUnixSeconds(kStart);
};

/// A seeded company whose events are kept.
class WatchedCompany {
 public:
  WatchedCompany() : WatchedCompany(WorldSettings{}) {}

  explicit WatchedCompany(WorldSettings settings)
      : world_(std::move(settings), clock_,
               [this](const Event& event) { events_.push_back(event); }) {
    // Nobody wraps up here, so that a call's own events stand alone.
    for (User& user : world_.directory().users) user.wrap_up = Seconds(0);
  }

  World& operator*() { return world_; }

  World* operator->() { return &world_; }

  FakeClock& clock() { return clock_; }

  const std::vector<Event>& events() const { return events_; }

  std::vector<std::string> EventNames() const {
    std::vector<std::string> names;
    for (const Event& event : events_) names.push_back(event.name);
    return names;
  }

  nlohmann::json LastData() const { return nlohmann::json::parse(events_.back().data); }

  /// An inbound call from Priya, who is a seeded contact, on the support line.
  Call CallFromPriya(bool answered = true) {
    return *world_.PlaceCall(
        {.number_id = 1400001, .external = "+16175550142", .answered = answered}, Pace::kInstant);
  }

 private:
  FakeClock clock_;
  std::vector<Event> events_;
  World world_;
};

/// A contact that can be created.
inline ContactDraft Caller(const std::string& phone) {
  return {.first_name = "Noor", .phones = {{0, "Work", phone}}};
}

/// Switches of which some are set: {"rate.limit=4"}.
inline WorldSettings With(const std::vector<std::string>& switches) {
  WorldSettings settings;
  for (const std::string& each : switches) {
    const Status status = settings.switches.SetFromText(each);
    if (!status.ok()) throw std::invalid_argument(status.error().message);
  }
  return settings;
}

/// The whole emulator without a socket, asked over its own HTTP values.
class Desk {
 public:
  Desk() : Desk(WorldSettings{}) {}

  explicit Desk(const WorldSettings& settings, int companies = 1)
      : emulator_(settings, clock_, companies) {
    emulator_.SetBaseUrl("http://sandbox.test");
  }

  FakeClock& clock() { return clock_; }

  Emulator& emulator() { return emulator_; }

  std::string BasicHeader() {
    const ApiKey key = emulator_.api_key();
    return "Basic " + ToBase64(key.id + ":" + key.token);
  }

  /// A request with the API key, or with another Authorization header.
  Reply Ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return AskAs(BasicHeader(), method, target, body);
  }

  Reply AskAs(const std::string& authorization, const std::string& method,
              const std::string& target, const std::string& body = "") {
    const auto mark = target.find('?');
    return emulator_.Handle({.method = method,
                             .path = target.substr(0, mark),
                             .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                             .authorization = authorization,
                             .body = body});
  }

  nlohmann::ordered_json Read(const std::string& target) {
    return nlohmann::ordered_json::parse(Ask("GET", target).body);
  }

  /// Walks consent and token exchange; answers with the Authorization header to use.
  std::string ConnectApp(const std::string& extra_form = "") {
    const OauthClient client = emulator_.oauth_client();
    const std::string form = "client_id=" + client.id +
                             "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&response_type=code"
                             "&scope=public_api&decision=authorize" +
                             extra_form;
    const Reply consent = AskAs("", "POST", "/oauth/authorize", form);
    const std::string location = HeaderOf(consent, "Location");
    const std::string code = location.substr(location.find("code=") + 5);
    const Reply token =
        AskAs("", "POST", "/v1/oauth/token",
              "grant_type=authorization_code&code=" + code +
                  "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&client_id=" + client.id +
                  "&client_secret=" + client.secret);
    return "Bearer " + nlohmann::json::parse(token.body).at("access_token").get<std::string>();
  }

  static std::string HeaderOf(const Reply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers) {
      if (key == name) return value;
    }
    return "";
  }

 private:
  FakeClock clock_;
  Emulator emulator_;
};

MATCHER(IsOk, "is ok") {
  if (!arg.ok()) *result_listener << arg.error().code << ": " << arg.error().message;
  return arg.ok();
}

MATCHER_P2(FailsWith, kind, code, "") {
  if (arg.ok()) return false;
  *result_listener << arg.error().code << ": " << arg.error().message;
  return arg.error().kind == kind && arg.error().code == code;
}

inline auto IsRefused() {
  return FailsWith(ErrorKind::kInvalid, std::string("SANDBOX_INVALID"));
}

inline auto IsUnknown() {
  return FailsWith(ErrorKind::kNotFound, std::string("SANDBOX_NOT_FOUND"));
}

}  // namespace sb::aircall::sandbox
