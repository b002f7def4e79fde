#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/yaml.h"
#include "engine/core/sync/replication.h"
#include "engine/core/workflow/definition_reader.h"

// What the readers of both kinds of syncs have in common.
namespace sb::core::sync {

/// One line of words: "a, b, c".
std::string Listed(const std::vector<std::string>& names);

/// By place in the file.
void SortByPlace(std::vector<Diagnostic>& errors);

/// Reads parts of a definition and collects what is wrong with it, at most 50 faults. What cannot
/// be read is reported and comes back empty. Borrows both.
class FormReader {
 public:
  FormReader(const YamlDocument& yaml, std::vector<Diagnostic>& errors)
      : yaml_(yaml), errors_(errors) {}

 protected:
  workflow::Node Root() const { return {yaml_.value, ""}; }

  const YamlDocument& yaml() const { return yaml_; }

  bool HasErrors() const { return !errors_.empty(); }

  void Report(std::string code, const std::string& pointer, std::string message,
              std::string suggestion = {});

  void Invalid(const workflow::Node& node, std::string message) {
    Report("SYNC_FIELD_INVALID", node.pointer, std::move(message));
  }

  /// Whether it is a mapping; reports if not.
  bool ExpectMapping(const workflow::Node& node, const std::string& what);
  void CheckKeys(const workflow::Node& node, const std::vector<std::string>& known);
  std::string Text(const workflow::Node& parent, const std::string& key, bool required);
  /// A text that has to be there and match; `rule` says how it should be.
  std::string TextLike(const workflow::Node& parent, const std::string& key, const std::regex& form,
                       const std::string& rule);
  Millis Interval(const workflow::Node& parent, const std::string& key, Millis fallback,
                  Millis least, Millis most);
  /// From 0 to `most`; nothing: it is not there, or was reported.
  std::optional<std::int64_t> Number(const workflow::Node& parent, const std::string& key,
                                     std::int64_t most);
  /// `sync`
  SyncHead ReadHead(const workflow::Node& node);

 private:
  const YamlDocument& yaml_;
  std::vector<Diagnostic>& errors_;
};

}  // namespace sb::core::sync
