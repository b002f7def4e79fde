#include "engine/core/twoway/field_io.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/unicode.h"

namespace sb::core::twoway {
namespace {

constexpr const char* kUnreadableValue = "VALUE_UNREADABLE";

FieldLimits LimitsIn(const SideShape& shape, const std::string& name) {
  const auto found = shape.find(name);
  if (found != shape.end()) return found->second;
  FieldLimits unknown;  // of a platform, which takes what it is given
  unknown.type = "json";
  return unknown;
}

/// Of several columns what all of them can do.
FieldLimits TightestOf(const FieldPlace& place) {
  const std::vector<std::string>& names = place.field.at(place.side).names;
  FieldLimits tight;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const FieldLimits each = LimitsIn(place.shape, names[i]);
    if (i == 0) {
      tight = each;
      continue;
    }
    if (tight.most_chars == 0 || (each.most_chars != 0 && each.most_chars < tight.most_chars))
      tight.most_chars = each.most_chars;
    tight.writable = tight.writable && each.writable;
    tight.clears = tight.clears && each.clears;
  }
  return tight;
}

Holding HoldingOf(const FieldPlace& place, const FieldLimits& limits) {
  const SideField& side = place.field.at(place.side);
  if (side.names.size() > 1) return Holding::kColumns;
  if (!IsList(place.field.shape)) return Holding::kValue;
  const bool known = !side.names.empty() && place.shape.contains(side.names.front());
  const bool takes_lists =
      limits.type == "phones" || limits.type == "emails" || limits.type == "json";
  if (known ? takes_lists : place.spec.connector != "postgres") return Holding::kEntries;
  return side.write.empty() ? Holding::kColumns : Holding::kValue;
}

bool IsBlankText(const Json& raw) {
  if (!raw.is_string()) return false;
  const auto text = NormalText(raw.get_ref<const std::string&>());
  return text && text->empty();
}

/// [{"value", "label"}]: a list as transforms see it.
Json EntriesOf(const Json& list) {
  Json entries = Json::array();
  for (const auto& [key, label] : list.items())
    entries.push_back({{"value", key}, {"label", label}});
  return entries;
}

/// A single value is a list of one.
Json AsEntries(const Json& raw) {
  if (raw.is_null()) return Json::array();
  return raw.is_array() ? raw : Json::array({raw});
}

const Json& EntryValue(const Json& entry) {
  return entry.is_object() ? Member(entry, "value") : entry;
}

std::set<std::string> KeysOf(const std::vector<Json>& entries, Shape shape,
                             const PhoneReading& reading) {
  std::set<std::string> keys;
  for (const Json& entry : entries) keys.insert(EntryKey(shape, entry, reading));
  return keys;
}

}  // namespace

FieldIo::FieldIo(const FieldPlace& place)
    : place_(place), limits_(TightestOf(place)), holding_(HoldingOf(place, limits_)) {}

FieldLimits FieldIo::LimitsOf(const std::string& name) const {
  return LimitsIn(place_.shape, name);
}

bool FieldIo::IsWritable() const {
  return limits_.writable && place_.field.IsWritten(place_.side);
}

bool FieldIo::IsRequired() const {
  return limits_.required;
}

// ---- Reading ----

Json FieldIo::RawOf(const Json& native) const {
  if (names().names.size() == 1) return Member(native, names().names.front());
  Json entries = Json::array();
  for (const std::string& name : names().names) {
    const Json& value = Member(native, name);
    if (!value.is_null()) entries.push_back({{"value", value}, {"label", name}});
  }
  return entries.empty() ? Json() : entries;
}

Result<std::optional<Json>> FieldIo::Transformed(const std::string& program,
                                                 const Json& value) const {
  if (place_.expressions == nullptr)
    return Unavailable("EXPRESSION_UNAVAILABLE", "expressions cannot be evaluated here");
  Result<Json> made = place_.expressions->Evaluate(program, value, {});
  if (made.ok()) return std::optional<Json>(std::move(*made));
  if (made.error().kind == ErrorKind::kInvalid) return std::optional<Json>();
  return made.error();
}

Result<Canonical> FieldIo::FromRaw(const Json& raw) const {
  if (raw.is_null() || IsBlankText(raw)) return Canonical{};
  std::optional<Json> value = raw;
  if (!names().read.empty()) {
    auto read = Transformed(names().read, raw);
    if (!read.ok()) return read.error();
    value = std::move(*read);
  }
  if (!value) return Canonical{nullptr, kUnreadableValue};
  if (IsList(place_.field.shape))
    return CanonicalList(place_.field.shape, *value, place_.field.labels, place_.reading);
  return CanonicalValue(place_.field.shape, *value, place_.reading);
}

