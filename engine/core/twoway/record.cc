#include "engine/core/twoway/record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/twoway/canonical.h"
#include "engine/core/twoway/field_io.h"

namespace sb::core::twoway {
namespace {

constexpr std::size_t kMostMatchKeys = 100;

/// "+33142685300": a number that could be read.
bool IsE164(const std::string& text) {
  constexpr std::size_t kFewestDigits = 6;
  constexpr std::size_t kMostDigits = 15;
  if (!text.starts_with('+') || text.size() <= kFewestDigits || text.size() > kMostDigits + 1)
    return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsAddress(const std::string& text) {
  const std::size_t at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() &&
         text.find_first_of(" \n") == std::string::npos;
}

bool CanMatch(MatchBy by, Shape shape) {
  if (by == MatchBy::kPhone) return shape == Shape::kPhone || shape == Shape::kPhones;
  return by == MatchBy::kEmail && (shape == Shape::kEmail || shape == Shape::kEmails);
}

/// The texts of a single value, or of a list.
std::vector<std::string> WordsOf(const Json& value) {
  std::vector<std::string> words;
  if (value.is_string()) words.push_back(value.get<std::string>());
  if (value.is_object()) {
    for (const auto& [key, label] : value.items()) words.push_back(key);
  }
  return words;
}

/// What both records have in common as external key; empty: this one has none.
std::string ExternalKeyOf(const Definition& definition, Side side, const Json& native,
                          const std::string& key) {
  const std::string& own = definition.at(side).external_key;
  if (own.empty()) return definition.at(OtherOf(side)).external_key.empty() ? "" : key;
  const Json& value = Member(native, own);
  const Canonical text = CanonicalValue(Shape::kText, value, {});
  return text.value.is_string() ? text.value.get<std::string>() : "";
}

bool IsTruth(const Json& value) {
  return !value.is_null() && value != Json(false);
}

}  // namespace

std::string HashOf(const Record& record) {
  return ToHex(Sha256(DumpJson(Json(record))));
}

Json ValueOf(const Record& record, const std::string& field) {
  const auto found = record.find(field);
  return found == record.end() ? Json() : found->second;
}

void SetValue(Record& record, const std::string& field, Json value) {
  if (value.is_null() || (value.is_structured() && value.empty()))
    record.erase(field);
  else
    record[field] = std::move(value);
}

std::set<std::string> Differing(const Record& left, const Record& right) {
  std::set<std::string> fields;
  for (const auto& [field, value] : left) {
    const auto other = right.find(field);
    if (other == right.end() || other->second != value) fields.insert(field);
  }
  for (const auto& [field, value] : right) {
    if (!left.contains(field)) fields.insert(field);
  }
  return fields;
}

bool IsUnreadable(const Flag& flag) {
  return flag.code == "VALUE_UNREADABLE";
}

Record ReadableOver(const Projection& projection, const Record& last) {
  Record record = projection.record;
  for (const Flag& flag : projection.flags) {
    if (IsUnreadable(flag) && !flag.field.empty())
      SetValue(record, flag.field, ValueOf(last, flag.field));
  }
  return record;
}

Projector::Projector(const Definition& definition, Side side, SideShape shape, std::string region,
                     Equipment equipment)
    : definition_(definition),
      side_(side),
      shape_(std::move(shape)),
      region_(std::move(region)),
      equipment_(equipment) {}

FieldPlace Projector::PlaceOf(const Field& field, const PhoneReading& reading) const {
  return {field, definition_.at(side_), side_, shape_, reading, equipment_.expressions};
}

Result<Projection> Projector::Project(const Json& native) const {
  const PhoneReading reading{equipment_.phones, region_};
  Projection projection;
  for (const Field& field : definition_.fields) {
    auto read = FieldIo(PlaceOf(field, reading)).Read(native);
    if (!read.ok()) return read.error();
    if (!read->flag.empty()) projection.flags.push_back({field.name, read->flag});
    SetValue(projection.record, field.name, std::move(read->value));
  }
  const std::string& where = definition_.at(side_).where;
  if (where.empty()) return projection;
  if (equipment_.expressions == nullptr)
    return Unavailable("EXPRESSION_UNAVAILABLE", "expressions cannot be evaluated here");
  const Result<Json> takes_part = equipment_.expressions->Evaluate(where, native, {});
  if (!takes_part.ok() && takes_part.error().kind != ErrorKind::kInvalid) return takes_part.error();
  if (!takes_part.ok()) projection.flags.push_back({"", "VALUE_UNREADABLE"});
  projection.takes_part = takes_part.ok() && IsTruth(*takes_part);
  return projection;
}

Result<Record> Projector::Shown(const Record& target, const Record& now) const {
  const PhoneReading reading{equipment_.phones, region_};
  Record shown;
  for (const Field& field : definition_.fields) {
    auto value = FieldIo(PlaceOf(field, reading))
                     .Shown(ValueOf(target, field.name), ValueOf(now, field.name));
    if (!value.ok()) return value.error();
    SetValue(shown, field.name, std::move(*value));
  }
  return shown;
}

Result<Json> Projector::Render(const Record& target, const std::set<std::string>& fields,
                               const Json& native) const {
  const PhoneReading reading{equipment_.phones, region_};
  Json values = Json::object();
  for (const Field& field : definition_.fields) {
    if (!fields.contains(field.name)) continue;
    const Status written =
        FieldIo(PlaceOf(field, reading)).Write(ValueOf(target, field.name), native, values);
    if (!written.ok()) return written.error();
  }
  return values;
}

Json Projector::NativeOf(const std::set<std::string>& fields, const Json& native) const {
  Json values = Json::object();
  for (const Field& field : definition_.fields) {
    if (!fields.contains(field.name)) continue;
    for (const std::string& name : field.at(side_).names) values[name] = Member(native, name);
  }
  return values;
}

std::optional<Json> Projector::Chosen(const Field& field, const Json& value) const {
  const PhoneReading reading{equipment_.phones, region_};
  const bool is_list = IsList(field.shape);
  const bool fits =
      value.is_null() || (is_list ? value.is_object() || value.is_array() : value.is_primitive());
  // A text is a text: what is true or 12 is no name.
  const bool is_text = field.shape != Shape::kNumber && field.shape != Shape::kBoolean;
  if (!fits || (!is_list && is_text && !value.is_null() && !value.is_string())) return std::nullopt;
  if (!is_list) {
    Canonical read = CanonicalValue(field.shape, value, reading);
    return read.flag.empty() ? std::optional(std::move(read.value)) : std::nullopt;
  }
  Json entries = Json::array();
  if (value.is_object()) {
    for (const auto& item : value.items()) {
      if (!item.value().is_string() && !item.value().is_null()) return std::nullopt;
      entries.push_back({{"value", item.key()}, {"label", item.value()}});
    }
  } else if (value.is_array()) {
    entries = value;
  }
  const bool texts = std::ranges::all_of(
      entries, [](const Json& entry) { return entry.is_string() || entry.is_object(); });
  Canonical read = CanonicalList(field.shape, entries, field.labels, reading);
  return texts && read.flag.empty() ? std::optional(std::move(read.value)) : std::nullopt;
}

std::set<std::string> Projector::MissingIn(const Record& target) const {
  const PhoneReading reading;
  std::set<std::string> missing;
  for (const Field& field : definition_.fields) {
    const bool required = FieldIo(PlaceOf(field, reading)).IsRequired();
    if (required && !target.contains(field.name)) missing.insert(field.name);
  }
  return missing;
}

Result<std::vector<NotBack>> Projector::TryRoundTrip(const std::vector<Json>& natives) const {
  const PhoneReading reading{equipment_.phones, region_};
  std::vector<NotBack> faults;
  for (const Field& field : definition_.fields) {
    const bool written = field.IsWritten(side_) && !field.at(side_).write.empty();
    if (!written) continue;
    const FieldIo io(PlaceOf(field, reading));
    NotBack fault{field.name, 0, {}, {}};
    for (const Json& native : natives) {
      const auto read = io.Read(native);
      if (!read.ok()) return read.error();
      const auto again = io.Back(read->value);
      if (!again.ok()) return again.error();
      const Json back = again->value_or(Json());
      if (back == read->value) continue;
      if (fault.records == 0) {
        fault.value = read->value;
        fault.again = back;
      }
      ++fault.records;
    }
    if (fault.records > 0) faults.push_back(std::move(fault));
  }
  std::ranges::sort(faults, {}, &NotBack::field);
  return faults;
}

std::vector<MatchKey> MatchKeysOf(const Definition& definition, Side side, const Record& record,
                                  const Json& native, const std::string& key) {
  std::vector<MatchKey> keys;
  const auto add = [&](MatchBy by, std::string value) {
    MatchKey match{by, std::move(value)};
    const bool known = std::ranges::find(keys, match) != keys.end();
    if (!known && keys.size() < kMostMatchKeys) keys.push_back(std::move(match));
  };
  for (const MatchBy by : definition.match) {
    if (by == MatchBy::kExternalKey) {
      std::string external = ExternalKeyOf(definition, side, native, key);
      if (!external.empty()) add(by, std::move(external));
      continue;
    }
    for (const Field& field : definition.fields) {
      if (!CanMatch(by, field.shape)) continue;
      for (std::string& word : WordsOf(ValueOf(record, field.name))) {
        const bool fits = by == MatchBy::kPhone ? IsE164(word) : IsAddress(word);
        if (fits) add(by, std::move(word));
      }
    }
  }
  return keys;
}

}  // namespace sb::core::twoway
