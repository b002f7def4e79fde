#include <string>

#include <nlohmann/json.hpp>

#include "embedded/TwoWayFiles.h"
#include "engine/base/yaml.h"
#include "engine/core/twoway/definition.h"

namespace sb::core::twoway {
namespace {

const Json& TwoWayForm() {
  static const Json kForm =
      ParseYaml(sb::embedded::TwoWayFiles().front().content).document.value().value;
  return kForm;
}

/// A side of this connector, with the records that it has.
Json RecordSideOf(const std::string& connector, const std::map<std::string, RecordKind>& kinds) {
  Json objects = Json::array();
  for (const auto& [name, kind] : kinds) objects.push_back(name);
  const Json reference = {{"$ref", "#/$defs/native"}};
  return {{"description", "Records of " + connector + "."},
          {"type", "object"},
          {"required", {"connector", "object"}},
          {"additionalProperties", false},
          {"properties",
           {{"connector", {{"const", connector}}},
            {"object", {{"description", "The kind of record."}, {"enum", objects}}},
            {"account",
             {{"description", "Of a second connector: its connected account."},
              {"type", "string"},
              {"pattern", "^acc_[0-9a-z]+$"}}},
            {"where", {{"$ref", "#/$defs/where"}}},
            {"external_key", reference}}}};
}

}  // namespace

Json DefinitionSchema(const RecordCatalog& catalog) {
  Json schema = TwoWayForm();
  Json sides = Json::array();
  for (const auto& [connector, kinds] : catalog) sides.push_back(RecordSideOf(connector, kinds));
  schema["$defs"]["records"] =
      sides.empty() ? Json{{"not", Json::object()}} : Json{{"anyOf", sides}};
  return schema;
}

}  // namespace sb::core::twoway
