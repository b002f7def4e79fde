#include "engine/adapters/system/system_time_zones.h"

#include <exception>

namespace sb::adapters::system {

const date::time_zone* SystemTimeZones::Find(const std::string& name) const {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(date::sys_seconds{});  // its file is read here, so that it cannot fail later
    return zone;
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace sb::adapters::system
