#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/life/traffic.h"
#include "connectors/aircall/sandbox/render/call_parts.h"
#include "connectors/aircall/sandbox/stage/delivery_book.h"
#include "connectors/aircall/sandbox/stage/effect_log.h"
#include "connectors/aircall/sandbox/stage/fault_book.h"
#include "connectors/aircall/sandbox/stage/rate_limit.h"
#include "connectors/aircall/sandbox/stage/request_log.h"
#include "connectors/aircall/sandbox/world/world.h"

namespace sb::aircall::sandbox {

/// One company's world and all that surrounds it: everything a request can touch. Guarded by one
/// mutex, its owner's.
class Stage {
 public:
  Stage(WorldSettings settings, const Clock& clock);

  World& world() { return *world_; }

  const World& world() const { return *world_; }

  Switches& switches() { return world_->switches(); }

  std::int64_t company_id() const { return world_->directory().company.id; }

  WallTime Now() const { return clock_.Now(); }

  /// Back to the seeded company and the switches given at the start; logs, faults and deliveries
  /// are forgotten, snapshots stay.
  void Reset();
  void SetBaseUrl(std::string base_url);

  /// Keeps the company as it is now under a name; an older one of that name goes.
  void TakeSnapshot(const std::string& name);
  /// Brings that company back, logs and deliveries staying as they are. Fails with kNotFound
  /// SANDBOX_NOT_FOUND.
  Status RestoreSnapshot(const std::string& name);
  std::vector<std::string> SnapshotNames() const;

  /// Plays what is due in the world and in its traffic, in the order of time and at its own time,
  /// but no more than `most` things. Answers whether more is due.
  bool RunDue(int most);
  /// When there will be something to play.
  std::optional<WallTime> NextDue() const;

  RateLimit rate;
  FaultBook faults;
  RequestLog requests;
  EffectLog effects;
  DeliveryBook deliveries;
  Traffic traffic;
  CallParts call_parts;

 private:
  void Address(const Event& event);
  void Send(const Outgoing& message);
  bool Happens(Switch percent);

  WorldSettings settings_;
  const Clock& clock_;
  std::unique_ptr<World> world_;
  std::map<std::string, World> snapshots_;
  std::mt19937_64 weather_;  ///< Decides what becomes late, double or lost.
};

}  // namespace sb::aircall::sandbox
