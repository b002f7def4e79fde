#include "engine/connector/check_use.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace sb::connector {

bool TakesInput(const Json& input_schema, const std::string& name, bool required) {
  if (!Member(input_schema, "properties").contains(name)) return false;
  if (!required) return true;
  const Json& names = Member(input_schema, "required");
  return names.is_array() && std::find(names.begin(), names.end(), Json(name)) != names.end();
}

std::string Below(std::string pointer, const std::string& name) {
  pointer += '/';
  pointer += name;
  return pointer;
}

void ExpressionList::Add(const std::string& path, const std::string& pointer,
                         const std::string& source, const std::vector<std::string>& arguments) {
  by_arguments_[arguments].push_back({path, pointer, source});
}

Status ExpressionList::Compile(const Folder& folder,
                               const core::workflow::Expressions& expressions) const {
  for (const auto& [arguments, entries] : by_arguments_) {
    for (std::span<const Entry> left = entries; !left.empty();) {
      const std::span<const Entry> together = left.first(MostTogether(left));
      left = left.subspan(together.size());
      if (expressions.Check(AsOneProgram(together), arguments).ok()) continue;
      for (const Entry& entry : together) {
        const Status compiles = expressions.Check(entry.source, arguments);
        if (!compiles.ok())
          return folder.Fault(entry.path, entry.pointer, compiles.error().message);
      }
    }
  }
  return {};
}

/// A program has a longest source, and many expressions make one that is longer.
std::size_t ExpressionList::MostTogether(std::span<const Entry> entries) {
  constexpr std::size_t kLongestTogether = 15UL * 1024;
  constexpr std::size_t kAround = 32;  // what makes a definition of it
  std::size_t length = 0;
  std::size_t count = 0;
  for (const Entry& entry : entries) {
    length += entry.source.size() + kAround;
    if (count > 0 && length > kLongestTogether) break;
    ++count;
  }
  return count;
}

std::string ExpressionList::AsOneProgram(std::span<const Entry> entries) {
  std::string definitions;
  std::string uses = ".";
  for (std::size_t at = 0; at < entries.size(); ++at) {
    const std::string name = "e" + std::to_string(at);
    // The line break keeps a comment at the end of an expression from swallowing what follows.
    definitions.append("def ")
        .append(name)
        .append(": (")
        .append(entries[at].source)
        .append("\n);\n");
    uses.append(", ").append(name);  // jq looks for the variables of used definitions only
  }
  return definitions + uses;
}

void CheckedFile::AddTemplate(const std::string& pointer, const Json& value,
                              const std::vector<std::string>& arguments) const {
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (!core::workflow::IsExpression(text)) return;
    AddExpression(pointer, core::workflow::ExpressionSource(text), arguments);
  }
  if (!value.is_structured()) return;
  for (const auto& [name, inner] : value.items())
    AddTemplate(Below(pointer, name), inner, arguments);
}

Status CheckedFile::CheckUse(const std::string& pointer, const Connector& connector,
                             const std::string& action, const Json& with) const {
  const auto found = connector.actions.find(action);
  if (found == connector.actions.end())
    return Fault(pointer, "there is no action '" + action + "'");
  if (!with.is_object()) return {};
  for (const auto& [member, value] : with.items()) {
    if (!TakesInput(found->second.signature.input_schema, member, false)) {
      return Fault(pointer, "action '" + action + "' takes no '" + member + "'");
    }
  }
  return {};
}

}  // namespace sb::connector
