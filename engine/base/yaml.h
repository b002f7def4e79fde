#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb {

/// Where a value stands in its file; both count from 1.
struct Position {
  int line = 1;
  int column = 1;

  bool operator==(const Position&) const = default;
};

/// A YAML document as JSON, with the place of every value.
struct YamlDocument {
  Json value;  ///< Mappings lose their order here: use `keys` where order counts.
  std::map<std::string, Position> positions;      ///< Of values, by JSON pointer ("" is the root).
  std::map<std::string, Position> key_positions;  ///< Of keys, by the JSON pointer of their value.
  std::map<std::string, std::vector<std::string>>
      keys;  ///< Keys of each mapping in file order, by JSON pointer.

  /// The place of `pointer`, or of its nearest known parent.
  Position PositionOf(const std::string& pointer) const;
  /// The place of the key that `pointer` ends in, or of the value where there is no key.
  Position KeyPositionOf(const std::string& pointer) const;
};

/// A fault in a file, for people and for editors.
struct Diagnostic {
  std::string code;     ///< Documented in docs/errors.md.
  std::string message;  ///< What is wrong and what to do.
  std::string pointer;  ///< JSON pointer of the value at fault.
  Position position;
  std::string suggestion;  ///< "did you mean ...", or empty.

  bool operator==(const Diagnostic&) const = default;
};

/// What became of a YAML text.
struct YamlOutcome {
  std::optional<YamlDocument> document;  ///< Absent when `diagnostic` says why.
  Diagnostic diagnostic;
};

/// Reads one YAML 1.2 core-schema document (JSON is a subset): plain scalars become null, booleans,
/// integers, floats or strings; quoted ones are strings. An empty text is null.
///
/// Refuses duplicate keys, several documents, keys that are not text, tags of an application, more
/// than 1 MiB of text, nesting beyond 64 levels, and more than 50,000 nodes or 16 MiB once aliases
/// are expanded. On failure `diagnostic` tells line and column; codes YAML_MALFORMED,
/// YAML_DUPLICATE_KEY, YAML_TOO_LARGE.
YamlOutcome ParseYaml(std::string_view text);

/// ParseYaml for our own files: the diagnostic as a kInvalid Error that names `file`:line:column.
Result<YamlDocument> ParseYamlFile(std::string_view text, std::string_view file);

/// JSON as block YAML for people; keys sorted. ParseYaml reads back the same value.
std::string ToYaml(const Json& value);

/// `key` as a step of a JSON pointer (RFC 6901): "~" and "/" escaped.
std::string PointerStep(std::string_view key);

}  // namespace sb
