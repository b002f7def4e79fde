#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"

namespace sb::connector {
namespace {

using core::workflow::Arguments;
using core::workflow::Expressions;

Error NotAsNeeded(const Action& action, const std::string& part) {
  return Invalid("CONNECTOR_INVALID", action.signature.name + ": `" + part +
                                          "` of its `upsert` gives something else than it must");
}

Result<std::vector<Json>> Inputs(const Action& action, const EachUse& use, const Json& over,
                                 const Arguments& arguments, const Expressions& expressions) {
  const auto each = expressions.Evaluate(use.each, over, arguments);
  if (!each.ok()) return each.error();
  if (!each->is_array()) return NotAsNeeded(action, "each");
  std::vector<Json> inputs;
  for (const Json& input : *each) {
    if (!input.is_object()) return NotAsNeeded(action, "each");
    inputs.push_back(input);
  }
  return inputs;
}

}  // namespace

Result<std::vector<std::string>> UpsertKeys(const Action& action, const Json& input,
                                            const Expressions& expressions) {
  const auto keys = expressions.Evaluate(action.upsert->keys, input, {});
  if (!keys.ok()) return keys.error();
  if (!keys->is_array()) return NotAsNeeded(action, "keys");
  if (keys->empty()) {
    return Invalid("ACTION_INPUT_INVALID",
                   action.signature.name + ": the input does not say who or what to look for");
  }
  std::vector<std::string> texts;
  for (const Json& key : *keys) {
    if (!key.is_string()) return NotAsNeeded(action, "keys");
    texts.push_back(key.get<std::string>());
  }
  return texts;
}

Result<std::vector<Json>> FindInputs(const Action& action, const EachUse& find, const Json& input,
                                     const Expressions& expressions) {
  return Inputs(action, find, input, {}, expressions);
}

Result<std::vector<Json>> ChangeInputs(const Action& action, const EachUse& change,
                                       const Json& object, const Json& input,
                                       const Expressions& expressions) {
  return Inputs(action, change, object, {{"input", input}}, expressions);
}

Result<Json> FoundObject(const EachUse& find, const Json& output, const Json& input,
                         const Json& with, const Expressions& expressions) {
  return expressions.Evaluate(find.pick, output, {{"input", input}, {"with", with}});
}

Result<Json> UpsertReadInput(const UpsertSpec& spec, const Json& object,
                             const Expressions& expressions) {
  return core::workflow::EvaluateTemplate(expressions, spec.read_with, Json(),
                                          {{"object", object}});
}

Result<Json> UpsertOutput(const UpsertSpec& spec, const Json& object,
                          const Expressions& expressions) {
  return expressions.Evaluate(spec.output, object, {});
}

}  // namespace sb::connector
