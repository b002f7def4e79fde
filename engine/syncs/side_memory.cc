#include <algorithm>
#include <utility>

#include "engine/syncs/connector_side.h"

namespace sb::syncs {
namespace {

constexpr std::size_t kMostReadings = 4;  ///< Of a place; each can hold thousands of keys.
/// Some are never asked for again, as a person decided otherwise.
constexpr std::size_t kManyAsked = 1'000;
/// Without room a record is read again before it is written.
constexpr std::size_t kMostSeen = 200;

}  // namespace

core::sync::WindowReading SideMemory::Recall(const std::string& place,
                                             const std::string& from) const {
  const std::lock_guard lock(mutex_);
  const auto known = readings_.find(place);
  if (known == readings_.end()) return {};
  const auto kept =
      std::ranges::find_if(known->second, [&](const Kept& each) { return each.from == from; });
  return kept == known->second.end() ? core::sync::WindowReading() : kept->reading;
}

void SideMemory::Keep(const std::string& place, const std::string& next,
                      core::sync::WindowReading reading) {
  const std::lock_guard lock(mutex_);
  std::deque<Kept>& kept = readings_[place];
  std::erase_if(kept, [&](const Kept& each) { return each.from == next; });
  kept.push_back({next, std::move(reading)});
  if (kept.size() > kMostReadings) kept.pop_front();
}

void SideMemory::Forget(const std::string& place) {
  const std::lock_guard lock(mutex_);
  readings_.erase(place);
}

WallTime SideMemory::FirstAsked(const std::string& op_key, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (asked_.size() >= kManyAsked) {
    std::erase_if(asked_,
                  [&](const auto& each) { return each.second + std::chrono::hours(24) < now; });
  }
  return asked_.emplace(op_key, now).first->second;
}

void SideMemory::Settled(const std::string& op_key) {
  const std::lock_guard lock(mutex_);
  asked_.erase(op_key);
}

void SideMemory::Saw(const std::string& place, Glance glance) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kMostSeen)
    std::erase_if(seen_, [&](const auto& each) { return each.second.at + kFresh < glance.at; });
  std::pair at(place, glance.record.key);
  if (seen_.size() < kMostSeen || seen_.contains(at))
    seen_.insert_or_assign(std::move(at), std::move(glance));
}

std::optional<SideMemory::Glance> SideMemory::TakeFresh(const std::string& place,
                                                        const std::string& key, WallTime now) {
  const std::lock_guard lock(mutex_);
  auto node = seen_.extract(std::pair(place, key));
  if (node.empty()) return std::nullopt;
  Glance& glance = node.mapped();
  // A clock that was set back says nothing of how old it is.
  const bool fresh = glance.at <= now && now - glance.at <= kFresh;
  if (!fresh) return std::nullopt;
  return std::move(glance);
}

void SideMemory::Unsee(const std::string& place, const std::string& key) {
  const std::lock_guard lock(mutex_);
  seen_.erase(std::pair(place, key));
}

}  // namespace sb::syncs
