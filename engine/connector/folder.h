#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/embedded.h"
#include "engine/base/json.h"
#include "engine/base/json_schema.h"
#include "engine/base/result.h"
#include "engine/base/yaml.h"

namespace sb::connector {

/// The parsed YAML files of one folder, and the SQL beside them. Knows where every value stands, so
/// that a fault can be shown there.
class Folder {
 public:
  /// `name` goes before every path in messages. `files` have paths relative to the folder. Fails as
  /// ParseYamlFile.
  static Result<Folder> Parse(std::string name, const std::vector<EmbeddedFile>& files);

  const std::string& name() const { return name_; }

  bool Has(const std::string& path) const { return documents_.contains(path); }

  /// The paths of the files directly below "actions/" and the like.
  std::vector<std::string> PathsBelow(const std::string& prefix) const;

  std::vector<std::string> Paths() const { return PathsBelow(""); }

  /// The .sql files, by path.
  const std::map<std::string, std::string>& queries() const { return queries_; }

  /// The file with every `{$ref: other/file.yaml}` replaced by that file. References are relative
  /// to the folder, stand alone in their mapping, and may not go round in a circle. Fails with
  /// kInvalid CONNECTOR_INVALID.
  Result<Json> Load(const std::string& path) const;

  /// The first way in which a loaded file does not fit its format, as an error.
  Status Check(const std::string& path, const Json& value, const JsonSchema& format) const;

  /// kInvalid CONNECTOR_INVALID at the place of `pointer`.
  Error Fault(const std::string& path, const std::string& pointer,
              const std::string& message) const;

 private:
  Result<Json> Resolve(const std::string& path, const std::string& pointer, const Json& value,
                       std::vector<std::string>& trail) const;
  Result<Json> Follow(const std::string& path, const std::string& pointer, const Json& value,
                      std::vector<std::string>& trail) const;

  std::string name_;
  std::map<std::string, YamlDocument> documents_;
  std::map<std::string, std::string> queries_;
};

}  // namespace sb::connector
