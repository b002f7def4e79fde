#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"

namespace sb::connector {
namespace {

core::workflow::Arguments ArgumentsOf(const Json& input, WallTime requested_at) {
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(requested_at).time_since_epoch().count();
  return {{"input", input}, {"requested_at", Json(seconds)}};
}

}  // namespace

Result<Json> ReadBackInput(const ReadBackSpec& spec, const Json& input, WallTime requested_at,
                           const core::workflow::Expressions& expressions) {
  return core::workflow::EvaluateTemplate(expressions, spec.with, Json(),
                                          ArgumentsOf(input, requested_at));
}

Result<std::optional<Json>> ReadBackFound(const ReadBackSpec& spec, const Json& input,
                                          WallTime requested_at, const Json& output,
                                          const core::workflow::Expressions& expressions) {
  auto found = expressions.Evaluate(spec.found, output, ArgumentsOf(input, requested_at));
  if (!found.ok()) return found.error();
  if (found->is_null() || *found == Json(false)) return std::optional<Json>();
  return std::optional<Json>(std::move(found).value());
}

}  // namespace sb::connector
