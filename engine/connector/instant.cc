#include "engine/connector/instant.h"

#include <charconv>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

#include <nlohmann/json.hpp>

namespace sb::connector {
namespace {

// Ten digits of Unix seconds last until the year 2286; the same instants in milliseconds have
// thirteen.
constexpr std::int64_t kLeastMillis = 100'000'000'000;
constexpr std::int64_t kMostMillis = 100'000'000'000'000;
constexpr std::int64_t kLongestDelta = 1'000'000;

std::optional<WallTime> FromUnix(std::int64_t number) {
  if (number <= 0 || number > kMostMillis) return {};
  if (number >= kLeastMillis) return WallTime(Millis(number));
  return WallTime(std::chrono::seconds(number));
}

}  // namespace

std::optional<WallTime> InstantOf(const Json& value) {
  if (value.is_number_integer()) return FromUnix(value.get<std::int64_t>());
  if (!value.is_string()) return {};
  const std::string text = value.get<std::string>();
  if (const auto number = WholeNumberOf(text)) return FromUnix(*number);
  return ParseRfc3339(text);
}

std::optional<WallTime> ResetOf(const std::string& text, WallTime now) {
  const auto number = WholeNumberOf(text);
  if (!number) return {};
  if (*number < kLongestDelta) return now + std::chrono::seconds(*number);
  return FromUnix(*number);
}

std::optional<WallTime> HttpDateOf(const std::string& text) {
  std::tm parts{};
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  stream >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S");
  if (stream.fail()) return {};
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic reads
                                // badly without
  const auto date = year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday;
  if (!date.ok()) return {};
  return WallTime(sys_days(date)) + hours(parts.tm_hour) + minutes(parts.tm_min) +
         seconds(parts.tm_sec);
}

std::optional<std::int64_t> WholeNumberOf(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end || number < 0) return {};
  return number;
}

}  // namespace sb::connector
