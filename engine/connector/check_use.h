#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/connector/connector.h"
#include "engine/connector/folder.h"

namespace sb::connector {

/// Whether an action's input has a member of that name; with `required`, one that cannot be absent.
bool TakesInput(const Json& input_schema, const std::string& name, bool required);

/// The JSON pointer of a member.
std::string Below(std::string pointer, const std::string& name);

/// The expressions of a connector, gathered to be compiled together: a compilation costs some 25 ms
/// whatever its length, and a connector has dozens.
class ExpressionList {
 public:
  void Add(const std::string& path, const std::string& pointer, const std::string& source,
           const std::vector<std::string>& arguments);
  /// The first that does not compile, as kInvalid CONNECTOR_INVALID at its place.
  Status Compile(const Folder& folder, const core::workflow::Expressions& expressions) const;

 private:
  struct Entry {
    std::string path;
    std::string pointer;
    std::string source;
  };

  static std::size_t MostTogether(std::span<const Entry> entries);
  static std::string AsOneProgram(std::span<const Entry> entries);

  std::map<std::vector<std::string>, std::vector<Entry>> by_arguments_;
};

/// One file of a connector whose expressions and uses of actions are checked. Faults are kInvalid
/// CONNECTOR_INVALID at the place of the pointer.
struct CheckedFile {
  const Folder& folder;
  std::string path;
  ExpressionList& list;

  Error Fault(const std::string& pointer, const std::string& message) const {
    return folder.Fault(path, pointer, message);
  }

  void AddExpression(const std::string& pointer, const std::string& source,
                     const std::vector<std::string>& arguments) const {
    list.Add(path, pointer, source, arguments);
  }

  /// Every "${ }" inside `value`, deeply.
  void AddTemplate(const std::string& pointer, const Json& value,
                   const std::vector<std::string>& arguments) const;
  /// That there is such an action, and that it takes the members of `with`.
  Status CheckUse(const std::string& pointer, const Connector& connector, const std::string& action,
                  const Json& with) const;
};

}  // namespace sb::connector
