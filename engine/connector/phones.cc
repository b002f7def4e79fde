#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"

// Phone numbers inside of inputs.
namespace sb::connector {
namespace {

using PhoneVisitor = std::function<Status(Json& phone)>;

/// Visits every text at a place such as "phone_numbers.*.value"; what has another shape is passed
/// by. An error tells where it was, as "phone_numbers/0/value".
Status VisitPhones(Json& value, std::string_view place, const std::string& where,
                   const PhoneVisitor& visit) {
  if (place.empty()) {
    if (!value.is_string()) return {};
    Status seen = visit(value);
    if (seen.ok()) return seen;
    Error error = seen.error();
    error.message = where + ": " + error.message;
    return error;
  }
  const std::size_t dot = place.find('.');
  const std::string head(place.substr(0, dot));
  const std::string_view rest =
      dot == std::string_view::npos ? std::string_view() : place.substr(dot + 1);
  const std::string before = where.empty() ? "" : where + "/";
  if (head != "*") {
    if (!value.is_object() || !value.contains(head)) return {};
    return VisitPhones(value[head], rest, before + head, visit);
  }
  if (!value.is_array()) return {};
  for (std::size_t at = 0; at < value.size(); ++at) {
    Status seen = VisitPhones(value[at], rest, before + std::to_string(at), visit);
    if (!seen.ok()) return seen;
  }
  return {};
}

Status VisitAllPhones(const Action& action, Json& input, const PhoneVisitor& visit) {
  for (const std::string& place : action.phones) {
    Status seen = VisitPhones(input, place, "", visit);
    if (seen.ok()) continue;
    Error error = seen.error();
    error.message = action.signature.name + ": " + error.message;
    return error;
  }
  return {};
}

}  // namespace

Result<Json> WithPlainPhones(const Action& action, Json input, const std::string& region,
                             const core::personal::PhoneNumbers* numbers) {
  if (action.phones.empty()) return input;
  const std::string own = TextMember(input, "region");
  const std::string& country = own.empty() ? region : own;
  Status read = VisitAllPhones(action, input, [&](Json& phone) -> Status {
    auto plain = core::personal::E164Of(phone.get<std::string>(), country, numbers);
    if (!plain.ok()) return plain.error();
    phone = *std::move(plain);
    return {};
  });
  if (!read.ok()) return read.error();
  return input;
}

Status CheckPhones(const Action& action, const Json& input) {
  Json looked_at = input;
  return VisitAllPhones(action, looked_at, [](const Json& phone) {
    return core::personal::CheckWrittenNumber(phone.get<std::string>());
  });
}

}  // namespace sb::connector
