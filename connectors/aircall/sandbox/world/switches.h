#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// The points where Aircall's reference and recorded answers differ, where nobody knows, or where a
/// test wants another weather.
enum class Switch {
  kContactCreateStatus,
  kTagCreateStatus,
  kTeamCreateStatus,
  kUserCreateStatus,
  kWebhookCreateStatus,
  kDetailCreateStatus,
  kDetailUpdateStatus,
  kDetailBody,
  kDetailMovesUpdate,
  kContactPut,
  kContactsPerPage,
  kContactSearchLag,
  kDuration,
  kShortUrlKeys,
  kInsightCardStatus,
  kAssetDeleteStatus,
  kDialerPostStatus,
  kUserV1,
  kCreatedAtMillis,
  kIntelligence,
  kMessageTimes,
  kExportSeconds,
  kContactTimes,
  kOauthTokens,
  kOauthTokenLife,
  kOauthRefreshLife,
  kOauthGrace,
  kOauthFormBody,
  kOauthCodeReuse,
  kOauthRedirectCheck,
  kOauthTokenFields,
  kRateLimit,
  kRateWindow,
  kRateHeaders,
  kRateReset,
  kRateRetryAfter,
  kRateBody,
  kRateBlock,
  kRateNeighbour,
  kWebhookTimeout,
  kWebhookAttempts,
  kWebhookFirstWait,
  kWebhookLongestWait,
  kWebhookGiveUp,
  kWebhookDisableAfter,
  kWebhookDelay,
  kWebhookDuplicates,
  kWebhookReorder,
  kWebhookLoss,
  kCount
};

/// A switch whose value is a whole number.
struct NumberRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::int64_t usual = 0;  ///< The default.
};

struct SwitchInfo {
  Switch id;
  std::string_view name;                         ///< "contacts.create_status"
  std::vector<std::string_view> choices{};       ///< The first is the default; none: a number.
  std::optional<std::string_view> documented{};  ///< What the reference says, where it differs.
  std::string_view help;
  NumberRange number{};
};

/// One row for each switch, in the order of the enum. A new switch is a name there and a row here.
std::span<const SwitchInfo> AllSwitches();

/// How this sandbox answers at those points.
class Switches {
 public:
  Switches();

  /// The choice of a switch that has choices.
  std::string_view Get(Switch id) const;
  /// The value of a switch that is a number, or whose choices are numbers.
  int GetNumber(Switch id) const;
  /// Either, as text.
  std::string Text(Switch id) const;

  bool Is(Switch id, std::string_view choice) const { return Get(id) == choice; }

  /// `name` may hold `*`: "*.create_status" sets every one that fits. Fails with kInvalid
  /// SANDBOX_SWITCH, listing what would have been right.
  Status Set(std::string_view name, std::string_view value);
  /// The same from "name=value".
  Status SetFromText(std::string_view text);
  bool operator==(const Switches&) const = default;

  /// As the reference has it wherever it differs from what was recorded.
  void FollowReference();

 private:
  Status SetOne(const SwitchInfo& row, std::string_view value);

  /// The index of the choice, or the number.
  std::array<std::int64_t, static_cast<std::size_t>(Switch::kCount)> values_{};
};

}  // namespace sb::aircall::sandbox
