#include "engine/core/sync/streams.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sb::core::sync {
namespace {

constexpr std::array<std::pair<ColumnType, const char*>, 6> kColumnTypes = {{
    {ColumnType::kText, "text"},
    {ColumnType::kBigint, "bigint"},
    {ColumnType::kNumeric, "numeric"},
    {ColumnType::kBoolean, "boolean"},
    {ColumnType::kTimestamp, "timestamp"},
    {ColumnType::kJson, "json"},
}};

}  // namespace

const char* ToString(ColumnType type) {
  for (const auto& [each, name] : kColumnTypes) {
    if (each == type) return name;
  }
  return "text";
}

std::optional<ColumnType> ColumnTypeFrom(const std::string& name) {
  for (const auto& [type, each] : kColumnTypes) {
    if (name == each) return type;
  }
  return {};
}

const Column* Stream::FindColumn(const std::string& column) const {
  const auto found =
      std::ranges::find_if(columns, [&](const Column& each) { return each.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

const ImportRule* Stream::FindRule(const std::string& rule) const {
  const auto found =
      std::ranges::find_if(rules, [&](const ImportRule& each) { return each.name == rule; });
  return found == rules.end() ? nullptr : &*found;
}

const Column* Stream::WindowColumn() const {
  if (!window_at) return nullptr;
  const auto found =
      std::ranges::find_if(columns, [&](const Column& each) { return each.from == *window_at; });
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace sb::core::sync
