#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace sb {

/// A 64-bit id that only mixes with ids of the same Tag. Zero means "none".
///
/// Ids are time-ordered: milliseconds since 2024-01-01 in the upper 42 bits, then 10 bits of
/// instance and 12 bits of counter, so that a look-up by id prunes to one daily partition.
template <typename Tag>
class Id {
 public:
  constexpr Id() = default;

  constexpr explicit Id(std::int64_t number) : number_(number) {}

  constexpr std::int64_t number() const { return number_; }

  constexpr bool IsNone() const { return number_ == 0; }

  auto operator<=>(const Id&) const = default;

 private:
  std::int64_t number_ = 0;
};

using AccountId = Id<struct AccountTag>;
using EventId = Id<struct EventTag>;
using RunId = Id<struct RunTag>;
using WorkflowId = Id<struct WorkflowTag>;  ///< One immutable version of a definition.
using SessionId = Id<struct SessionTag>;    ///< One connect session.
using InstanceId = Id<struct InstanceTag>;

/// A share of accounts with one owner at a time; 0 .. kSlotCount - 1.
using Slot = std::int16_t;
inline constexpr int kSlotCount = 1024;

// People meet ids as text: a prefix that says what it is, and the number in Crockford base 32.
// "run_01hv3k7q8s0g"; Parse* takes exactly that form and answers nothing for anything else.
std::string ToText(AccountId id);   ///< acc_...
std::string ToText(EventId id);     ///< evt_...
std::string ToText(RunId id);       ///< run_...
std::string ToText(WorkflowId id);  ///< wfv_...
std::string ToText(SessionId id);   ///< con_...
std::optional<AccountId> ParseAccountId(std::string_view text);
std::optional<EventId> ParseEventId(std::string_view text);
std::optional<RunId> ParseRunId(std::string_view text);
std::optional<WorkflowId> ParseWorkflowId(std::string_view text);
std::optional<SessionId> ParseSessionId(std::string_view text);

/// Makes time-ordered ids for one instance. Thread-safe.
///
/// When more than 4096 ids are asked for within a millisecond, or the clock goes back, it borrows
/// from the following milliseconds, so ids of one generator always rise.
class IdGenerator {
 public:
  /// `instance` uses its low 10 bits.
  explicit IdGenerator(std::int64_t instance) : instance_(instance & 0x3FF) {}

  template <typename Tag>
  Id<Tag> Next(WallTime now) {
    return Id<Tag>(NextNumber(now));
  }

 private:
  std::int64_t NextNumber(WallTime now);

  const std::int64_t instance_;
  std::atomic<std::int64_t> last_{0};  ///< (milliseconds << 12 | counter) of the newest id.
};

/// The instant an id was made, to the millisecond.
WallTime TimeOfIdNumber(std::int64_t number);
/// The smallest id number that can be made at or after `when`: a partition's lower bound.
std::int64_t LowestIdNumberAt(WallTime when);

}  // namespace sb

template <typename Tag>
struct std::hash<sb::Id<Tag>> {
  std::size_t operator()(sb::Id<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.number());
  }
};
