#include <string>

#include <nlohmann/json.hpp>

#include "embedded/SyncFiles.h"
#include "engine/base/yaml.h"
#include "engine/core/sync/replication.h"

namespace sb::core::sync {
namespace {

const Json& Form() {
  static const Json kForm =
      ParseYaml(sb::embedded::SyncFiles().front().content).document.value().value;
  return kForm;
}

Json NamesOf(const std::map<std::string, Stream>& streams) {
  Json names = Json::array();
  for (const auto& [name, stream] : streams) names.push_back(name);
  return names;
}

/// `streams` where they come from this connector.
Json RuleOf(const std::string& source, const Json& names) {
  const Json entry = {
      {"anyOf",
       {{{"enum", names}}, {{"type", "object"}, {"properties", {{"stream", {{"enum", names}}}}}}}}};
  return {{"if", {{"properties", {{"from", {{"const", source}}}}}}},
          {"then", {{"properties", {{"streams", {{"items", entry}}}}}}}};
}

}  // namespace

Json ReplicationSchema(const StreamCatalog& catalog) {
  Json schema = Form();
  Json& definitions = schema["$defs"];
  Json sources = Json::array();
  Json rules = Json::array();
  for (const std::string& source : catalog.Sources()) {
    sources.push_back(source);
    const auto* streams = catalog.FindStreams(source);
    if (streams != nullptr) rules.push_back(RuleOf(source, NamesOf(*streams)));
  }
  definitions["source"] = {{"description", "A connector that has streams."},
                           {"enum", std::move(sources)}};
  definitions["stream"] = {{"description", "A collection of the connector."}, {"type", "string"}};
  if (!rules.empty()) definitions["replicate"]["allOf"] = std::move(rules);
  return schema;
}

}  // namespace sb::core::sync
