#include "engine/core/workflow/profile_schema.h"

#include <nlohmann/json.hpp>

#include "embedded/ProfileFiles.h"
#include "engine/base/yaml.h"

namespace sb::core::workflow {
namespace {

const Json& Profile() {
  static const Json kProfile =
      ParseYaml(sb::embedded::ProfileFiles().front().content).document.value().value;
  return kProfile;
}

Json Reference(const std::string& definition) {
  return {{"$ref", "#/$defs/" + definition}};
}

Json WithExpressions(const Json& schema);

/// A value of this schema, or an expression that gives one.
Json OrExpression(const Json& schema) {
  if (!schema.is_object()) return schema;
  return {{"anyOf", {WithExpressions(schema), Reference("expression")}}};
}

/// The schema of an action's input with expressions for the values inside of it.
Json WithExpressions(const Json& schema) {
  if (!schema.is_object()) return schema;
  Json open = schema;
  for (const char* key : {"items", "additionalProperties"}) {
    if (open.contains(key)) open[key] = OrExpression(open[key]);
  }
  if (open.contains("properties")) {
    for (Json& property : open["properties"]) property = OrExpression(property);
  }
  for (const char* key : {"anyOf", "oneOf", "allOf"}) {
    if (!open.contains(key)) continue;
    for (Json& part : open[key]) part = WithExpressions(part);
  }
  return open;
}

/// A name as a regular expression.
std::string Escaped(const std::string& name) {
  std::string pattern;
  for (const char c : name) pattern += c == '.' ? "\\." : std::string(1, c);
  return pattern;
}

/// What `with` must be where this action is called.
Json RuleOf(const ActionSignature& action) {
  Json then = {{"properties", {{"with", Reference("inputs/" + action.name)}}}};
  const Json& required = Member(action.input_schema, "required");
  if (required.is_array() && !required.empty()) then["required"] = Json::array({"with"});
  return {{"if",
           {{"required", {"call"}},
            {"properties", {{"call", {{"pattern", "^" + Escaped(action.name) + "(:|@|$)"}}}}}}},
          {"then", std::move(then)}};
}

}  // namespace

Json ProfileSchema(const ActionCatalog& actions) {
  Json schema = Profile();
  Json& definitions = schema["$defs"];
  Json rules = Json::array();
  Json names = Json::array();
  std::string any;
  for (const std::string& name : actions.Names()) {
    const ActionSignature* action = actions.Find(name);
    if (action == nullptr) continue;
    names.push_back(name);
    any += (any.empty() ? "" : "|") + Escaped(name);
    definitions["inputs"][name] = WithExpressions(action->input_schema);
    rules.push_back(RuleOf(*action));
  }
  // The list is what an editor offers; the pattern takes those with a version, too.
  definitions["action"] = {
      {"description", "An action of a connector, the newest or with its version."},
      {"anyOf",
       {{{"enum", std::move(names)}},
        {{"type", "string"}, {"pattern", "^(" + any + ")(:[0-9A-Za-z.+-]+)?(@default)?$"}}}}};
  definitions["actionInputs"] = rules.empty() ? Json::object() : Json{{"allOf", std::move(rules)}};
  return schema;
}

}  // namespace sb::core::workflow
