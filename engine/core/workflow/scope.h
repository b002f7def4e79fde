#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/core/workflow/decide.h"

namespace sb::core::workflow {

/// What one evaluation sees of the task it belongs to. Borrowed; null members are absent.
struct TaskView {
  const Task* task = nullptr;  ///< Null for expressions of the workflow itself.
  std::string ref;
  WallTime started_at;
  const Json* raw_input = nullptr;   ///< `$task.input`
  const Json* input = nullptr;       ///< `$input`
  const Json* raw_output = nullptr;  ///< `$task.output`
  const Json* output = nullptr;      ///< `$output`
};

/// The language's expressions with their runtime arguments ($context, $input, $steps ...). It
/// builds only those arguments, and of the large ones only those members, that an expression names:
/// copying a whole definition to read `$workflow.input` would cost more than the expression. Lives
/// for one evaluation; borrows all it is given.
class Scope : public Expressions {
 public:
  Scope(const DecideContext& context, const Run& run, TaskView view)
      : context_(context), run_(run), view_(std::move(view)) {}

  Status Check(const std::string& source, const std::vector<std::string>& arguments) const override;
  /// `extra` wins over the arguments of the scope.
  Result<Json> Evaluate(const std::string& source, const Json& input,
                        const Arguments& extra) const override;

  /// `from` and `as`: a text is an expression even without "${ }".
  Result<Json> Transform(const Transformation& transformation, const Json& input) const;
  /// jq's own idea of truth: everything but false and null.
  Result<bool> IsTrue(const std::string& source, const Json& input) const;

 private:
  Json WorkflowArgument(const std::string& source) const;
  /// `$task`; in a task of an extension, the task that is extended.
  Json TaskArgument(const std::string& source) const;
  const TaskState* ExtendedTask(std::string ref) const;
  Json StepsArgument(const std::string& source) const;
  void AddVariables(const std::string& source, Arguments& arguments) const;

  const DecideContext& context_;
  const Run& run_;
  TaskView view_;
};

/// Whether `source` names the argument `$name`.
bool Mentions(std::string_view source, std::string_view name);
/// The members of `$name` that `source` reads, as in `$name.member` or `$name["member"]`; nothing
/// when it takes `$name` as a whole.
std::optional<std::set<std::string>> MembersRead(std::string_view source, std::string_view name);

}  // namespace sb::core::workflow
