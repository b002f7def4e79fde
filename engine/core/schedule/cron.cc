#include "engine/core/schedule/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace sb::core::schedule {
namespace {

using Names = std::vector<std::string_view>;

struct Field {
  std::string_view name;
  int low;
  int high;
  Names names;  ///< The first stands for `low`.
};

const std::array<Field, 5>& Fields() {
  static const std::array<Field, 5> fields{{
      {"minute", 0, 59, {}},
      {"hour", 0, 23, {}},
      {"day of month", 1, 31, {}},
      {"month",
       1,
       12,
       {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
      {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
  }};
  return fields;
}

std::optional<int> ReadNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

std::optional<int> ReadValue(std::string_view text, const Field& field) {
  const auto name = std::find(field.names.begin(), field.names.end(), Lower(text));
  if (name != field.names.end()) return field.low + static_cast<int>(name - field.names.begin());
  const auto number = ReadNumber(text);
  if (!number || *number < field.low || *number > field.high) return std::nullopt;
  return number;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// Sets the bits of one element of a list; false when it is malformed.
template <std::size_t N>
bool ReadElement(const std::string& text, const Field& field, std::bitset<N>& bits) {
  const auto stepped = Split(text, '/');
  if (stepped.size() > 2) return false;
  const auto step = stepped.size() == 2 ? ReadNumber(stepped[1]) : std::optional<int>(1);
  if (!step || *step == 0 || *step > field.high) return false;
  std::optional<int> first = field.low;
  std::optional<int> last = field.high;
  if (stepped[0] != "*") {
    const auto ends = Split(stepped[0], '-');
    if (ends.size() > 2) return false;
    first = ReadValue(ends[0], field);
    last = ReadValue(ends.back(), field);
    if (ends.size() == 1 && stepped.size() == 2) return false;  // `5/10` means different things
  }
  if (!first || !last || *first > *last) return false;
  for (int value = *first; value <= *last; value += *step) {
    bits.set(static_cast<std::size_t>(value));
  }
  return true;
}

template <std::size_t N>
Status ReadField(const std::string& text, const Field& field, std::bitset<N>& bits) {
  for (const std::string& element : Split(text, ',')) {
    if (ReadElement(element, field, bits)) continue;
    std::ostringstream message;
    message << "the " << field.name << " `" << text << "` is not understood: write `*`, "
            << field.low << " to " << field.high;
    if (!field.names.empty())
      message << " (or " << field.names.front() << " to " << field.names.back() << ")";
    message << ", a range `a-b`, a step `*/n` or `a-b/n`, or a list with commas";
    return Invalid("WORKFLOW_FIELD_INVALID", message.str());
  }
  return {};
}

}  // namespace

Result<Cron> Cron::Parse(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::vector<std::string> parts;
  for (std::string word; words >> word;) parts.push_back(word);
  constexpr std::size_t kLongest = 200;
  if (text.size() > kLongest)
    return Invalid("WORKFLOW_FIELD_INVALID", "it is longer than 200 characters");
  if (parts.size() != 5) {
    return Invalid("WORKFLOW_FIELD_INVALID",
                   "it has " + std::to_string(parts.size()) +
                       " fields: write five, which are minute, hour, day of "
                       "month, month and day of week");
  }
  Cron cron;
  const auto& fields = Fields();
  for (const Status& read :
       {ReadField(parts[0], fields[0], cron.minutes_), ReadField(parts[1], fields[1], cron.hours_),
        ReadField(parts[2], fields[2], cron.days_), ReadField(parts[3], fields[3], cron.months_),
        ReadField(parts[4], fields[4], cron.weekdays_)}) {
    if (!read.ok()) return read.error();
  }
  if (cron.weekdays_[7]) cron.weekdays_.set(0);
  cron.any_day_ = parts[2].front() == '*';
  cron.any_weekday_ = parts[4].front() == '*';
  if (!cron.CanFall()) {
    return Invalid("WORKFLOW_FIELD_INVALID", "the day of month `" + parts[2] +
                                                 "` never comes in the month `" + parts[3] +
                                                 "`: name a day that the month has");
  }
  return cron;
}

// Clocks that are set back over midnight show a day twice, so that the moments of two days can mix:
// each search looks at the day after the one in which it finds something, too.
std::optional<Instant> Cron::NextAfter(Instant after, const date::time_zone& zone) const {
  // A leap day that must also wait for a century without one is eight years off; with a step on
  // the weekday it must fall on one as well, and the calendar repeats that within forty.
  constexpr int kHorizonDays = 366 * 41;
  const auto first_of = [&](date::local_days day) {
    const auto moments = MomentsOf(day, zone);
    const auto found = std::upper_bound(moments.begin(), moments.end(), after);
    return found == moments.end() ? std::nullopt : std::optional(*found);
  };
  const auto start = date::floor<date::days>(zone.to_local(after)) - date::days(1);
  for (int i = 0; i < kHorizonDays; ++i) {
    const auto found = first_of(start + date::days(i));
    if (!found) continue;
    const auto next = first_of(start + date::days(i + 1));
    return next ? std::min(*found, *next) : found;
  }
  return std::nullopt;
}

std::optional<Instant> Cron::LastWithin(Instant from, Instant now,
                                        const date::time_zone& zone) const {
  const auto last_of = [&](date::local_days day) {
    const auto moments = MomentsOf(day, zone);
    const auto beyond = std::upper_bound(moments.begin(), moments.end(), now);
    const bool found = beyond != moments.begin() && *std::prev(beyond) >= from;
    return found ? std::optional(*std::prev(beyond)) : std::nullopt;
  };
  const auto start = date::floor<date::days>(zone.to_local(now)) + date::days(1);
  const auto end = date::floor<date::days>(zone.to_local(from)) - date::days(1);
  for (auto day = start; day >= end; day -= date::days(1)) {
    const auto found = last_of(day);
    if (!found) continue;
    const auto before = last_of(day - date::days(1));
    return before ? std::max(*found, *before) : found;
  }
  return std::nullopt;
}

bool Cron::FallsOn(date::local_days day) const {
  const date::year_month_day ymd{day};
  if (!months_[static_cast<unsigned>(ymd.month())]) return false;
  const bool by_day = days_[static_cast<unsigned>(ymd.day())];
  const bool by_weekday = weekdays_[date::weekday{day}.c_encoding()];
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

bool Cron::CanFall() const {
  if (!any_day_ && !any_weekday_) return true;
  constexpr std::array<std::size_t, 13> kLongest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (std::size_t month = 1; month <= 12; ++month) {
    if (!months_[month]) continue;
    for (std::size_t day = 1; day <= kLongest[month]; ++day) {
      if (days_[day]) return true;
    }
  }
  return false;
}

/// What is planned for a day of the wall's calendar, in order.
std::vector<Instant> Cron::MomentsOf(date::local_days day, const date::time_zone& zone) const {
  std::vector<Instant> moments;
  if (!FallsOn(day)) return moments;
  const date::local_info morning = zone.get_info(date::local_seconds(day));
  const Instant begin{date::local_seconds(day).time_since_epoch() - morning.first.offset};
  const bool clocks_stay =
      morning.result == date::local_info::unique && morning.first.end > begin + date::days(1);
  for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
    if (!hours_[hour]) continue;
    for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
      if (!minutes_[minute]) continue;
      const auto passed = std::chrono::hours(hour) + std::chrono::minutes(minute);
      if (clocks_stay) {
        moments.push_back(begin + passed);
      } else {
        AddMoments(date::local_seconds(day) + passed, zone, moments);
      }
    }
  }
  std::sort(moments.begin(), moments.end());
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  return moments;
}

/// What a time on the wall means on a day on which the clocks change.
void Cron::AddMoments(date::local_seconds local, const date::time_zone& zone,
                      std::vector<Instant>& moments) const {
  const date::local_info info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) {
    if (!hours_.all()) moments.push_back(info.first.end);
    return;
  }
  moments.emplace_back(local.time_since_epoch() - info.first.offset);
  if (info.result == date::local_info::ambiguous && hours_.all())
    moments.emplace_back(local.time_since_epoch() - info.second.offset);
}

}  // namespace sb::core::schedule
