#include "engine/app/connector_folders.h"

#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/yaml.h"

namespace sb::app {
namespace {

namespace fs = std::filesystem;

// A thousand actions of 1 MiB: far beyond any provider, and little enough to be read at start.
constexpr std::uintmax_t kMostBytes = 1024 * 1024;
constexpr std::size_t kMostFiles = 2000;
constexpr int kDeepest = 2;  ///< actions/, and one below it.
constexpr const char* kManifest = "/connector.yaml";
constexpr const char* kSinkManifest = "/sink.yaml";

// What tools leave beside the files, such as .git, and what Kubernetes keeps behind a volume.
bool IsHidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

/// YAML, and the SQL of views.
bool IsConnectorFile(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml" || path.extension() == ".sql";
}

/// "acme" of "acme/actions/boxes.get.yaml".
std::string FolderOf(std::string_view path) {
  return std::string(path.substr(0, path.find('/')));
}

/// To take the place of a built-in connector must be meant.
Status CheckReplacement(const std::string& path, const std::string& manifest, bool taken) {
  const auto document = ParseYamlFile(manifest, path);
  if (!document.ok()) return document.error();
  const bool replaces = Member(document->value, "replaces") == Json(true);
  if (replaces == taken) return {};
  const Position position = document->PositionOf(taken ? "/connector" : "/replaces");
  return Invalid("CONNECTOR_INVALID",
                 path + ":" + std::to_string(position.line) + ":" +
                     std::to_string(position.column) +
                     (taken ? ": there is a built-in connector of this name: choose another, or "
                              "say `replaces: true` to take its place"
                            : ": there is no built-in connector of this name to replace"));
}

Error Unreadable(const fs::path& folder, const std::error_code& error) {
  return Invalid("CONNECTOR_INVALID", "cannot read " + folder.string() + ": " + error.message());
}

}  // namespace

Result<ConnectorFolders> ConnectorFolders::ReadAll(const fs::path& directory) {
  std::error_code error;
  ConnectorFolders folders;
  if (fs::exists(directory / "connector.yaml", error)) {
    return Invalid("CONFIG_INVALID", "--connectors is '" + directory.string() +
                                         "', which is a connector itself; it takes the directory "
                                         "that holds the connectors' folders");
  }
  for (fs::directory_iterator each(directory, error), end; !error && each != end;
       each.increment(error)) {
    if (IsHidden(each->path()) || !each->is_directory(error)) continue;
    if (Status added = folders.Add(each->path()); !added.ok()) return added.error();
  }
  if (error) {
    return Invalid("CONFIG_INVALID",
                   "--connectors is '" + directory.string() +
                       "'; it takes a directory that this user can read: " + error.message());
  }
  return folders;
}

Result<ConnectorFolders> ConnectorFolders::ReadOne(const fs::path& folder) {
  ConnectorFolders folders;
  if (Status added = folders.Add(fs::absolute(folder / "").lexically_normal().parent_path());
      !added.ok())
    return added.error();
  return folders;
}

Result<std::vector<EmbeddedFile>> ConnectorFolders::Beside(EmbeddedFiles built_in) const {
  std::vector<EmbeddedFile> files;
  std::set<std::string> taken;
  for (const EmbeddedFile& file : built_in) {
    const std::string name = FolderOf(file.path);
    taken.insert(name);
    // A sink is one file, so that one of the operator's own simply stands in its place.
    if (!contents_.contains(name + kManifest) && !contents_.contains(name + kSinkManifest))
      files.push_back(file);
  }
  for (const auto& [path, content] : contents_) {
    files.push_back({path, content});
    if (path != FolderOf(path) + kManifest) continue;
    Status meant = CheckReplacement(path, content, taken.contains(FolderOf(path)));
    if (!meant.ok()) return meant.error();
  }
  return files;
}

std::vector<std::string> ConnectorFolders::names() const {
  std::set<std::string> names;
  for (const auto& [path, content] : contents_) names.insert(FolderOf(path));
  return {names.begin(), names.end()};
}

Status ConnectorFolders::Add(const fs::path& folder) {
  std::error_code error;
  const std::size_t before = contents_.size();
  const std::string name = folder.filename().string();
  fs::recursive_directory_iterator each(folder, fs::directory_options::follow_directory_symlink,
                                        error);
  for (const fs::recursive_directory_iterator end; !error && each != end; each.increment(error)) {
    const fs::path& path = each->path();
    const bool is_folder = each->is_directory(error);
    if (is_folder && (IsHidden(path) || path.filename() == "fixtures" || each.depth() >= kDeepest))
      each.disable_recursion_pending();
    if (is_folder || IsHidden(path) || !IsConnectorFile(path)) continue;
    if (contents_.size() - before >= kMostFiles) {
      return Invalid("CONNECTOR_INVALID", folder.string() + " holds more than " +
                                              std::to_string(kMostFiles) +
                                              " files: divide the connector");
    }
    const std::string place = name + "/" + path.lexically_relative(folder).generic_string();
    if (Status added = AddFile(path, place); !added.ok()) return added;
  }
  if (error) return Unreadable(folder, error);
  // A folder without any file is a connector without its manifest, and is refused as that.
  if (contents_.size() == before)
    return Invalid("CONNECTOR_INVALID", name + ": there is no connector.yaml");
  return {};
}

Status ConnectorFolders::AddFile(const fs::path& file, const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return Invalid("CONNECTOR_INVALID", path + " is no file that can be read");
  if (fs::file_size(file, error) > kMostBytes || error)
    return Invalid("CONNECTOR_INVALID", path + " is larger than 1 MiB");
  auto content = ReadFile(file);
  if (!content.ok()) return content.error();
  contents_.emplace(path, std::move(content).value());
  return {};
}

}  // namespace sb::app
