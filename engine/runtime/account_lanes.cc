#include "engine/runtime/account_lanes.h"

#include <iterator>

namespace sb::runtime {
namespace {

using core::quota::Lane;

std::size_t IndexOf(Lane lane) {
  return static_cast<std::size_t>(lane);
}

}  // namespace

AccountLanes::AccountLanes(ports::Account account, connector::Credential credential,
                           std::int64_t generation)
    : account_(std::move(account)), credential_(std::move(credential)), generation_(generation) {}

void AccountLanes::Push(LaneJob job) {
  lanes_.at(IndexOf(job.call.lane)).push_back(std::move(job));
}

void AccountLanes::PushBack(LaneJob job) {
  lanes_.at(IndexOf(job.call.lane)).push_front(std::move(job));
}

LaneJob AccountLanes::Take(Lane lane) {
  auto& waiting = lanes_.at(IndexOf(lane));
  LaneJob job = std::move(waiting.front());
  waiting.pop_front();
  ++in_flight_;
  return job;
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

bool AccountLanes::HasRoom(Lane lane) const {
  return in_flight_ < kMostInFlight + (lane == Lane::kInteractive ? 1 : 0);
}

const std::deque<LaneJob>& AccountLanes::Waiting(Lane lane) const {
  return lanes_.at(IndexOf(lane));
}

core::quota::Backlog AccountLanes::Backlog() const {
  core::quota::Backlog backlog{};
  for (std::size_t index = 0; index < lanes_.size(); ++index)
    backlog.at(index) = static_cast<int>(lanes_.at(index).size());
  return backlog;
}

}  // namespace sb::runtime
