#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb::core::workflow {

/// Named values of an expression, without the dollar: {"workflow": ..., "steps": ...}.
using Arguments = std::map<std::string, Json>;

/// Evaluates the language's expressions. A pure function of its arguments, hence part of the core
/// although a library does the work (adapters/jq). Thread-safe.
///
/// Limits: 250 ms of processor time, one result. Errors are kInvalid: EXPRESSION_MALFORMED (does
/// not compile), EXPRESSION_FAILED (ran into an error), EXPRESSION_TOO_EXPENSIVE (hit the limit);
/// and kUnavailable: EXPRESSION_UNAVAILABLE (too many at once). Messages never repeat the data,
/// only the expression.
class Expressions {
 public:
  virtual ~Expressions() = default;

  /// Whether `source` (jq, without "${ }") compiles with the named arguments that are listed.
  virtual Status Check(const std::string& source,
                       const std::vector<std::string>& arguments) const = 0;

  /// The first result; null when there is none.
  virtual Result<Json> Evaluate(const std::string& source, const Json& input,
                                const Arguments& arguments) const = 0;
};

/// Whether a string is a runtime expression: "${ ... }" over its whole length.
bool IsExpression(const std::string& text);
/// The jq inside "${ ... }", trimmed; the text itself when it is no such form (strict mode is not
/// used where the language takes a bare expression: `if`, `when`).
std::string ExpressionSource(const std::string& text);

/// Evaluates every expression inside a JSON value (deeply; keys stay as they are).
Result<Json> EvaluateTemplate(const Expressions& expressions, const Json& value, const Json& input,
                              const Arguments& arguments);

}  // namespace sb::core::workflow
