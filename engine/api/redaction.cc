#include "engine/api/redaction.h"

#include <algorithm>
#include <utility>

#include "engine/base/yaml.h"
#include "engine/core/workflow/run.h"

namespace sb::api {
namespace {

constexpr const char* kHidden = "[redacted]";

void HideField(Json& value, const std::string& name) {
  if (value.is_object()) {
    for (auto& [key, member] : value.items()) {
      if (key == name) {
        member = kHidden;
      } else {
        HideField(member, name);
      }
    }
  } else if (value.is_array()) {
    for (Json& item : value) HideField(item, name);
  }
}

void Hide(Json& value, const std::string& rule) {
  if (!rule.starts_with("/")) return HideField(value, rule);
  try {
    const Json::json_pointer pointer(rule);
    if (value.contains(pointer)) value[pointer] = kHidden;
  } catch (const Json::exception&) {
    return;  // no pointer that could lead anywhere
  }
}

/// Whether the task at `pointer` is the one that holds the rule, or stands inside of it.
bool Covers(const std::string& holder, const std::string& pointer) {
  return holder.empty() || pointer == holder || pointer.starts_with(holder + "/");
}

}  // namespace

Redaction::Redaction(const Json& definition) {
  Collect(definition, "");
}

void Redaction::Collect(const Json& node, const std::string& pointer) {
  if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i)
      Collect(node[i], pointer + "/" + std::to_string(i));
    return;
  }
  if (!node.is_object()) return;
  // The document's own metadata stands in `document`.
  const Json& metadata =
      pointer.empty() ? Member(Member(node, "document"), "metadata") : Member(node, "metadata");
  for (const Json& rule : Member(Member(metadata, "switchboard"), "redact")) {
    if (rule.is_string()) rules_[pointer].push_back(rule.get<std::string>());
  }
  for (const auto& [key, member] : node.items()) {
    if (pointer.empty() && key == "document") continue;
    Collect(member, pointer + "/" + PointerStep(key));
  }
}

Json Redaction::Apply(const std::string& ref, Json value) const {
  const std::string pointer = core::workflow::DefinitionPointer(ref);
  for (const auto& [holder, rules] : rules_) {
    if (!Covers(holder, pointer)) continue;
    for (const std::string& rule : rules) Hide(value, rule);
  }
  return value;
}

}  // namespace sb::api
