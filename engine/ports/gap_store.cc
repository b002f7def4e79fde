#include "engine/ports/gap_store.h"

namespace sb::ports {
namespace {

constexpr std::string_view kPrefix = "gap";
constexpr std::size_t kPrefixSize = 3;

}  // namespace

// The digits are those of every id.
std::string ToText(GapId id) {
  return std::string(kPrefix) + sb::ToText(RunId(id.number())).substr(kPrefixSize);
}

std::optional<GapId> ParseGapId(std::string_view text) {
  if (!text.starts_with(kPrefix)) return {};
  const auto run = ParseRunId("run" + std::string(text.substr(kPrefixSize)));
  if (!run) return {};
  return GapId(run->number());
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
