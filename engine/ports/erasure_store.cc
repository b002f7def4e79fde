#include "engine/ports/erasure_store.h"

namespace sb::ports {
namespace {

constexpr std::string_view kPrefix = "ers";
constexpr std::size_t kPrefixSize = 3;

}  // namespace

// The digits are those of every id.
std::string ToText(ErasureId id) {
  return std::string(kPrefix) + sb::ToText(RunId(id.number())).substr(kPrefixSize);
}

std::optional<ErasureId> ParseErasureId(std::string_view text) {
  if (!text.starts_with(kPrefix)) return {};
  const auto run = ParseRunId("run" + std::string(text.substr(kPrefixSize)));
  if (!run) return {};
  return ErasureId(run->number());
}

}  // namespace sb::ports
