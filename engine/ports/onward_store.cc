#include "engine/ports/onward_store.h"

#include "engine/ports/prefixed_id.h"

namespace sb::ports {
namespace {

constexpr std::string_view kDestinationPrefix = "dst";

}  // namespace

std::string ToText(DestinationId id) {
  return PrefixedText(kDestinationPrefix, id);
}

std::optional<DestinationId> ParseDestinationId(std::string_view text) {
  return ParsePrefixed<DestinationId>(kDestinationPrefix, text);
}

}  // namespace sb::ports
