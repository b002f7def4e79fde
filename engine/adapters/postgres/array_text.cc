#include "engine/adapters/postgres/array_text.h"

#include <charconv>

#include "engine/base/encoding.h"

namespace sb::adapters::postgres {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// The length of the well-formed UTF-8 character that `text` begins with, or 0.
std::size_t CharacterLength(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (IsUtf8(text.substr(0, length))) return length;
  }
  return 0;
}

/// The number in `digits`, all of which must be digits.
std::optional<int> ParseDigits(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return {};
  return value;
}

/// ".25" as microseconds; "" is none.
std::optional<int> ParseFraction(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != '.' || text.size() < 2 || text.size() > 7) return {};
  std::string digits(text.substr(1));
  digits.resize(6, '0');
  return ParseDigits(digits);
}

std::string Padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

}  // namespace

std::string CleanText(std::string_view text) {
  if (text.find('\0') == std::string_view::npos && IsUtf8(text)) return std::string(text);
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = text.front() == '\0' ? 0 : CharacterLength(text);
    clean += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

std::string TimeText(WallTime when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  return Padded(static_cast<int>(date.year()), 4) + "-" +
         Padded(static_cast<unsigned>(date.month()), 2) + "-" +
         Padded(static_cast<unsigned>(date.day()), 2) + " " + Padded(time.hours().count(), 2) +
         ":" + Padded(time.minutes().count(), 2) + ":" + Padded(time.seconds().count(), 2) + "." +
         Padded(time.subseconds().count(), 6) + "+00";
}

std::optional<WallTime> ParseTimeText(std::string_view text) {
  constexpr std::size_t kToSeconds = 19;  // "2026-06-01 09:30:00"
  if (text.size() < kToSeconds + 3 || !text.ends_with("+00")) return {};
  const auto year = ParseDigits(text.substr(0, 4));
  const auto month = ParseDigits(text.substr(5, 2));
  const auto day = ParseDigits(text.substr(8, 2));
  const auto hour = ParseDigits(text.substr(11, 2));
  const auto minute = ParseDigits(text.substr(14, 2));
  const auto second = ParseDigits(text.substr(17, 2));
  const auto micros = ParseFraction(text.substr(kToSeconds, text.size() - kToSeconds - 3));
  if (!year || !month || !day || !hour || !minute || !second || !micros) return {};
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return {};
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         std::chrono::microseconds(*micros);
}

std::string BytesText(std::string_view bytes) {
  return "\\x" + ToHex(bytes);
}

std::optional<std::string> ParseBytesText(std::string_view text) {
  if (!text.starts_with("\\x")) return {};
  return FromHex(text.substr(2));
}

void ArrayText::AddNumber(std::int64_t value) {
  AddPlain(std::to_string(value));
}

void ArrayText::AddNumberOrNull(std::optional<std::int64_t> value) {
  value ? AddNumber(*value) : AddNull();
}

void ArrayText::AddText(std::string_view value) {
  AddQuoted(CleanText(value));
}

void ArrayText::AddBytes(std::string_view value) {
  AddQuoted(BytesText(value));
}

void ArrayText::AddBytesOrNull(std::string_view value) {
  value.empty() ? AddNull() : AddBytes(value);
}

void ArrayText::AddTime(WallTime value) {
  AddQuoted(TimeText(value));
}

void ArrayText::AddTimeOrNull(std::optional<WallTime> value) {
  value ? AddTime(*value) : AddNull();
}

void ArrayText::AddFlag(bool value) {
  AddPlain(value ? "t" : "f");
}

void ArrayText::AddNull() {
  AddPlain("NULL");
}

void ArrayText::AddPlain(std::string_view text) {
  if (!elements_.empty()) elements_ += ',';
  elements_ += text;
}

void ArrayText::AddQuoted(std::string_view text) {
  if (!elements_.empty()) elements_ += ',';
  elements_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') elements_ += '\\';
    elements_ += c;
  }
  elements_ += '"';
}

}  // namespace sb::adapters::postgres
