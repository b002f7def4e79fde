#pragma once

#include <string>

#include "engine/core/schedule/time_zones.h"

namespace sb::adapters::system {

/// The time zones of this computer: its tzdata, each zone read when it is first asked for.
class SystemTimeZones : public core::schedule::TimeZones {
 public:
  const date::time_zone* Find(const std::string& name) const override;
};

}  // namespace sb::adapters::system
