#include "engine/app/cli/text.h"

#include <array>
#include <cstdint>
#include <utility>

namespace sb::app::cli {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// Input is UTF-8 as the server sent it; a byte that does not fit stands for itself.
Character FirstOf(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead < 0x80    ? 1
                            : lead >= 0xF0 ? 4
                            : lead >= 0xE0 ? 3
                            : lead >= 0xC0 ? 2
                                           : 1;
  if (bytes == 1 || bytes > text.size()) return {lead, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return {code, bytes};
}

using Range = std::pair<char32_t, char32_t>;

template <std::size_t count>
bool IsIn(const std::array<Range, count>& ranges, char32_t code) {
  for (const auto& [low, high] : ranges) {
    if (code >= low && code <= high) return true;
  }
  return false;
}

// Coarse on purpose: names with accents, Han, Kana, Hangul and emoji line up; rarer scripts may be
// off by a column.
int ColumnsOf(char32_t code) {
  static constexpr std::array<Range, 4> kNone = {
      {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  static constexpr std::array<Range, 9> kTwo = {{{0x1100, 0x115F},
                                                 {0x2E80, 0xA4CF},
                                                 {0xAC00, 0xD7A3},
                                                 {0xF900, 0xFAFF},
                                                 {0xFE30, 0xFE6F},
                                                 {0xFF00, 0xFF60},
                                                 {0xFFE0, 0xFFE6},
                                                 {0x1F300, 0x1FAFF},
                                                 {0x20000, 0x3FFFD}}};
  if (IsIn(kNone, code)) return 0;
  return IsIn(kTwo, code) ? 2 : 1;
}

bool IsControl(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

}  // namespace

int WidthOf(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Character first = FirstOf(text);
    width += ColumnsOf(first.code);
    text.remove_prefix(first.bytes);
  }
  return width;
}

std::string Shorten(std::string_view text, int columns) {
  if (WidthOf(text) <= columns) return std::string(text);
  std::string result;
  int width = 0;
  while (!text.empty()) {
    const Character first = FirstOf(text);
    width += ColumnsOf(first.code);
    if (width > columns - 1) break;
    result += text.substr(0, first.bytes);
    text.remove_prefix(first.bytes);
  }
  return result + "…";
}

std::string Spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

std::string Printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character first = FirstOf(text);
    if (!IsControl(first.code)) {
      result += text.substr(0, first.bytes);
    } else {
      result += first.code == '\n' || first.code == '\t' ? " " : "�";
    }
    text.remove_prefix(first.bytes);
  }
  return result;
}

WallTime ToWallTime(const google::protobuf::Timestamp& timestamp) {
  return WallTime(std::chrono::seconds(timestamp.seconds()) +
                  std::chrono::microseconds(timestamp.nanos() / 1000));
}

Millis ToMillis(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + Millis(duration.nanos() / 1'000'000);
}

std::string Relative(WallTime when, WallTime now) {
  const auto distance =
      std::chrono::duration_cast<std::chrono::seconds>(when < now ? now - when : when - now);
  if (distance < std::chrono::seconds(1)) return "now";
  constexpr std::int64_t kDaySeconds = 86'400;
  const std::string amount = distance.count() >= 2 * kDaySeconds
                                 ? std::to_string(distance.count() / kDaySeconds) + " days"
                                 : ToHumanText(distance);
  return when < now ? amount + " ago" : "in " + amount;
}

std::string Relative(const google::protobuf::Timestamp& when, WallTime now) {
  return when.seconds() == 0 ? "" : Relative(ToWallTime(when), now);
}

std::string Dated(const google::protobuf::Timestamp& when, WallTime now) {
  return when.seconds() == 0 ? "" : ToRfc3339(ToWallTime(when)) + " (" + Relative(when, now) + ")";
}

std::string TimeOfDay(WallTime when) {
  constexpr std::size_t kTimeAt = 11;     // behind "2026-06-01T"
  constexpr std::size_t kTimeBytes = 12;  // "09:30:00.250"
  return ToRfc3339(when).substr(kTimeAt, kTimeBytes);
}

std::string Word(const std::string& enum_name, std::string_view prefix) {
  return enum_name.starts_with(prefix) ? enum_name.substr(prefix.size()) : enum_name;
}

}  // namespace sb::app::cli
