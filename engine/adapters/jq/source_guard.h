#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sb::adapters::jq {

/// A name that an expression may not use, and what to use instead.
struct Refused {
  std::string name;
  std::string reason;
};

/// The first name in `source` that reaches beyond the expression's arguments (environment, further
/// inputs, clock, output, files) or would stop the evaluation from inside. Texts, comments,
/// `.fields` and `{keys:}` do not count.
std::optional<Refused> FindRefusedName(std::string_view source);

/// Whether `source` mentions the variable `$name` anywhere outside of texts and comments.
bool MentionsVariable(std::string_view source, std::string_view name);

}  // namespace sb::adapters::jq
