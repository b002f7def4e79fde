#include "engine/ports/platform_record_store.h"

#include "engine/ports/prefixed_id.h"

namespace sb::ports {
namespace {

constexpr std::string_view kRecordChangePrefix = "rch";

}  // namespace

std::string ToText(RecordChangeId id) {
  return PrefixedText(kRecordChangePrefix, id);
}

std::optional<RecordChangeId> ParseRecordChangeId(std::string_view text) {
  return ParsePrefixed<RecordChangeId>(kRecordChangePrefix, text);
}

}  // namespace sb::ports
