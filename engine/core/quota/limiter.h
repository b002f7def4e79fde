#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "engine/base/time.h"
#include "engine/core/quota/lane.h"

namespace sb::core::quota {

/// What a provider says of its limit in one answer. Feedback is a bonus, never relied on.
struct LimitFeedback {
  std::optional<int> limit = {};
  std::optional<int> remaining = {};
  std::optional<WallTime> reset = {};
  std::optional<Millis> retry_after = {};
};

/// What of a limiter outlives the process: the row of `eng.budget`.
struct BudgetRecord {
  int limit = 0;    ///< The limit believed in now.
  int foreign = 0;  ///< Estimated requests a minute of other consumers.
  std::optional<WallTime> cool_until = {};
  std::int64_t first_second = 0;        ///< Unix second of used[0].
  std::array<std::int16_t, 64> used{};  ///< Grants by second.
  int reserved = 0;  ///< Under way, or granted ahead of the last write: spent when it is loaded.
  std::int64_t grants = 0;  ///< Serial number of the newest grant inside; not stored (GrantsSince).
};

/// How many requests of each lane wait. The limiter needs to know for reserves and floors.
using Backlog = std::array<int, kLaneCount>;

/// The request budget of one provider company: a strict sliding window with pacing, lanes with
/// reserves and floors, and an estimate of what others take of the same quota, learned from
/// refusals (docs/architecture.md). Pure: time comes in as an argument. One owner, one thread.
///
/// At most `limit` requests in any window satisfies a fixed window of any alignment, a sliding log
/// and a token bucket alike, so nothing needs to be known of the provider's own counter.
class Limiter {
 public:
  struct Settings {
    int limit = 100;    ///< Requests a minute to start from, and the most to believe in unasked.
    int ceiling = 120;  ///< The most to believe in when the provider itself names a higher limit.
    Millis window{61'500};  ///< A minute, a second in which a request may be under way, and clock
                            ///< error; at most 63 s. Slower requests: see OnEnded.
    int burst = 3;          ///< Live requests that may leave together before pacing sets in.
    int reserve = 5;        ///< Grants that a stored record covers ahead of itself.
  };

  /// Of a quota that `parts` limiters spend without knowing of each other: an equal share.
  static Settings ShareOf(const Settings& whole, int parts);

  explicit Limiter(Settings settings);
  /// Continues from a stored record; what was reserved counts as spent now.
  Limiter(Settings settings, const BudgetRecord& record, WallTime now);

  /// Whether one request of `lane` may start now. On true the grant is taken.
  bool TryTake(Lane lane, const Backlog& backlog, WallTime now);

  /// The number of the grant that was taken last.
  std::int64_t newest_grant() const { return granted_; }

  /// The request of a grant is no longer under way. The provider counts it when it arrives: at
  /// `counted_by` at the latest, and its place is kept for a minute from then. Nothing: it never
  /// left; it counts from its grant all the same.
  void OnEnded(std::int64_t grant, std::optional<WallTime> counted_by);
  /// The earliest instant at which TryTake could succeed for `lane`; never before `now`.
  WallTime NextChance(Lane lane, const Backlog& backlog, WallTime now) const;

  /// A request was refused with 429; 0: it is not known which grant it had.
  void OnRefused(const LimitFeedback& feedback, WallTime now, std::int64_t grant = 0);
  /// A request was answered otherwise.
  void OnAnswered(const LimitFeedback& feedback, WallTime now);

  /// The quota is shared out anew. A smaller limit holds at once; a larger one is grown into, a
  /// request a minute, since whoever gave it up may have just spent it.
  void Resettle(const Settings& settings);

  int UsedInWindow(WallTime now) const;

  int limit() const { return limit_; }

  /// What is ours of the limit: at least 1.
  int Allowance() const;

  int foreign() const { return foreign_; }

  /// Set from a refusal until the first answer after it; in the past while that one is awaited.
  std::optional<WallTime> CoolUntil() const { return cool_until_; }

  /// Answers with 429 since the process began to count, those of one burst together.
  int refusals() const { return refused_; }

  /// Three refusals or more within five minutes: another integration uses this company's quota.
  bool IsCrowded(WallTime now) const;

  /// What to store. Requests under way are reserved in it, since nobody knows when they arrive. A
  /// crash can only over-count as long as the owner stores a new one before GrantsSince(the stored
  /// one) exceeds reserve().
  BudgetRecord Snapshot(WallTime now) const;

  int reserve() const { return settings_.reserve; }

  /// Grants that `stored` does not list.
  int GrantsSince(const BudgetRecord& stored) const;

 private:
  struct Grant {
    WallTime at;              ///< From when it counts.
    int lane = 0;             ///< kNoLane when restored, as the record does not tell, or refused.
    std::int64_t number = 0;  ///< 0 when restored.
    bool under_way = false;
  };

  /// Grants inside the window, in all and by lane.
  struct Usage {
    int total = 0;
    std::array<int, kLaneCount> by_lane{};
  };

  static constexpr int kNoLane = -1;

  void Record(WallTime at, int lane);
  static void Remove(Usage& usage, const Grant& grant);
  void Disown(std::int64_t grant);

  // Time passes.
  void Advance(WallTime now);
  void FollowClockBack(WallTime now);
  void Expire(WallTime now);
  void Recover(WallTime now);
  void NoteArrivals(Lane lane, const Backlog& backlog, WallTime now);

  // May it start?
  int ReserveOf(int lane, const Backlog& backlog, WallTime now) const;
  int FloorOf(int lane) const;
  int Hold(const Usage& usage, Lane lane, const Backlog& backlog, WallTime now) const;
  bool DaresMore(const Usage& usage, Lane lane) const;
  bool Fits(const Usage& usage, Lane lane, const Backlog& backlog, WallTime now) const;
  int BurstOf(Lane lane) const;
  WallTime GateOpens(Lane lane) const;

  // What answers teach.
  int GrantsAfter(WallTime since) const;
  void CoolDown(const LimitFeedback& feedback, WallTime now);
  void LearnFromRefusal(WallTime now);
  void LearnFromFeedback(const LimitFeedback& feedback, WallTime now);
  bool LooksLikeFixedWindow(WallTime reset, WallTime now);
  void SetForeign(int foreign);

  Settings settings_;
  int cap_;
  int limit_;
  int foreign_ = 0;
  std::deque<Grant> grants_;     ///< Those inside the window, oldest first.
  std::deque<WallTime> starts_;  ///< When the newest were granted, as many as a burst has.
  Usage usage_;
  std::int64_t granted_ = 0;
  std::array<std::optional<WallTime>, kLaneCount> last_arrival_;
  std::optional<WallTime> cool_until_;
  std::optional<WallTime> probe_sent_;
  std::optional<WallTime> ease_until_;  ///< Until then sync and backfill wait after a refusal.
  int in_a_row_ = 0;                    ///< Refusals since the last answer.
  int foreign_step_ = 0;                ///< By how much the last refusal raised the estimate.
  std::optional<WallTime> clean_since_;
  int clean_minutes_ = 0;
  std::optional<WallTime> first_reset_;  ///< The beat that later resets are compared with.
  std::deque<WallTime> refusals_;        ///< The newest three.
  int refused_ = 0;
};

}  // namespace sb::core::quota
