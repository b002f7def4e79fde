#include "engine/runtime/account_lanes.h"

#include <algorithm>
#include <iterator>

namespace sb::runtime {
namespace {

std::size_t IndexOf(core::quota::Lane lane) {
  return static_cast<std::size_t>(lane);
}

core::quota::Lane LaneAt(std::size_t index) {
  return static_cast<core::quota::Lane>(index);
}

}  // namespace

AccountLanes::AccountLanes(ports::Account account, connector::Credential credential,
                           std::int64_t generation, core::quota::Limiter limiter)
    : account_(std::move(account)),
      credential_(std::move(credential)),
      generation_(generation),
      limiter_(std::move(limiter)) {}

void AccountLanes::Push(LaneJob job) {
  lanes_[IndexOf(job.call.lane)].push_back(std::move(job));
}

void AccountLanes::PushBack(LaneJob job) {
  lanes_[IndexOf(job.call.lane)].push_front(std::move(job));
}

std::optional<LaneJob> AccountLanes::TakeAdmitted(WallTime now) {
  if (covered_ == 0 || in_flight_ >= kMostInFlight) return {};
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    auto& lane = lanes_[index];
    if (lane.empty() || !limiter_.TryTake(LaneAt(index), BacklogNow(), now)) continue;
    LaneJob job = std::move(lane.front());
    lane.pop_front();
    ++in_flight_;
    --covered_;
    ++granted_since_record_;
    return job;
  }
  return {};
}

std::optional<WallTime> AccountLanes::NextChance(WallTime now) const {
  std::optional<WallTime> earliest;
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    if (lanes_[index].empty()) continue;
    const WallTime chance = limiter_.NextChance(LaneAt(index), BacklogNow(), now);
    earliest = earliest ? std::min(*earliest, chance) : chance;
  }
  return earliest;
}

ports::BudgetRow AccountLanes::BeginRecord(WallTime now) {
  recording_ = true;
  record_requested_ = false;
  granted_since_record_ = 0;
  ports::BudgetRow row{account_.slot, account_.id, limiter_.Snapshot(now)};
  record_reserve_ = row.record.reserved;
  return row;
}

void AccountLanes::RecordStored(bool stored) {
  recording_ = false;
  // Grants made while the record was on its way have already eaten into its reserve.
  if (stored) covered_ = std::max(0, record_reserve_ - granted_since_record_);
}

void AccountLanes::Inherit(AccountLanes& former) {
  limiter_ = former.limiter_;
  in_flight_ = former.in_flight_;
  covered_ = former.covered_;
  recording_ = former.recording_;
  record_requested_ = former.record_requested_;
  record_reserve_ = former.record_reserve_;
  granted_since_record_ = former.granted_since_record_;
}

std::vector<LaneJob> AccountLanes::TakeAll() {
  std::vector<LaneJob> jobs;
  for (auto& lane : lanes_) {
    jobs.insert(jobs.end(), std::make_move_iterator(lane.begin()),
                std::make_move_iterator(lane.end()));
    lane.clear();
  }
  return jobs;
}

int AccountLanes::WaitingCount() const {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane.size();
  return static_cast<int>(count);
}

core::quota::Backlog AccountLanes::BacklogNow() const {
  core::quota::Backlog backlog{};
  for (std::size_t index = 0; index < lanes_.size(); ++index) {
    backlog[index] = static_cast<int>(lanes_[index].size());
  }
  return backlog;
}

}  // namespace sb::runtime
