#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/aircall/sandbox/delivery_book.h"
#include "connectors/aircall/sandbox/fault_book.h"
#include "connectors/aircall/sandbox/rate_window.h"
#include "connectors/aircall/sandbox/request_log.h"
#include "connectors/aircall/sandbox/world.h"

namespace sb::aircall::sandbox {

struct StageSettings {
  WorldSettings world{};
  int rate_limit = 120;  ///< Requests a minute; 0: none.
  RetryPolicy retries{};
};

/// The world and all that surrounds it: everything a request can touch. Guarded by one mutex, its
/// owner's.
class Stage {
 public:
  Stage(StageSettings settings, const Clock& clock);

  World& world() { return *world_; }

  const World& world() const { return *world_; }

  WallTime Now() const { return clock_.Now(); }

  /// Back to the seeded company and the switches given at the start; logs, faults and deliveries
  /// are forgotten.
  void Reset();
  void SetBaseUrl(std::string base_url);

  RateWindow rate;
  FaultBook faults;
  RequestLog requests;
  DeliveryBook deliveries;

 private:
  void Address(const Event& event);

  StageSettings settings_;
  const Clock& clock_;
  std::unique_ptr<World> world_;
};

}  // namespace sb::aircall::sandbox
