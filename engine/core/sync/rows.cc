#include "engine/core/sync/rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"

namespace sb::core::sync {
namespace {

constexpr std::size_t kLargestObject = 1 << 20;
constexpr std::size_t kMostChildren = 10'000;
constexpr std::size_t kMostDrift = 100;
constexpr const char* kPosition = "position";
constexpr const char* kReplacement = "\xEF\xBF\xBD";
// Ten digits of Unix seconds last until the year 2286; the same instants in milliseconds have
// thirteen.
constexpr std::int64_t kLeastUnixMillis = 100'000'000'000;
constexpr std::int64_t kMostUnixMillis = 100'000'000'000'000;

// ---- Values ----

std::string WithoutNul(const std::string& text) {
  if (text.find('\0') == std::string::npos) return text;
  std::string clean;
  for (const char c : text) {
    if (c == '\0')
      clean += kReplacement;
    else
      clean += c;
  }
  return clean;
}

Json WithoutNul(const Json& value) {
  if (value.is_string()) return WithoutNul(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  Json clean = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, inner] : value.items()) {
    if (value.is_array())
      clean.push_back(WithoutNul(inner));
    else
      clean[WithoutNul(key)] = WithoutNul(inner);
  }
  return clean;
}

/// As a database takes it.
std::string StorableJson(const Json& value) {
  std::string text = DumpJson(value);
  return text.find("\\u0000") == std::string::npos ? text : DumpJson(WithoutNul(value));
}

TypedCell Misfit() {
  return {{}, false};
}

std::optional<std::int64_t> WholeNumber(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return {};
  return number;
}

/// Also one that a calculation has made a floating-point number of.
std::optional<std::int64_t> WholeNumber(const Json& value) {
  constexpr double kExact = 9'007'199'254'740'992.0;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX})
    return {};
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return WholeNumber(value.get_ref<const std::string&>());
  if (!value.is_number_float()) return {};
  const double number = value.get<double>();
  if (std::trunc(number) != number || std::abs(number) > kExact) return {};
  return static_cast<std::int64_t>(number);
}

bool IsDecimal(const std::string& text) {
  constexpr std::size_t kLongest = 40;
  const std::string digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.size() <= kLongest &&
         digits.find_first_not_of("0123456789.") == std::string::npos &&
         std::ranges::count(digits, '.') <= 1 && digits.front() != '.' && digits.back() != '.';
}

TypedCell TextCell(const Json& value) {
  if (value.is_string()) return {WithoutNul(value.get_ref<const std::string&>())};
  if (value.is_structured()) return Misfit();
  return {DumpJson(value)};
}

TypedCell NumericCell(const Json& value) {
  if (value.is_number()) return {DumpJson(value)};
  if (value.is_string() && IsDecimal(value.get_ref<const std::string&>()))
    return {value.get<std::string>()};
  return Misfit();
}

std::optional<WallTime> Instant(const Json& value) {
  if (const auto number = WholeNumber(value)) {
    if (*number <= 0 || *number > kMostUnixMillis) return {};
    if (*number >= kLeastUnixMillis) return WallTime(Millis(*number));
    return WallTime(std::chrono::seconds(*number));
  }
  return value.is_string() ? ParseRfc3339(value.get_ref<const std::string&>()) : std::nullopt;
}

/// No text is as good as no instant.
bool IsBlank(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().empty();
}

const Json& Follow(const Json& object, const std::vector<std::string>& path) {
  const Json* at = &object;
  for (const std::string& member : path) at = &Member(*at, member);
  return *at;
}

// ---- Programs ----

/// Nothing counts as null. The line break keeps a comment at the end from swallowing what follows.
std::string FirstResult(const std::string& program) {
  return "([(" + program + "\n)][0])";
}

/// What the programs of a stream gave for each object; nothing: they failed.
using DerivedValues = std::vector<std::optional<Json>>;

bool FitsDerived(const Result<Json>& result, std::size_t objects) {
  return result.ok() && result->is_array() && result->size() == objects;
}

Result<DerivedValues> Derive(const Stream& stream, const std::vector<Json>& objects,
                             const workflow::Expressions& expressions) {
  if (stream.derived.empty()) return DerivedValues(objects.size(), Json::array());
  DerivedValues values;
  auto together = expressions.Evaluate(stream.derived, objects, {});
  if (FitsDerived(together, objects.size())) {
    for (Json& value : *together) values.emplace_back(std::move(value));
    return values;
  }
  // One of them spoils it: which one is found by asking for each.
  for (const Json& object : objects) {
    auto alone = expressions.Evaluate(stream.derived, Json::array({object}), {});
    if (!alone.ok() && alone.error().kind == ErrorKind::kUnavailable) return alone.error();
    if (FitsDerived(alone, 1))
      values.emplace_back(std::move((*alone)[0]));
    else
      values.emplace_back(std::nullopt);
  }
  return values;
}

/// The values of one object, taken one after the other.
class DerivedList {
 public:
  explicit DerivedList(const Json& values) : values_(values) {}