Result<Canonical> FieldIo::Read(const Json& native) const {
  return FromRaw(RawOf(native));
}

// ---- What a side shows ----

std::optional<Json> FieldIo::Fitting(const Json& raw) const {
  if (raw.is_null()) return raw;
  if (raw.is_array() && holding_ != Holding::kValue) {
    const bool too_many = holding_ == Holding::kColumns && raw.size() > names().names.size();
    const bool fits = std::ranges::all_of(raw, [&](const Json& entry) {
      const Json& value = EntryValue(entry);
      return value.is_string() && HasRoomFor(value.get_ref<const std::string&>());
    });
    return fits && !too_many ? std::optional<Json>(raw) : std::nullopt;
  }
  if (limits_.type == "number" || limits_.type == "boolean") {
    const Shape shape = limits_.type == "number" ? Shape::kNumber : Shape::kBoolean;
    const Canonical converted = CanonicalValue(shape, raw, {});
    return converted.value.is_null() ? std::nullopt : std::optional<Json>(converted.value);
  }
  const bool structured = raw.is_structured();
  if (structured && limits_.type == "text") return std::nullopt;
  if (structured || (!raw.is_string() && limits_.type != "text")) return raw;
  const std::string text = PlainText(raw);
  if (limits_.most_chars == 0 || CharsIn(text) <= limits_.most_chars) return Json(text);
  if (place_.field.shape != Shape::kText) return std::nullopt;  // half a number is another number
  return Json(CutText(text, limits_.most_chars));
}

Result<std::optional<Json>> FieldIo::ToRaw(const Json& value) const {
  if (value.is_null()) return std::optional<Json>(Json());
  const bool list = IsList(place_.field.shape);
  Json raw = list ? EntriesOf(value) : value;
  if (names().write.empty()) return Fitting(raw);
  auto written = Transformed(names().write, raw);
  if (!written.ok()) return written.error();
  return *written ? Fitting(**written) : std::optional<Json>();
}

Result<std::optional<Json>> FieldIo::Back(const Json& value) const {
  const auto raw = ToRaw(value);
  if (!raw.ok()) return raw.error();
  if (!*raw) return std::optional<Json>();
  const auto back = FromRaw(**raw);
  if (!back.ok()) return back.error();
  if (back->flag == kUnreadableValue) return std::optional<Json>();
  return std::optional<Json>(back->value);
}

bool FieldIo::HasRoomFor(const std::string& key) const {
  if (limits_.type == "number" || limits_.type == "boolean") return false;
  return limits_.most_chars == 0 || CharsIn(key) <= limits_.most_chars;
}

/// The entries of a list that the side has room for, and those that it does not let go.
Json FieldIo::Chosen(const Json& target, const Json& now) const {
  std::size_t room = holding_ == Holding::kEntries ? limits_.most : 0;
  std::size_t least = limits_.clears ? limits_.least : std::max<std::size_t>(limits_.least, 1);
  if (holding_ == Holding::kColumns) room = names().names.size();
  Json chosen = Json::object();
  for (const auto& [key, label] : target.items()) {
    if (now.contains(key)) chosen[key] = label;
  }
  for (const auto& [key, label] : target.items()) {
    const bool full = room != 0 && chosen.size() >= room;
    const bool fits = holding_ == Holding::kValue || HasRoomFor(key);
    if (!full && fits && !chosen.contains(key)) chosen[key] = label;
  }
  for (const auto& [key, label] : now.items()) {
    if (chosen.size() < least && !chosen.contains(key)) chosen[key] = label;
  }
  return chosen.empty() ? Json() : chosen;
}

Result<Json> FieldIo::Shown(const Json& target, const Json& now) const {
  if (target == now || !IsWritable()) return now;
  const bool list = IsList(place_.field.shape);
  if (!list && target.is_null()) return limits_.clears ? Json() : now;
  const Json wanted = list ? Chosen(target, now) : target;
  if (wanted == now) return now;
  const auto back = Back(wanted);
  if (!back.ok()) return back.error();
  if (!*back) return now;
  Json shown = **back;
  if (shown == wanted) return shown;
  // It is cut, or its transforms make something else of it. That stands if it stays as it is when
  // it is written again; else the side would never come to rest.
  const bool allowed = list ? Chosen(shown, now) == shown : limits_.clears || !shown.is_null();
  if (!allowed) return now;
  const auto again = Back(shown);
  if (!again.ok()) return again.error();
  return *again == shown ? shown : now;
}

