#pragma once

#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/yaml.h"

namespace sb::aircall::sandbox {

/// What objects look like on the wire, as shapes.yaml writes it:
///
///   integer, string, iso ...   a type (see shapes.yaml); with `|null` it may be null
///   =text                      exactly that text
///   name                       another shape of the file
///   [shape]                    a list of them
///   {key: shape}               exactly these keys; one written `key (optional)` may be absent
class Shapes {
 public:
  explicit Shapes(YamlDocument document) : document_(std::move(document)) {}

  /// What is wrong with `value`, each as "path: complaint"; nothing when it fits.
  std::vector<std::string> Complaints(const Json& shape, const Json& value) const;

  /// The names of all shapes.
  std::vector<std::string> Names() const;

 private:
  struct Check;

  YamlDocument document_;
};

}  // namespace sb::aircall::sandbox
