#include "engine/connector/pick.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace sb::connector {

bool IsPlainPick(const std::string& expression) {
  if (!expression.starts_with('.')) return false;
  if (expression.size() > 1 && expression[1] >= '0' && expression[1] <= '9') return false;
  return std::all_of(expression.begin() + 1, expression.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<Json> Pick(const std::string& expression, const Json& value,
                  const core::workflow::Arguments& arguments,
                  const core::workflow::Expressions& expressions) {
  if (!IsPlainPick(expression)) return expressions.Evaluate(expression, value, arguments);
  return expression == "." ? value : Member(value, expression.substr(1));
}

}  // namespace sb::connector
