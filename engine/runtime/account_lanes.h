#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/connector/connector.h"
#include "engine/core/quota/limiter.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/run_store.h"

namespace sb::runtime {

/// A request that waits in a lane.
struct LaneJob {
  ports::ActionCall call;
  const connector::Connector* connector = nullptr;
  const connector::Action* action = nullptr;
  ports::HttpRequest request;
  ports::ActionPerformer::Done done;
  WallTime queued_at;
  std::int64_t generation = 0;  ///< Of the credential in `request`.
  bool refused_before = false;  ///< An older credential was: this is its second try.
};

/// The four lanes of one account and the quota that admits from them. Used on the engine's thread
/// only; decides, and leaves sending to its owner.
class AccountLanes {
 public:
  /// `generation` is the credential's.
  AccountLanes(ports::Account account, connector::Credential credential, std::int64_t generation,
               core::quota::Limiter limiter);

  void Push(LaneJob job);
  /// Puts a refused job back at the head of its lane.
  void PushBack(LaneJob job);

  /// The next job that the quota admits now, most urgent lane first; none while the record of what
  /// has been spent must be stored first (see NeedsRecord), while too many requests are under way,
  /// or while the quota is used up.
  std::optional<LaneJob> TakeAdmitted(WallTime now);
  /// When TakeAdmitted may next succeed by the passing of time alone; nothing when no job waits.
  std::optional<WallTime> NextChance(WallTime now) const;
  /// Goes on with the quota and the requests under way of the lanes that these replace.
  void Inherit(AccountLanes& former);
  /// Empties the lanes, most urgent first.
  std::vector<LaneJob> TakeAll();

  /// One request came to its end. It may be one of an earlier ownership of the slot, which these
  /// lanes have not counted.
  void Finished() { in_flight_ = std::max(0, in_flight_ - 1); }

  int in_flight() const { return in_flight_; }

  bool is_recording() const { return recording_; }

  /// Whether the quota must be stored now: grants are about to outrun the stored record, or
  /// RequestRecord asked.
  bool NeedsRecord() const {
    return !recording_ && (record_requested_ || (covered_ <= kRecordEarly && WaitingCount() > 0));
  }

  /// After a refusal: the cool-down must outlive a crash.
  void RequestRecord() { record_requested_ = true; }

  ports::BudgetRow BeginRecord(WallTime now);
  void RecordStored(bool stored);

  int WaitingCount() const;

  const ports::Account& account() const { return account_; }

  const connector::Credential& credential() const { return credential_; }

  std::int64_t generation() const { return generation_; }

  core::quota::Limiter& limiter() { return limiter_; }

  std::optional<WallTime> wake_at;  ///< The timer that the owner has set, so that it sets one only.

 private:
  static constexpr int kMostInFlight = 4;  ///< One slow account must not hold every connection.
  static constexpr int kRecordEarly = 2;

  core::quota::Backlog BacklogNow() const;

  ports::Account account_;
  connector::Credential credential_;
  std::int64_t generation_;
  core::quota::Limiter limiter_;
  std::array<std::deque<LaneJob>, core::quota::kLaneCount> lanes_;
  int in_flight_ = 0;
  int covered_ = 0;  ///< Grants that the stored record already counts as spent.
  bool recording_ = false;
  bool record_requested_ = false;
  int record_reserve_ = 0;  ///< What the record under way covers beyond the grants before it.
  int granted_since_record_ = 0;
};

}  // namespace sb::runtime
