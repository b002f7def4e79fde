#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "engine/base/yaml.h"

namespace sb::aircall::sandbox {

/// A row of a table of facts, with the place it stands at.
struct Row {
  std::string file;
  int line = 0;
  Json value;

  /// "endpoints.yaml:12, 4.6 create"
  std::string Name() const;

  std::string Text(const char* key) const { return TextMember(value, key); }
};

/// How a failing test names its row.
void PrintTo(const Row& row, std::ostream* out);

/// The document `file` of this folder; the test program ends when it is no YAML.
YamlDocument LoadTable(const std::string& file);
/// Its rows, for a document that is a list.
std::vector<Row> LoadRows(const std::string& file);

}  // namespace sb::aircall::sandbox
