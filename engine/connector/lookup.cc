#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"

namespace sb::connector {

using core::workflow::Arguments;
using core::workflow::Expressions;

Result<bool> NeedsLookup(const LookupSpec& spec, const Json& input,
                         const Expressions& expressions) {
  if (!input.is_object()) return false;  // refused later, in better words
  const auto needed = expressions.Evaluate(spec.when, input, {});
  if (!needed.ok()) return needed.error();
  return *needed == Json(true);
}

Result<Json> LookupInput(const LookupSpec& spec, int page, const Expressions& expressions) {
  const Json& with = spec.with;
  if (with.is_null()) return Json::object();
  return core::workflow::EvaluateTemplate(expressions, with, Json(), {{"page", Json(page)}});
}

Result<LookupPage> ReadLookupPage(const LookupSpec& spec, int page, const Json& output,
                                  const Expressions& expressions) {
  const Arguments arguments = {{"page", Json(page)}};
  const auto items = expressions.Evaluate(spec.pick, output, arguments);
  if (!items.ok()) return items.error();
  LookupPage read;
  if (items->is_array()) read.items.assign(items->begin(), items->end());
  if (spec.more.empty()) return read;
  const auto more = expressions.Evaluate(spec.more, output, arguments);
  if (!more.ok()) return more.error();
  read.more = *more == Json(true);
  return read;
}

Result<Json> ResolvedInput(const Action& action, const Json& input, const std::vector<Json>& items,
                           const Expressions& expressions) {
  auto resolved = expressions.Evaluate(action.lookup->input, Json(items), {{"input", input}});
  if (!resolved.ok()) return resolved;
  if (!resolved->is_string()) return resolved;
  return Invalid("ACTION_INPUT_INVALID",
                 action.signature.name + ": " + resolved->get<std::string>());
}

}  // namespace sb::connector
