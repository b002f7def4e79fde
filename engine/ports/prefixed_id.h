#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ids.h"

// Ids as people read them: three letters that name the kind, then the digits that every id has.
namespace sb::ports {

template <typename Id>
std::string PrefixedText(std::string_view prefix, Id id) {
  return std::string(prefix) + ToText(RunId(id.number())).substr(prefix.size());
}

/// Nothing for a text of another kind, or of no id.
template <typename Id>
std::optional<Id> ParsePrefixed(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return {};
  const auto run = ParseRunId("run" + std::string(text.substr(prefix.size())));
  if (!run) return {};
  return Id(run->number());
}

}  // namespace sb::ports
