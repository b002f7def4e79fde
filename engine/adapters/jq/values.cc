#include "engine/adapters/jq/values.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

namespace sb::adapters::jq {
namespace {

constexpr std::int64_t kLargestExact = std::int64_t{1} << 53;
constexpr int kMaxDepth = 128;
constexpr std::size_t kMaxValues = 2'000'000;
constexpr std::size_t kMaxText = 32'000'000;

jv TextToJv(const std::string& text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

std::optional<jv> ArrayToJv(const Json& value) {
  jv array = jv_array_sized(static_cast<int>(value.size()));
  for (const Json& item : value) {
    const auto converted = ToJv(item);
    if (!converted) {
      jv_free(array);
      return {};
    }
    array = jv_array_append(array, *converted);
  }
  return array;
}

std::optional<jv> ObjectToJv(const Json& value) {
  jv object = jv_object();
  for (const auto& [key, member] : value.items()) {
    const auto converted = ToJv(member);
    if (!converted) {
      jv_free(object);
      return {};
    }
    object = jv_object_set(object, TextToJv(key), *converted);
  }
  return object;
}

std::optional<jv> IntegerToJv(const Json& value) {
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kLargestExact)
                        : value.get<std::int64_t>() >= -kLargestExact &&
                              value.get<std::int64_t>() <= kLargestExact;
  if (!fits) return {};
  return jv_number(static_cast<double>(value.get<std::int64_t>()));
}

std::string TextFromJv(jv value) {
  std::string text(jv_string_value(value),
                   static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value))));
  jv_free(value);
  return text;
}

Json NumberFromJv(double number) {
  if (std::isnan(number)) return {};
  if (std::isinf(number))
    return std::copysign(std::numeric_limits<double>::max(), number);  // as jq prints it
  const bool whole =
      number == std::trunc(number) && std::abs(number) <= static_cast<double>(kLargestExact);
  return whole ? Json(static_cast<std::int64_t>(number)) : Json(number);
}

/// Makes one of our values out of one of jq's, none of which it consumes.
class Conversion {
 public:
  bool Convert(jv value, int depth, Json& into);

  NotJson refusal() const { return refusal_; }

 private:
  bool ConvertArray(jv value, int depth, Json& into);
  bool ConvertObject(jv value, int depth, Json& into);

  bool Refuse(NotJson why) {
    refusal_ = why;
    return false;
  }

  bool Take(jv text, std::string& into) {
    into = TextFromJv(text);
    text_ += into.size();
    return text_ <= kMaxText || Refuse(NotJson::kTooLarge);
  }

  std::size_t values_ = 0;
  std::size_t text_ = 0;
  NotJson refusal_ = NotJson::kTooLarge;
};

bool Conversion::ConvertArray(jv value, int depth, Json& into) {
  into = Json::array();
  const int length = jv_array_length(jv_copy(value));
  for (int i = 0; i < length; ++i) {
    jv item = jv_array_get(jv_copy(value), i);
    const bool converted = Convert(item, depth + 1, into.emplace_back());
    jv_free(item);
    if (!converted) return false;
  }
  return true;
}

bool Conversion::ConvertObject(jv value, int depth, Json& into) {
  into = Json::object();
  for (int i = jv_object_iter(value); jv_object_iter_valid(value, i) != 0;
       i = jv_object_iter_next(value, i)) {
    std::string key;
    if (!Take(jv_object_iter_key(value, i), key)) return false;
    jv member = jv_object_iter_value(value, i);
    const bool converted = Convert(member, depth + 1, into[std::move(key)]);
    jv_free(member);
    if (!converted) return false;
  }
  return true;
}

bool Conversion::Convert(jv value, int depth, Json& into) {
  if (depth > kMaxDepth) return Refuse(NotJson::kTooDeep);
  if (++values_ > kMaxValues) return Refuse(NotJson::kTooLarge);
  switch (jv_get_kind(value)) {
    case JV_KIND_INVALID:
    case JV_KIND_NULL:
      into = Json();
      return true;
    case JV_KIND_FALSE:
      into = false;
      return true;
    case JV_KIND_TRUE:
      into = true;
      return true;
    case JV_KIND_NUMBER:
      into = NumberFromJv(jv_number_value(value));
      return true;
    case JV_KIND_STRING:
      into = std::string();
      return Take(jv_copy(value), into.get_ref<std::string&>());
    case JV_KIND_ARRAY:
      return ConvertArray(value, depth, into);
    case JV_KIND_OBJECT:
      return ConvertObject(value, depth, into);
  }
  return true;
}

}  // namespace

std::optional<jv> ToJv(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return jv_bool(value.get<bool>() ? 1 : 0);
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return IntegerToJv(value);
    case Json::value_t::number_float:
      return jv_number(value.get<double>());
    case Json::value_t::string:
      return TextToJv(value.get_ref<const std::string&>());
    case Json::value_t::array:
      return ArrayToJv(value);
    case Json::value_t::object:
      return ObjectToJv(value);
    default:
      return jv_null();
  }
}

std::variant<Json, NotJson> FromJv(jv value) {
  Json json;
  Conversion conversion;
  if (!conversion.Convert(value, 0, json)) return conversion.refusal();
  return json;
}

}  // namespace sb::adapters::jq
