#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/json.h"

namespace sb::adapters::jq {

/// A path such as `.`, `.data.raw_digits`, `$workflow.input[0].data["id"]`: the commonest
/// expressions by far, and read some hundred times faster without jq. It carries every number
/// exactly.
class PlainPath {
 public:
  /// Nothing when `source` is more than a plain path.
  static std::optional<PlainPath> Parse(std::string_view source);

  /// The variable it starts from; empty when it starts from the input.
  const std::string& variable() const { return variable_; }

  /// The value below `root` as jq would give it; null where jq gives null. Nothing (a null pointer)
  /// where jq would complain: then jq shall do so.
  const Json* Read(const Json& root) const;

 private:
  std::string variable_;
  std::vector<std::variant<std::string, long>> steps_;
};

}  // namespace sb::adapters::jq
