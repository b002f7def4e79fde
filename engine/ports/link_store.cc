#include "engine/ports/link_store.h"

#include "engine/ports/prefixed_id.h"

namespace sb::ports {
namespace {

constexpr std::string_view kLinkPrefix = "lnk";
constexpr std::string_view kLinkConflictPrefix = "cfl";

}  // namespace

std::string ToText(LinkId id) {
  return PrefixedText(kLinkPrefix, id);
}

std::string ToText(ConflictId id) {
  return PrefixedText(kLinkConflictPrefix, id);
}

std::optional<LinkId> ParseLinkId(std::string_view text) {
  return ParsePrefixed<LinkId>(kLinkPrefix, text);
}

std::optional<ConflictId> ParseConflictId(std::string_view text) {
  return ParsePrefixed<ConflictId>(kLinkConflictPrefix, text);
}

}  // namespace sb::ports
