#include "engine/core/workflow/expressions.h"

#include <nlohmann/json.hpp>

namespace sb::core::workflow {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool IsWrapped(std::string_view trimmed) {
  return trimmed.size() >= 3 && trimmed.starts_with("${") && trimmed.ends_with('}');
}

}  // namespace

bool IsExpression(const std::string& text) {
  return IsWrapped(Trimmed(text));
}

std::string ExpressionSource(const std::string& text) {
  const std::string_view trimmed = Trimmed(text);
  return std::string(IsWrapped(trimmed) ? Trimmed(trimmed.substr(2, trimmed.size() - 3)) : trimmed);
}

Result<Json> EvaluateTemplate(const Expressions& expressions, const Json& value, const Json& input,
                              const Arguments& arguments) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!IsExpression(text)) return value;
    return expressions.Evaluate(ExpressionSource(text), input, arguments);
  }
  if (!value.is_structured()) return value;
  Json evaluated = value;
  for (Json& part : evaluated) {
    auto result = EvaluateTemplate(expressions, part, input, arguments);
    if (!result.ok()) return result.error();
    part = std::move(result).value();
  }
  return evaluated;
}

}  // namespace sb::core::workflow
