#include "engine/adapters/postgres/rows.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/array_text.h"

namespace sb::adapters::postgres {
namespace {

std::string_view RawText(const pqxx::row& row, const char* column) {
  const pqxx::field field = row[column];
  return {field.c_str(), field.size()};
}

}  // namespace

std::int64_t NumberOf(const pqxx::row& row, const char* column) {
  const std::string_view text = RawText(row, column);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool FlagOf(const pqxx::row& row, const char* column) {
  return RawText(row, column) == "t";
}

bool IsNull(const pqxx::row& row, const char* column) {
  return row[column].is_null();
}

std::string TextOf(const pqxx::row& row, const char* column) {
  return std::string(RawText(row, column));
}

std::string BytesOf(const pqxx::row& row, const char* column) {
  return ParseBytesText(RawText(row, column)).value_or(std::string());
}

WallTime TimeOf(const pqxx::row& row, const char* column) {
  return OptionalTimeOf(row, column).value_or(WallTime());
}

std::optional<WallTime> OptionalTimeOf(const pqxx::row& row, const char* column) {
  return ParseTimeText(RawText(row, column));
}

Json JsonOf(const pqxx::row& row, const char* column) {
  // Not ParseJson: its limit of depth is for what comes in, and what was stored may be wrapped
  // deeper.
  Json value = Json::parse(RawText(row, column), nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json() : value;
}

std::vector<RunId> RunIdsOf(const Json& numbers) {
  std::vector<RunId> ids;
  for (const Json& number : numbers) ids.emplace_back(number.get<std::int64_t>());
  return ids;
}

}  // namespace sb::adapters::postgres
