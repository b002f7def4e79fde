#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb {

/// One way in which a value does not fit its schema.
struct SchemaViolation {
  std::string pointer;  ///< JSON pointer of the value at fault.
  std::string message;  ///< For people: "is required", "must be a string, not a number", ...

  bool operator==(const SchemaViolation&) const = default;
};

/// A compiled JSON Schema (draft 7 vocabulary; `$schema` of newer drafts is accepted for that
/// subset). Immutable; may be shared between threads.
class JsonSchema {
 public:
  /// Fails with kInvalid SCHEMA_MALFORMED.
  static Result<JsonSchema> Compile(const Json& schema);

  /// Every violation, at most 20; empty means the value fits.
  std::vector<SchemaViolation> Check(const Json& value) const;

  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;

 private:
  struct Compiled;
  explicit JsonSchema(std::shared_ptr<const Compiled> compiled);
  std::shared_ptr<const Compiled> compiled_;  // shared: copies of one schema are the same rules
};

}  // namespace sb
