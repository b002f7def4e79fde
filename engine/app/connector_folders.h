#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/base/embedded.h"
#include "engine/base/result.h"

namespace sb::app {

/// Connector folders of the operator's own, read from disk. Whether they are good connectors is for
/// connector::Library to judge.
class ConnectorFolders {
 public:
  /// Every folder below `directory`, but for hidden ones. Fails with kInvalid CONFIG_INVALID when
  /// it is not a directory of folders, and as ReadOne.
  static Result<ConnectorFolders> ReadAll(const std::filesystem::path& directory);
  /// One folder: its YAML files, but for hidden ones and those below fixtures/. Fails with kInvalid
  /// CONNECTOR_INVALID when it is none, or holds more than a connector may, and as ReadFile.
  static Result<ConnectorFolders> ReadOne(const std::filesystem::path& folder);

  /// These and the built-in ones, as Library::Load takes them; they point into both. One of these
  /// that says `replaces: true` takes the place of a built-in one. Fails with kInvalid
  /// CONNECTOR_INVALID when a name is taken unawares, or nothing is there to be replaced.
  Result<std::vector<EmbeddedFile>> Beside(EmbeddedFiles built_in) const;

  /// The names of the folders, sorted.
  std::vector<std::string> names() const;

 private:
  Status Add(const std::filesystem::path& folder);
  Status AddFile(const std::filesystem::path& file, const std::string& path);

  std::map<std::string, std::string> contents_;  ///< By path, from the connector's name on.
};

}  // namespace sb::app