  const Json& Next() {
    static const Json kNull;
    return at_ < values_.size() ? values_[at_++] : kNull;
  }

 private:
  const Json& values_;
  std::size_t at_ = 0;
};

const Json& ValueOf(const Source& source, const Json& object, DerivedList& derived) {
  return source.program.empty() ? Follow(object, source.path) : derived.Next();
}

// ---- Rows ----

void NoteDrift(std::set<std::string>& names, std::string name) {
  if (names.size() < kMostDrift) names.insert(std::move(name));
}

Cell TakeCell(const std::string& table, const Column& column, const Json& value, Drift& drift) {
  TypedCell typed = ToCell(column.type, value);
  if (!typed.fits) NoteDrift(drift.mistyped, table + "." + column.name);
  return std::move(typed.cell);
}

/// Null where a column of the key is.
std::optional<std::string> ChildKey(const ChildTable& child, const Cells& cells) {
  if (HasPosition(child)) return cells.front();
  Json key = Json::array();
  for (std::size_t i = 0; i < child.columns.size(); ++i) {
    if (std::ranges::find(child.key, child.columns[i].name) == child.key.end()) continue;
    if (!cells[i]) return {};
    key.push_back(*cells[i]);
  }
  return DumpJson(key);
}

std::vector<Cells> MapChildren(const ChildTable& child, const Json& items, Drift& drift) {
  std::vector<Cells> rows;
  if (!items.is_array()) return rows;
  std::set<std::string> taken;
  const std::size_t count = std::min(items.size(), kMostChildren);
  for (std::size_t i = 0; i < count; ++i) {
    Cells cells;
    if (HasPosition(child)) cells.emplace_back(std::to_string(i + 1));
    for (const Column& column : child.columns)
      cells.push_back(TakeCell(child.table, column, Follow(items[i], column.from.path), drift));
    const auto key = ChildKey(child, cells);
    if (!key) NoteDrift(drift.mistyped, child.table + " (key)");
    if (key && taken.insert(*key).second) rows.push_back(std::move(cells));
  }
  return rows;
}

void RemoveMembers(Json& value, const std::vector<std::string>& names) {
  if (value.is_object()) {
    for (const std::string& name : names) value.erase(name);
  }
  if (!value.is_structured()) return;
  for (Json& inner : value) RemoveMembers(inner, names);
}

std::string RawOf(const Stream& stream, const Json& object) {
  if (stream.leave_out.empty()) return StorableJson(object);
  return StorableJson(WithoutMembers(object, stream.leave_out));
}

bool HasKey(const Stream& stream, const Cells& cells) {
  for (std::size_t i = 0; i < stream.columns.size(); ++i) {
    const bool in_key = std::ranges::find(stream.key, stream.columns[i].name) != stream.key.end();
    if (in_key && !cells[i]) return false;
  }
  return true;
}

/// One object; `why` is filled in where it is rejected.
std::optional<MappedRow> MapObject(const Stream& stream, const Json& object,
                                   const std::optional<Json>& derived, Drift& drift,
                                   RejectedObject& why) {
  if (!object.is_object() || !derived) {
    why.code = "SYNC_OBJECT_UNREADABLE";
    why.reason =
        object.is_object() ? "an expression of the stream fails for it" : "it is no object";
    return {};
  }
  MappedRow row;
  DerivedList values(*derived);
  for (const Column& column : stream.columns)
    row.cells.push_back(TakeCell(stream.name, column, ValueOf(column.from, object, values), drift));
  for (const ChildTable& child : stream.children)
    row.children.push_back(MapChildren(child, ValueOf(child.items, object, values), drift));
  if (!HasKey(stream, row.cells)) {
    why.code = "SYNC_OBJECT_WITHOUT_KEY";
    why.reason = "it lacks the key by which rows are told apart";
    return {};
  }
  row.raw = RawOf(stream, object);
  row.hash = ToHex(Sha256(row.raw));
  if (row.raw.size() > kLargestObject) {
    why.key = KeyOf(stream, row.cells);
    why.code = "SYNC_OBJECT_TOO_LARGE";
    why.reason = "it has " + std::to_string(row.raw.size()) + " bytes, more than 1 MiB";
    return {};
  }
  return row;
}

void NoteUnknown(const Stream& stream, const Json& object, Drift& drift) {
  if (stream.known.empty() || !object.is_object()) return;
  for (const auto& [name, value] : object.items()) {
    if (!stream.known.contains(name)) NoteDrift(drift.members, name.substr(0, 100));
  }
}

}  // namespace

