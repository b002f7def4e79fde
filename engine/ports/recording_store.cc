#include "engine/ports/recording_store.h"

namespace sb::ports {
namespace {

constexpr std::string_view kRecordingPrefix = "rec";
constexpr std::size_t kRecordingPrefixSize = 3;

}  // namespace

// The digits are those of every id.
std::string ToText(RecordingId id) {
  return std::string(kRecordingPrefix) +
         sb::ToText(RunId(id.number())).substr(kRecordingPrefixSize);
}

std::optional<RecordingId> ParseRecordingId(std::string_view text) {
  if (!text.starts_with(kRecordingPrefix)) return {};
  const auto run = ParseRunId("run" + std::string(text.substr(kRecordingPrefixSize)));
  if (!run) return {};
  return RecordingId(run->number());
}

std::string MediaKeyOf(AccountId account, RecordingId recording) {
  return sb::ToText(account) + "/" + ToText(recording);
}

}  // namespace sb::ports
