#include "engine/core/twoway/definition.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"

namespace sb::core::twoway {
namespace {

std::vector<std::string> Sorted(const std::set<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

const Field* Definition::Find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

NativeFields NativeFieldsOf(const Definition& definition, Side side) {
  std::set<std::string> read;
  std::set<std::string> written;
  for (const Field& field : definition.fields) {
    const std::vector<std::string>& names = field.at(side).names;
    read.insert(names.begin(), names.end());
    if (field.IsWritten(side)) written.insert(names.begin(), names.end());
  }
  const std::string& external_key = definition.at(side).external_key;
  if (!external_key.empty()) read.insert(external_key);
  const DeleteRules& deletes = definition.deletes;
  const bool flags = (side == Side::kA ? deletes.to_a : deletes.to_b) == Deletes::kFlag;
  if (flags) written.insert(side == Side::kA ? deletes.flag_a : deletes.flag_b);
  return {Sorted(read), Sorted(written)};
}

std::string MappingOf(const Field& field) {
  constexpr std::size_t kFingerprint = 16;
  Json mapping = Json::array({static_cast<int>(field.shape), field.labels});
  for (const SideField* side : {&field.a, &field.b}) {
    mapping.push_back(side->names);
    mapping.push_back(side->read);
    mapping.push_back(side->write);
  }
  return field.name + " " + ToHex(Sha256(DumpJson(mapping))).substr(0, kFingerprint);
}

std::set<std::string> MappingsOf(const Definition& definition) {
  std::set<std::string> mappings;
  for (const Field& field : definition.fields) mappings.insert(MappingOf(field));
  return mappings;
}

bool IsTwoWay(std::string_view yaml) {
  const YamlOutcome parsed = ParseYaml(yaml);
  return parsed.document && parsed.document->value.is_object() &&
         parsed.document->value.contains("between");
}

}  // namespace sb::core::twoway