TypedCell ToCell(ColumnType type, const Json& value) {
  if (value.is_null()) return {};
  switch (type) {
    case ColumnType::kText:
      return TextCell(value);
    case ColumnType::kBigint: {
      const auto number = WholeNumber(value);
      return number ? TypedCell{std::to_string(*number)} : Misfit();
    }
    case ColumnType::kNumeric:
      return NumericCell(value);
    case ColumnType::kBoolean:
      return value.is_boolean() ? TypedCell{value.get<bool>() ? "true" : "false"} : Misfit();
    case ColumnType::kTimestamp: {
      if (IsBlank(value)) return {};
      const auto instant = Instant(value);
      return instant ? TypedCell{ToRfc3339(*instant)} : Misfit();
    }
    case ColumnType::kJson:
      return {StorableJson(value)};
  }
  return Misfit();
}

bool HasPosition(const ChildTable& child) {
  return std::ranges::find(child.key, kPosition) != child.key.end();
}

std::string DerivedProgram(const Stream& stream) {
  std::string list;
  const auto add = [&](const std::string& program) {
    if (program.empty()) return;
    list += (list.empty() ? "" : ", ") + FirstResult(program);
  };
  for (const Column& column : stream.columns) add(column.from.program);
  for (const ChildTable& child : stream.children) add(child.items.program);
  return list.empty() ? "" : "[.[] | [" + list + "]]";
}

Result<MappedObjects> MapObjects(const Stream& stream, const std::vector<Json>& objects,
                                 const workflow::Expressions& expressions) {
  const auto derived = Derive(stream, objects, expressions);
  if (!derived.ok()) return derived.error();
  MappedObjects mapped;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    RejectedObject why;
    why.index = i;
    NoteUnknown(stream, objects[i], mapped.drift);
    auto row = MapObject(stream, objects[i], (*derived)[i], mapped.drift, why);
    if (row)
      mapped.rows.push_back(*std::move(row));
    else
      mapped.rejected.push_back(std::move(why));
  }
  return mapped;
}

Json WithoutMembers(Json value, const std::vector<std::string>& names) {
  RemoveMembers(value, names);
  return value;
}

std::string KeyOf(const Stream& stream, const Cells& cells) {
  Json key = Json::array();
  for (const std::string& name : stream.key) {
    for (std::size_t i = 0; i < stream.columns.size(); ++i) {
      if (stream.columns[i].name == name) key.push_back(cells[i].value_or(""));
    }
  }
  if (key.empty()) return {};
  return key.size() == 1 ? key[0].get<std::string>() : DumpJson(key);
}

Cells CellsOfKey(const Stream& stream, const std::string& key) {
  std::vector<std::string> texts = {key};
  if (stream.key.size() > 1) {
    const auto list = ParseJson(key);
    texts.clear();
    if (list.ok() && list->is_array()) {
      for (const Json& each : *list) texts.push_back(PlainText(each));
    }
  }
  Cells cells(stream.columns.size());
  for (std::size_t at = 0; at < stream.key.size() && at < texts.size(); ++at) {
    for (std::size_t i = 0; i < stream.columns.size(); ++i) {
      if (stream.columns[i].name == stream.key[at]) cells[i] = texts[at];
    }
  }
  return cells;
}

}  // namespace sb::core::sync
