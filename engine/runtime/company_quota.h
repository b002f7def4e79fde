#pragma once

#include <array>
#include <compare>
#include <map>
#include <optional>

#include "engine/base/ids.h"
#include "engine/core/quota/limiter.h"
#include "engine/core/quota/stride.h"
#include "engine/ports/account_store.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/account_lanes.h"

namespace sb::runtime {

/// Whose quota it is. Accounts of one company that lie in one slot share it.
struct QuotaKey {
  Slot slot = 0;
  ports::CompanyId company;

  auto operator<=>(const QuotaKey&) const = default;
};

/// The quota of one company, and the lanes of its accounts that are served from it: the most urgent
/// lane first, and within a lane the accounts in turn. Used on the engine's thread only; decides,
/// and leaves sending to its owner.
class CompanyQuota {
 public:
  CompanyQuota(QuotaKey key, core::quota::Limiter limiter)
      : key_(key), limiter_(std::move(limiter)) {}

  /// The account's requests are served from here until it leaves; `lanes` lives so long. A second
  /// call replaces its lanes.
  void Join(AccountLanes& lanes);
  void Leave(AccountId account);
  /// A held account is served nothing, and what of it waits counts for nobody.
  void Hold(AccountId account, bool held);

  /// The next job that the quota admits now; none while the record of what has been spent must be
  /// stored first (see NeedsRecord), while too many requests are under way, or while the quota is
  /// used up.
  std::optional<LaneJob> TakeAdmitted(WallTime now);
  /// When TakeAdmitted may next succeed by the passing of time alone; nothing when no job waits.
  std::optional<WallTime> NextChance(WallTime now) const;

  /// Whether the quota must be stored now: grants are about to outrun the stored record, or
  /// RequestRecord asked.
  bool NeedsRecord() const;

  /// After a refusal: the cool-down must outlive a crash.
  void RequestRecord() { record_requested_ = true; }

  ports::BudgetRow BeginRecord(WallTime now);
  void RecordStored(bool stored);

  bool is_recording() const { return recording_; }

  /// Of all its accounts that are not held.
  core::quota::Backlog Backlog() const;
  /// How many requests of all accounts leave before one of this account that has `ahead` others of
  /// it before it in the lane: as the accounts have their turns.
  int AheadOf(AccountId account, core::quota::Lane lane, int ahead) const;

  const QuotaKey& key() const { return key_; }

  core::quota::Limiter& limiter() { return limiter_; }

  const core::quota::Limiter& limiter() const { return limiter_; }

  std::optional<WallTime> wake_at;  ///< The timer that the owner has set, so that it sets one only.

 private:
  static constexpr int kRecordEarly = 2;

  struct Member {
    AccountLanes* lanes = nullptr;
    bool held = false;
  };

  bool IsServed(const Member& member, core::quota::Lane lane) const;
  AccountLanes* NextOf(core::quota::Lane lane);

  QuotaKey key_;
  core::quota::Limiter limiter_;
  std::map<AccountId, Member> members_;
  std::array<core::quota::Stride<AccountId>, core::quota::kLaneCount> turns_;
  int covered_ = 0;  ///< Grants that the stored record already counts as spent.
  bool recording_ = false;
  bool record_requested_ = false;
  int record_reserve_ = 0;  ///< What the record under way covers beyond the grants before it.
  int granted_since_record_ = 0;
};

}  // namespace sb::runtime
