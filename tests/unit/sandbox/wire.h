#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/sandbox/company.h"

// What a test reads off the wire.
namespace sb::aircall::sandbox {

using WireJson = nlohmann::ordered_json;

inline std::vector<std::string> KeysIn(const WireJson& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

inline WireJson BodyIn(const Reply& reply) {
  return WireJson::parse(reply.body);
}

/// A desk with a webhook for everything, whose deliveries are looked at.
class HeardDesk : public Desk {
 public:
  HeardDesk() : HeardDesk(WorldSettings{}) {}

  explicit HeardDesk(const WorldSettings& settings) : Desk(settings) {
    Ask("POST", "/v1/webhooks", R"({"url": "https://in.example/"})");
  }

  /// Lets time pass and plays what is due.
  void Pass(std::chrono::seconds time) {
    clock().Advance(time);
    emulator().PlayDueSteps();
  }

  /// The bodies of all deliveries so far, oldest first.
  std::vector<WireJson> Heard() {
    std::vector<WireJson> bodies;
    const WireJson answer = Read("/_sandbox/deliveries");
    for (const WireJson& each : answer.at("deliveries")) {
      bodies.push_back(each.at("body"));
    }
    return bodies;
  }

  std::vector<std::string> HeardNames() {
    std::vector<std::string> names;
    for (const WireJson& body : Heard()) names.push_back(body.at("event"));
    return names;
  }

  /// The latest delivery of an event.
  WireJson HeardLast(const std::string& event) {
    WireJson last;
    for (const WireJson& body : Heard()) {
      if (body.at("event") == event) last = body;
    }
    return last;
  }

  /// The id of an inbound call from Priya that has ended.
  std::string CallFromPriya() {
    const Reply reply = Ask("POST", "/_sandbox/calls", R"({"from": "+16175550142"})");
    return std::to_string(BodyIn(reply).at("call").at("id").get<std::int64_t>());
  }
};

}  // namespace sb::aircall::sandbox
