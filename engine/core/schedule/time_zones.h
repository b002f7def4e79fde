#pragma once

#include <string>

#include <date/tz.h>

namespace sb::core::schedule {

/// The time zones of the IANA database by their names, "Europe/Paris", with all changes of their
/// clocks. Thread-safe.
class TimeZones {
 public:
  virtual ~TimeZones() = default;

  /// Null: there is none of this name. What it points to is whole, and stays for the life of the
  /// process: asking it anything reads nothing more.
  virtual const date::time_zone* Find(const std::string& name) const = 0;
};

}  // namespace sb::core::schedule
