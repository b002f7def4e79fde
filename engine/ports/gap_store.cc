#include "engine/ports/gap_store.h"

#include "engine/ports/prefixed_id.h"

namespace sb::ports {

std::string ToText(GapId id) {
  return PrefixedText("gap", id);
}

std::optional<GapId> ParseGapId(std::string_view text) {
  return ParsePrefixed<GapId>("gap", text);
}

const char* ToString(GapReason reason) {
  switch (reason) {
    case GapReason::kMissing:
      return "MISSING";
    case GapReason::kInactive:
      return "INACTIVE";
    case GapReason::kChanged:
      return "CHANGED";
    case GapReason::kSilent:
      return "SILENT";
  }
  return "UNKNOWN";
}

}  // namespace sb::ports
