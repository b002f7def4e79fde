#include "engine/base/ids.h"

#include <algorithm>

#include "engine/base/api_key_id.h"

namespace sb {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kDigits = 13;  // 13 * 5 = 65 bits hold 64
constexpr std::chrono::milliseconds kEpoch =
    std::chrono::sys_days(std::chrono::January / 1 / 2024).time_since_epoch();

std::string Encode(std::string_view prefix, std::int64_t number) {
  std::string digits(kDigits, '0');
  auto rest = static_cast<std::uint64_t>(number);
  for (std::size_t i = kDigits; i-- > 0; rest >>= 5) digits[i] = kAlphabet[rest & 31];
  return std::string(prefix) + "_" + digits;
}

std::optional<std::int64_t> Decode(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 1 + kDigits || !text.starts_with(prefix)) return {};
  if (text[prefix.size()] != '_') return {};
  std::uint64_t number = 0;
  for (char digit : text.substr(prefix.size() + 1)) {
    const auto at = kAlphabet.find(digit);
    if (at == std::string_view::npos || (number >> 59) != 0) return {};
    number = number << 5 | at;
  }
  if (number == 0 || number > INT64_MAX) return {};
  return static_cast<std::int64_t>(number);
}

template <typename IdType>
std::optional<IdType> DecodeAs(std::string_view prefix, std::string_view text) {
  const auto number = Decode(prefix, text);
  if (!number) return {};
  return IdType(*number);
}

}  // namespace

std::string ToText(AccountId id) {
  return Encode("acc", id.number());
}

std::string ToText(EventId id) {
  return Encode("evt", id.number());
}

std::string ToText(RunId id) {
  return Encode("run", id.number());
}

std::string ToText(WorkflowId id) {
  return Encode("wfv", id.number());
}

std::string ToText(SessionId id) {
  return Encode("con", id.number());
}

std::string ToText(ApiKeyId id) {
  return Encode("key", id.number());
}

std::optional<AccountId> ParseAccountId(std::string_view text) {
  return DecodeAs<AccountId>("acc", text);
}

std::optional<EventId> ParseEventId(std::string_view text) {
  return DecodeAs<EventId>("evt", text);
}

std::optional<RunId> ParseRunId(std::string_view text) {
  return DecodeAs<RunId>("run", text);
}

std::optional<WorkflowId> ParseWorkflowId(std::string_view text) {
  return DecodeAs<WorkflowId>("wfv", text);
}

std::optional<SessionId> ParseSessionId(std::string_view text) {
  return DecodeAs<SessionId>("con", text);
}

std::optional<ApiKeyId> ParseApiKeyId(std::string_view text) {
  return DecodeAs<ApiKeyId>("key", text);
}

std::int64_t IdGenerator::NextNumber(WallTime now) {
  const std::int64_t now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch() - kEpoch)
          .count();
  std::int64_t last = last_.load();
  std::int64_t next = 0;
  do {
    next = std::max(last + 1, now_ms << 12);
  } while (!last_.compare_exchange_weak(last, next));
  return (next >> 12) << 22 | instance_ << 12 | (next & 0xFFF);
}

WallTime TimeOfIdNumber(std::int64_t number) {
  return WallTime(std::chrono::milliseconds(number >> 22) + kEpoch);
}

std::int64_t LowestIdNumberAt(WallTime when) {
  const auto since = std::chrono::ceil<std::chrono::milliseconds>(when.time_since_epoch()) - kEpoch;
  return since.count() << 22;
}

}  // namespace sb
