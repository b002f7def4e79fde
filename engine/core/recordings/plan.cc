#include "engine/core/recordings/plan.h"

#include <algorithm>
#include <charconv>

namespace sb::core::recordings {
namespace {

constexpr int kMostAttempts = 13;
constexpr Millis kFirstWait = std::chrono::seconds(30);
constexpr Millis kLongestWait = std::chrono::hours(6);

std::optional<std::int64_t> NumberIn(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0)
    return {};
  return number;
}

}  // namespace

const char* ToString(Kind kind) {
  return kind == Kind::kRecording ? "recording" : "voicemail";
}

std::optional<Kind> ParseKind(std::string_view text) {
  for (const Kind kind : {Kind::kRecording, Kind::kVoicemail}) {
    if (text == ToString(kind)) return kind;
  }
  return {};
}

std::optional<WallTime> EraseAt(const Policy& policy, WallTime kept_at) {
  if (policy.retain_days <= 0) return {};
  return kept_at + std::chrono::days(policy.retain_days);
}

bool IsFresh(WallTime told_at, Millis life, WallTime now) {
  return now - told_at < life * 3 / 4;
}

std::optional<Millis> WaitAfter(int attempts) {
  if (attempts >= kMostAttempts) return {};
  return std::min<Millis>(kFirstWait * (1LL << std::clamp(attempts - 1, 0, 20)), kLongestWait);
}

RangeAnswer ReadRange(std::string_view header, std::int64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return {};
  const std::string_view range = header.substr(kUnit.size());
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const auto from = NumberIn(range.substr(0, dash));
  const auto to = NumberIn(range.substr(dash + 1));
  const bool open_end = dash + 1 == range.size();
  if (!from) {  // the last so many bytes
    if (dash != 0 || !to) return {};
    const std::int64_t length = std::min(*to, size);
    if (length == 0) return {RangeVerdict::kOutside, {}};
    return {RangeVerdict::kPart, {size - length, length}};
  }
  if ((!to && !open_end) || (to && *to < *from)) return {};
  if (*from >= size) return {RangeVerdict::kOutside, {}};
  const std::int64_t last = std::min(to.value_or(size - 1), size - 1);
  return {RangeVerdict::kPart, {*from, last - *from + 1}};
}

}  // namespace sb::core::recordings
