#include "engine/base/time.h"

// GCC 12 sees an uninitialised value inside date.h when it optimises; there is none.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <regex>
#include <string>

#include <date/date.h>
#include <fmt/format.h>

namespace sb {

std::string ToRfc3339(WallTime when) {
  return date::format("%FT%TZ", std::chrono::floor<Millis>(when));
}

std::optional<WallTime> ParseRfc3339(std::string_view text) {
  static const std::regex kForm(
      "([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]{1,30}))?"
      "(?:[Zz]|([-+])([0-9]{2}):([0-9]{2}))");
  std::cmatch parts;
  if (text.size() > 64 || !std::regex_match(text.data(), text.data() + text.size(), parts, kForm))
    return {};
  const auto number = [&parts](std::size_t group) {
    return parts[group].matched ? std::stoi(parts[group]) : 0;
  };
  const auto day = std::chrono::year(number(1)) / number(2) / number(3);
  const bool clock_is_right =
      number(4) < 24 && number(5) < 60 && number(6) < 60 && number(9) < 24 && number(10) < 60;
  if (!day.ok() || !clock_is_right) return {};
  const std::string fraction = (parts[7].str() + "000000").substr(0, 6);
  const std::chrono::minutes offset =
      std::chrono::hours(number(9)) + std::chrono::minutes(number(10));
  return std::chrono::sys_days(day) + std::chrono::hours(number(4)) +
         std::chrono::minutes(number(5)) + std::chrono::seconds(number(6)) +
         std::chrono::microseconds(std::stoi(fraction)) - (parts[8] == "-" ? -offset : offset);
}

std::string ToHumanText(Millis duration) {
  const auto ms = duration.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 60'000) return fmt::format("{}.{} s", ms / 1000, ms / 100 % 10);
  if (ms < 3'600'000) return fmt::format("{} min {:02} s", ms / 60'000, ms / 1000 % 60);
  return fmt::format("{} h {:02} min", ms / 3'600'000, ms / 60'000 % 60);
}

}  // namespace sb
