#pragma once

#include "engine/core/workflow/expressions.h"

namespace sb::fuzz {

/// Stands in for jq, which takes 25 ms to compile an expression and has a target of its own:
/// whatever has no '!' of its own is right, and gives what an engine may meet.
class PlainExpressions : public core::workflow::Expressions {
 public:
  Status Check(const std::string& source, const std::vector<std::string>&) const override {
    if (!IsWrong(source)) return {};
    return Invalid("EXPRESSION_MALFORMED", "the expression has a '!' in it");
  }

  Result<Json> Evaluate(const std::string& source, const Json& input,
                        const core::workflow::Arguments& arguments) const override {
    if (IsWrong(source)) return Invalid("EXPRESSION_FAILED", "the expression has a '!' in it");
    if (source.starts_with('[')) return Json{1, "two", nullptr};
    if (source.find("==") != std::string::npos) return Json(source.size() % 2 == 0);
    if (const auto named = arguments.find(source.substr(source.starts_with('$') ? 1 : 0));
        named != arguments.end())
      return named->second;
    const auto value = ParseJson(source);
    return value.ok() ? *value : input;
  }

 private:
  /// A '!' that is not the one of "!=", which connectors use.
  static bool IsWrong(const std::string& source) {
    for (std::size_t at = source.find('!'); at != std::string::npos;
         at = source.find('!', at + 1)) {
      if (at + 1 == source.size() || source[at + 1] != '=') return true;
    }
    return false;
  }
};

}  // namespace sb::fuzz
