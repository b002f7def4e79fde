#include "engine/core/twoway/canonical.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/unicode.h"

namespace sb::core::twoway {
namespace {

constexpr const char* kUnreadable = "VALUE_UNREADABLE";
constexpr const char* kPhoneUnreadable = "PHONE_UNREADABLE";

Canonical Unreadable() {
  return {nullptr, kUnreadable};
}

/// The text of a value that can be one; nothing: it cannot.
std::optional<std::string> TextOf(const Json& native) {
  if (native.is_boolean()) return native.get<bool>() ? "true" : "false";
  if (native.is_number()) return DumpJson(native);
  if (!native.is_string()) return std::nullopt;
  const auto& text = native.get_ref<const std::string&>();
  return text.size() > kLongestValue ? std::nullopt : NormalText(text);
}

Canonical CanonicalText(const Json& native) {
  auto text = TextOf(native);
  if (!text) return Unreadable();
  return {text->empty() ? Json() : Json(std::move(*text)), {}};
}

/// Digits that say something: without zeros at either end, sign, point and exponent.
std::size_t SignificantDigits(std::string_view text) {
  const std::string_view mantissa = text.substr(0, text.find_first_of("eE"));
  std::size_t digits = 0;
  std::size_t zeros = 0;
  for (const char c : mantissa) {
    if (!IsDigit(c)) continue;
    if (c == '0') {
      if (digits > 0) ++zeros;
    } else {
      digits += zeros + 1;
      zeros = 0;
    }
  }
  return digits;
}

/// Nothing: it is no number, or one that would be rounded.
std::optional<Json> NumberFrom(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  const auto as_whole = std::from_chars(text.data(), end, whole);
  if (as_whole.ec == std::errc() && as_whole.ptr == end) return Json(whole);
  // Words such as "nan" and "infinity" are none.
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  double number = 0;
  const auto as_number = std::from_chars(text.data(), end, number);
  const bool read = as_number.ec == std::errc() && as_number.ptr == end && std::isfinite(number);
  if (!read || SignificantDigits(text) > std::numeric_limits<double>::digits10) return std::nullopt;
  constexpr double kExactWhole = 9'007'199'254'740'992.0;  // 2^53
  if (std::abs(number) <= kExactWhole && number == std::trunc(number))
    return Json(static_cast<std::int64_t>(number));
  return Json(number);
}

Canonical CanonicalNumber(const Json& native) {
  if (!native.is_number() && !native.is_string()) return Unreadable();
  const auto text = TextOf(native);
  if (!text) return Unreadable();
  if (text->empty()) return {};
  // A floating number is taken by its shortest text, which a double can have 17 digits of.
  if (native.is_number_float() && SignificantDigits(*text) > std::numeric_limits<double>::digits10)
    return {native, {}};
  auto number = NumberFrom(*text);
  return number ? Canonical{std::move(*number), {}} : Unreadable();
}

Canonical CanonicalBoolean(const Json& native) {
  if (native.is_boolean()) return {native, {}};
  if (!native.is_string()) return Unreadable();
  const auto text = TextOf(native);
  if (!text) return Unreadable();
  if (text->empty()) return {};
  if (*text == "true" || *text == "t") return {true, {}};
  if (*text == "false" || *text == "f") return {false, {}};
  return Unreadable();
}

Canonical CanonicalEmail(const Json& native) {
  Canonical email = CanonicalText(native);
  if (email.value.is_string()) email.value = LowerText(email.value.get<std::string>());
  return email;
}

Canonical CanonicalPhone(const Json& native, const PhoneReading& reading) {
  Canonical phone = CanonicalText(native);
  if (!phone.value.is_string()) return phone;
  const auto read =
      personal::E164Of(phone.value.get<std::string>(), reading.region, reading.phones);
  if (!read.ok()) return {std::move(phone.value), kPhoneUnreadable};
  return {*read, {}};
}

const Json& ValueOfEntry(const Json& entry) {
  return entry.is_object() ? Member(entry, "value") : entry;
}

std::string LabelOfEntry(const Json& entry) {
  const std::string label = TextMember(entry, "label");
  return label.size() > kLongestValue ? "" : NormalText(label).value_or("");
}

}  // namespace

Canonical CanonicalValue(Shape shape, const Json& native, const PhoneReading& reading) {
  if (native.is_null()) return {};
  switch (shape) {
    case Shape::kText:
      return CanonicalText(native);
    case Shape::kNumber:
      return CanonicalNumber(native);
    case Shape::kBoolean:
      return CanonicalBoolean(native);
    case Shape::kEmail:
      return CanonicalEmail(native);
    case Shape::kPhone:
      return CanonicalPhone(native, reading);
    case Shape::kPhones:
    case Shape::kEmails:
      break;
  }
  return CanonicalList(shape, native, false, reading);
}

std::string EntryKey(Shape list, const Json& entry, const PhoneReading& reading) {
  const Canonical key = CanonicalValue(EntryShape(list), ValueOfEntry(entry), reading);
  return key.value.is_string() ? key.value.get<std::string>() : "";
}

Canonical CanonicalList(Shape list, const Json& native, bool labels, const PhoneReading& reading) {
  const Json entries = native.is_array()  ? native
                       : native.is_null() ? Json::array()
                                          : Json::array({native});
  Json read = Json::object();
  std::string flag;
  if (entries.size() > kMostEntries) flag = kUnreadable;
  for (std::size_t i = 0; i < entries.size() && i < kMostEntries; ++i) {
    const bool is_entry = !entries[i].is_object() || entries[i].contains("value");
    const Canonical key = is_entry
                              ? CanonicalValue(EntryShape(list), ValueOfEntry(entries[i]), reading)
                              : Canonical{nullptr, kUnreadable};
    // One entry that is not known at all is more than numbers that are known as they are written.
    if (!key.flag.empty() && flag != kUnreadable) flag = key.flag;
    if (!key.value.is_string()) continue;
    const auto& name = key.value.get_ref<const std::string&>();
    if (!read.contains(name)) read[name] = labels ? LabelOfEntry(entries[i]) : "";
  }
  return {read.empty() ? Json() : std::move(read), std::move(flag)};
}

}  // namespace sb::core::twoway