// ---- Writing ----

Status FieldIo::Write(const Json& target, const Json& native, Json& values) const {
  const auto now = Read(native);
  if (!now.ok()) return now.error();
  if (now->flag == kUnreadableValue || now->value == target || !IsWritable()) return {};
  if (holding_ != Holding::kValue) return WriteList(target, native, values);
  const auto raw = ToRaw(target);
  if (!raw.ok()) return raw.error();
  if (*raw) values[names().names.front()] = **raw;
  return {};
}

Status FieldIo::WriteList(const Json& target, const Json& native, Json& values) const {
  const auto raw = ToRaw(target);
  if (!raw.ok()) return raw.error();
  if (!*raw) return {};
  const bool whole = !(*raw)->is_array() && !(*raw)->is_null();  // what `write` made of it
  if (whole && holding_ == Holding::kEntries) {
    values[names().names.front()] = **raw;
    return {};
  }
  std::vector<Json> wanted;
  for (const Json& entry : AsEntries(**raw)) {
    std::string label = TextMember(entry, "label");
    if (label.empty()) label = place_.field.label;
    wanted.push_back({{"value", EntryValue(entry)}, {"label", label}});
  }
  if (holding_ == Holding::kColumns)
    WriteColumns(wanted, native, values);
  else
    WriteEntries(wanted, native, values);
  return {};
}

/// Entries that stay keep their columns; new ones go to free columns, in the order of both.
void FieldIo::WriteColumns(const std::vector<Json>& wanted, const Json& native,
                           Json& values) const {
  const Shape shape = place_.field.shape;
  const std::set<std::string> keys = KeysOf(wanted, shape, place_.reading);
  std::set<std::string> placed;
  std::vector<std::string> free;
  std::vector<std::string> doubles;  // hold once more what another column holds
  for (const std::string& name : names().names) {
    const std::string key = EntryKey(shape, Member(native, name), place_.reading);
    if (!keys.contains(key))
      free.push_back(name);
    else if (!placed.insert(key).second)
      doubles.push_back(name);
  }
  std::vector<std::string> places = free;
  places.insert(places.end(), doubles.begin(), doubles.end());
  std::size_t used = 0;
  for (const Json& entry : wanted) {
    if (used == places.size()) break;
    if (placed.insert(EntryKey(shape, entry, place_.reading)).second)
      values[places[used++]] = entry["value"];
  }
  for (std::size_t i = used; i < free.size(); ++i) {
    if (EntryKey(shape, Member(native, free[i]), place_.reading).empty()) continue;
    if (LimitsOf(free[i]).clears)
      values[free[i]] = nullptr;
    else if (!wanted.empty())
      values[free[i]] = wanted.front()["value"];  // it may not be blank: it holds one that stays
  }
}

/// Entries that stay are kept as they are written, with whatever else they have (an id).
void FieldIo::WriteEntries(const std::vector<Json>& wanted, const Json& native,
                           Json& values) const {
  const Shape shape = place_.field.shape;
  const std::string& name = names().names.front();
  std::map<std::string, Json> labels;
  for (const Json& entry : wanted)
    labels.emplace(EntryKey(shape, entry, place_.reading), entry["label"]);
  const Json present = AsEntries(Member(native, name));
  const bool texts = !present.empty() && std::ranges::all_of(present, [](const Json& each) {
    return each.is_string();
  });
  std::set<std::string> placed;
  Json list = Json::array();
  for (Json entry : present) {
    const std::string key = EntryKey(shape, entry, place_.reading);
    if (!key.empty() && !labels.contains(key)) continue;
    const bool first = placed.insert(key).second;
    const Canonical now = CanonicalList(shape, entry, true, place_.reading);
    const bool relabelled = place_.field.labels && first && !key.empty() && entry.is_object() &&
                            now.value[key] != labels[key];
    if (relabelled) entry["label"] = labels[key];
    list.push_back(std::move(entry));
  }
  for (const Json& entry : wanted) {
    if (!placed.insert(EntryKey(shape, entry, place_.reading)).second) continue;
    list.push_back(texts ? entry["value"] : entry);
  }
  values[name] = std::move(list);
}

}  // namespace sb::core::twoway
