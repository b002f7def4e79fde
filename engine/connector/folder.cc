#include "engine/connector/folder.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::connector {
namespace {

std::string EscapeStep(std::string step) {
  for (std::size_t at = 0; (at = step.find_first_of("~/", at)) != std::string::npos; at += 2) {
    step.replace(at, 1, step[at] == '~' ? "~0" : "~1");
  }
  return step;
}

}  // namespace

Result<Folder> Folder::Parse(std::string name, const std::vector<EmbeddedFile>& files) {
  Folder folder;
  folder.name_ = std::move(name);
  for (const EmbeddedFile& file : files) {
    const std::string path(file.path);
    if (path.ends_with(".sql")) {
      folder.queries_.emplace(path, file.content);
      continue;
    }
    auto document = ParseYamlFile(file.content, folder.name_ + "/" + path);
    if (!document.ok()) return document.error();
    folder.documents_.emplace(path, std::move(document).value());
  }
  return folder;
}

std::vector<std::string> Folder::PathsBelow(const std::string& prefix) const {
  std::vector<std::string> paths;
  for (const auto& [path, document] : documents_) {
    if (path.starts_with(prefix)) paths.push_back(path);
  }
  return paths;
}

Result<Json> Folder::Load(const std::string& path) const {
  std::vector<std::string> trail = {path};
  return Resolve(path, "", documents_.at(path).value, trail);
}

Status Folder::Check(const std::string& path, const Json& value, const JsonSchema& format) const {
  const auto violations = format.Check(value);
  if (violations.empty()) return {};
  const SchemaViolation& first = violations.front();
  const std::string where = first.pointer.empty() ? "the file" : first.pointer.substr(1);
  return Fault(path, first.pointer, where + " " + first.message);
}

Error Folder::Fault(const std::string& path, const std::string& pointer,
                    const std::string& message) const {
  std::string where = name_ + "/" + path;
  if (const auto found = documents_.find(path); found != documents_.end()) {
    const Position position = found->second.PositionOf(pointer);
    where += ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
  }
  return Invalid("CONNECTOR_INVALID", where + ": " + message);
}

Result<Json> Folder::Resolve(const std::string& path, const std::string& pointer, const Json& value,
                             std::vector<std::string>& trail) const {
  if (!value.is_structured()) return value;
  if (value.is_object() && value.contains("$ref")) return Follow(path, pointer, value, trail);
  Json resolved = value;
  for (auto member = resolved.begin(); member != resolved.end(); ++member) {
    const std::string step =
        value.is_object() ? member.key() : std::to_string(std::distance(resolved.begin(), member));
    auto inner = Resolve(path, pointer + "/" + EscapeStep(step), member.value(), trail);
    if (!inner.ok()) return inner;
    member.value() = std::move(inner).value();
  }
  return resolved;
}

Result<Json> Folder::Follow(const std::string& path, const std::string& pointer, const Json& value,
                            std::vector<std::string>& trail) const {
  const std::string target = TextMember(value, "$ref");
  const std::string at = pointer + "/$ref";
  if (value.size() != 1) {
    return Fault(path, at, "a $ref stands alone: move its neighbours into " + target);
  }
  const auto found = documents_.find(target);
  if (found == documents_.end()) {
    return Fault(path, at,
                 "there is no file '" + target + "'; name it from the connector's folder");
  }
  if (std::find(trail.begin(), trail.end(), target) != trail.end()) {
    return Fault(path, at, "'" + target + "' refers back to itself");
  }
  trail.push_back(target);
  auto resolved = Resolve(target, "", found->second.value, trail);
  trail.pop_back();
  return resolved;
}

}  // namespace sb::connector
