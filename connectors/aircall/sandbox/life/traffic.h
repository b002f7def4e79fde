#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "connectors/aircall/sandbox/life/call_writer.h"
#include "connectors/aircall/sandbox/life/dice.h"
#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

class World;

/// How lively a company is. All zero: nothing happens by itself.
struct TrafficRules {
  std::int64_t calls_per_hour = 0;
  std::int64_t contact_edits_per_hour = 0;
  std::int64_t user_changes_per_hour = 0;
  std::int64_t inbound_percent = 58;
  std::int64_t answered_percent = 78;
  std::int64_t voicemail_percent = 38;
  std::int64_t transfer_percent = 5;
  std::int64_t late_notes_percent = 14;  ///< Of the calls spoken in get a note after call.ended.
  std::int64_t late_tags_percent = 22;
};

/// One rule, for those who set and show them by name.
struct TrafficRule {
  std::string_view name;
  std::int64_t TrafficRules::*value;
  std::int64_t most;
};

std::span<const TrafficRule> AllTrafficRules();

/// What goes on in a company while nobody asks: calls, edits, people coming and going. Happens in
/// the sandbox's own time; seeded, so that it repeats itself. Guarded by its owner.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed);

  const TrafficRules& rules() const { return rules_; }

  void SetRules(const TrafficRules& rules, WallTime now);

  /// When something happens next; nothing when nothing does.
  std::optional<WallTime> NextDue() const;
  /// Lets that happen.
  void RunNext(World& world);

 private:
  static constexpr std::size_t kKinds = 3;

  std::optional<WallTime> TimeAfter(std::size_t kind, WallTime when);

  TrafficRules rules_;
  CallWriter writer_;
  Dice dice_;
  std::array<std::optional<WallTime>, kKinds> due_;
};

}  // namespace sb::aircall::sandbox
