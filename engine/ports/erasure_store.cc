#include "engine/ports/erasure_store.h"

#include "engine/ports/prefixed_id.h"

namespace sb::ports {

std::string ToText(ErasureId id) {
  return PrefixedText("ers", id);
}

std::optional<ErasureId> ParseErasureId(std::string_view text) {
  return ParsePrefixed<ErasureId>("ers", text);
}

}  // namespace sb::ports
