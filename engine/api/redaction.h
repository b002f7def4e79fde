#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace sb::api {

/// What a workflow wants hidden from whoever looks at its runs: `metadata.switchboard.redact` of
/// the document (everywhere) and of tasks (there and below). Each rule is a field's name, hidden
/// wherever it stands, or a JSON pointer into an input or output. Values go on unchanged inside the
/// run: only what is shown is redacted. Immutable; thread-safe.
class Redaction {
 public:
  Redaction() = default;
  /// Reads the rules of a definition. What makes no sense there was refused when it was deployed.
  explicit Redaction(const Json& definition);

  bool empty() const { return rules_.empty(); }

  /// A value as it may be shown. `ref` is the task whose input or output it is; empty: the run's.
  Json Apply(const std::string& ref, Json value) const;

 private:
  void Collect(const Json& node, const std::string& pointer);

  std::map<std::string, std::vector<std::string>> rules_;  ///< By the definition's JSON pointer.
};

}  // namespace sb::api
