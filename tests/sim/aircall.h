#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "engine/base/json.h"
#include "engine/ports/http_client.h"
#include "tests/sim/process.h"
#include "tests/sim/timeline.h"
#include "tests/sim/wire.h"

namespace sb::sim {

/// How many requests Aircall lets through for each company, here: as many as the connector begins
/// with.
inline constexpr int kRequestsAMinute = 100;

/// Aircall, and the road to it: the sandbox's companies in virtual time, requests that take their
/// time and may be lost on the way there or back, deliveries that come again until they are taken.
class Aircall {
 public:
  Aircall(Timeline& timeline, int companies);

  int size() const { return static_cast<int>(companies_.size()); }

  /// What a request of this company carries, by its place.
  const aircall::sandbox::ApiKey& key(int company) const;
  std::int64_t id(int company) const;

  int lost_percent = 0;  ///< Requests that get no answer, whether they took effect or not.

  /// From a process, as its HTTP client would: late or never for a process that dies or is frozen.
  void Send(const Life& life, ports::HttpRequest request, Millis timeout,
            ports::HttpClient::Done done, Flaw flaw);

  /// A call comes in and nobody answers. Its id.
  std::int64_t MissCall(int company, const std::string& from);

  /// Takes a delivery: company's place and body; the answer is given once, or never.
  using Receiver = std::function<void(int, const std::string&, std::function<void(bool)>)>;
  /// Every company tells of ended calls from now on.
  void DeliverTo(Receiver receiver);

  /// What another service, http://shop.sim, has seen: the idempotency keys of the orders by number.
  const std::map<std::string, std::set<std::string>>& orders() const { return orders_; }

  /// The sandbox's own account of what happened: "effects" or "requests", oldest first.
  Json Log(const std::string& name, int company);

 private:
  class StoryClock : public aircall::sandbox::Clock {
   public:
    explicit StoryClock(Timeline& timeline) : timeline_(timeline) {}

    WallTime Now() const override { return timeline_.Now(); }

   private:
    Timeline& timeline_;
  };

  Json Ask(const std::string& method, const std::string& path, const Json& body, int company = -1);
  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request);
  void Turn();
  void Hand(const aircall::sandbox::Outgoing& message);

  Timeline& timeline_;
  StoryClock clock_;
  aircall::sandbox::Emulator emulator_;
  std::vector<aircall::sandbox::Emulator::CompanyKey> companies_;
  Receiver receiver_;
  std::map<std::string, std::set<std::string>> orders_;
};

}  // namespace sb::sim
