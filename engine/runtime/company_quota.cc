#include "engine/runtime/company_quota.h"

#include <algorithm>

namespace sb::runtime {
namespace {

using core::quota::Lane;

}  // namespace

void CompanyQuota::Join(AccountLanes& lanes) {
  members_[lanes.account().id].lanes = &lanes;
}

void CompanyQuota::Leave(AccountId account) {
  members_.erase(account);
  for (auto& turns : turns_) turns.Forget(account);
}

void CompanyQuota::Hold(AccountId account, bool held) {
  const auto member = members_.find(account);
  if (member != members_.end()) member->second.held = held;
}

bool CompanyQuota::IsServed(const Member& member, Lane lane) const {
  return !member.held && !member.lanes->Waiting(lane).empty();
}

// Who waits is looked up here, and not told by Push: lanes are filled and emptied in many places.
AccountLanes* CompanyQuota::NextOf(Lane lane) {
  auto& turns = turns_.at(static_cast<std::size_t>(lane));
  for (const auto& [account, member] : members_) {
    if (IsServed(member, lane)) {
      turns.Wake(account);
    } else {
      turns.Rest(account);
    }
  }
  const auto next =
      turns.Next([&](AccountId account) { return members_.at(account).lanes->HasRoom(lane); });
  return next ? members_.at(*next).lanes : nullptr;
}

std::optional<LaneJob> CompanyQuota::TakeAdmitted(WallTime now) {
  if (covered_ == 0) return {};
  const core::quota::Backlog waiting = Backlog();
  for (std::size_t index = 0; index < waiting.size(); ++index) {
    const auto lane = static_cast<Lane>(index);
    if (waiting.at(index) == 0) continue;
    AccountLanes* const lanes = NextOf(lane);
    if (lanes == nullptr || !limiter_.TryTake(lane, waiting, now)) continue;
    turns_.at(index).Serve(lanes->account().id);
    --covered_;
    ++granted_since_record_;
    LaneJob job = lanes->Take(lane);
    job.grant = limiter_.newest_grant();
    return job;
  }
  return {};
}

std::optional<WallTime> CompanyQuota::NextChance(WallTime now) const {
  const core::quota::Backlog waiting = Backlog();
  std::optional<WallTime> earliest;
  for (std::size_t index = 0; index < waiting.size(); ++index) {
    if (waiting.at(index) == 0) continue;
    const WallTime chance = limiter_.NextChance(static_cast<Lane>(index), waiting, now);
    earliest = earliest ? std::min(*earliest, chance) : chance;
  }
  return earliest;
}

bool CompanyQuota::NeedsRecord() const {
  if (recording_) return false;
  if (record_requested_) return true;
  const core::quota::Backlog waiting = Backlog();
  return covered_ <= kRecordEarly &&
         std::any_of(waiting.begin(), waiting.end(), [](int count) { return count > 0; });
}

ports::BudgetRow CompanyQuota::BeginRecord(WallTime now) {
  recording_ = true;
  record_requested_ = false;
  granted_since_record_ = 0;
  ports::BudgetRow row{key_.slot, key_.company, limiter_.Snapshot(now)};
  record_reserve_ = limiter_.reserve();
  return row;
}

void CompanyQuota::RecordStored(bool stored) {
  recording_ = false;
  // Grants made while the record was on its way have already eaten into its reserve.
  if (stored) covered_ = std::max(0, record_reserve_ - granted_since_record_);
}

core::quota::Backlog CompanyQuota::Backlog() const {
  core::quota::Backlog all{};
  for (const auto& [account, member] : members_) {
    if (member.held) continue;
    const core::quota::Backlog own = member.lanes->Backlog();
    for (std::size_t index = 0; index < all.size(); ++index) all.at(index) += own.at(index);
  }
  return all;
}

int CompanyQuota::AheadOf(AccountId account, Lane lane, int ahead) const {
  const auto at = static_cast<std::size_t>(lane);
  int before = ahead;
  // Each of the others is served once for each of ours, as long as it has something.
  for (const auto& [other, member] : members_) {
    if (other != account && !member.held) before += std::min(ahead, member.lanes->Backlog().at(at));
  }
  return before;
}

}  // namespace sb::runtime
