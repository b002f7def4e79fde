#include "engine/api/json_mapping.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace sb::api {
namespace {

constexpr double kLargestWhole = 9007199254740992.0;  // 2^53

Json ToNumber(double number) {
  if (!std::isfinite(number)) return nullptr;  // JSON has no word for it
  if (std::fabs(number) <= kLargestWhole && std::trunc(number) == number)
    return static_cast<std::int64_t>(number);
  return number;
}

void FillObject(const Json& json, google::protobuf::Struct& target) {
  for (const auto& [key, member] : json.items()) (*target.mutable_fields())[key] = ToValue(member);
}

}  // namespace

google::protobuf::Value ToValue(const Json& json) {
  google::protobuf::Value value;
  if (json.is_object()) {
    FillObject(json, *value.mutable_struct_value());
  } else if (json.is_array()) {
    auto* list = value.mutable_list_value();
    for (const Json& item : json) *list->add_values() = ToValue(item);
  } else if (json.is_string()) {
    value.set_string_value(json.get_ref<const std::string&>());
  } else if (json.is_boolean()) {
    value.set_bool_value(json.get<bool>());
  } else if (json.is_number()) {
    value.set_number_value(json.get<double>());
  } else {
    value.set_null_value(google::protobuf::NULL_VALUE);
  }
  return value;
}

google::protobuf::Struct ToStruct(const Json& json) {
  google::protobuf::Struct object;
  if (json.is_object()) FillObject(json, object);
  return object;
}

Json ToJson(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kStructValue:
      return ToJson(value.struct_value());
    case google::protobuf::Value::kListValue: {
      Json list = Json::array();
      for (const auto& item : value.list_value().values()) list.push_back(ToJson(item));
      return list;
    }
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    case google::protobuf::Value::kNumberValue:
      return ToNumber(value.number_value());
    case google::protobuf::Value::kNullValue:
    case google::protobuf::Value::KIND_NOT_SET:
      break;
  }
  return nullptr;
}

Json ToJson(const google::protobuf::Struct& object) {
  Json json = Json::object();
  for (const auto& [key, member] : object.fields()) json[key] = ToJson(member);
  return json;
}

google::protobuf::Timestamp ToTimestamp(WallTime when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.time_since_epoch().count());
  timestamp.set_nanos(static_cast<int>((when - seconds).count()) * 1000);
  return timestamp;
}

google::protobuf::Duration ToDuration(Millis duration) {
  google::protobuf::Duration result;
  result.set_seconds(duration.count() / 1000);
  result.set_nanos(static_cast<int>(duration.count() % 1000) * 1'000'000);
  return result;
}

Millis ToMillis(const google::protobuf::Duration& duration) {
  constexpr std::int64_t kMostSeconds =
      315'576'000'000;  // the range that the message itself documents
  const std::int64_t seconds =
      std::clamp<std::int64_t>(duration.seconds(), -kMostSeconds, kMostSeconds);
  return std::chrono::seconds(seconds) + Millis(duration.nanos() / 1'000'000);
}

}  // namespace sb::api
