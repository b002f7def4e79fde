#include <algorithm>
#include <utility>

#include "engine/syncs/connector_side.h"

namespace sb::syncs {
namespace {

constexpr std::size_t kMostReadings = 4;  ///< Of a scan; each can hold thousands of keys.
constexpr std::size_t kMostScans = 4;  ///< Of a place: what was broken off is never forgotten else.
/// Some are never asked for again, as a person decided otherwise.
constexpr std::size_t kManyAsked = 1'000;
/// Without room a record is read again before it is written.
constexpr std::size_t kMostSeen = 200;

}  // namespace

std::string SideMemory::NewScan(WallTime now) {
  const std::lock_guard lock(mutex_);
  // The time tells it from scans of a process before, whose places may be stored.
  return std::to_string(now.time_since_epoch().count()) + "-" + std::to_string(++scans_);
}

core::sync::WindowReading SideMemory::Recall(const std::string& place, const std::string& scan,
                                             const std::string& from) const {
  const std::lock_guard lock(mutex_);
  const auto known = readings_.find(place);
  if (known == readings_.end()) return {};
  const auto of_scan = std::ranges::find(known->second, scan, &Scanned::scan);
  if (of_scan == known->second.end()) return {};
  const auto kept = std::ranges::find(of_scan->kept, from, &Kept::from);
  return kept == of_scan->kept.end() ? core::sync::WindowReading() : kept->reading;
}

void SideMemory::Keep(const std::string& place, const std::string& scan, const std::string& next,
                      core::sync::WindowReading reading) {
  const std::lock_guard lock(mutex_);
  std::deque<Scanned>& scans = readings_[place];
  Scanned latest{scan, {}};
  const auto known = std::ranges::find(scans, scan, &Scanned::scan);
  if (known != scans.end()) {
    latest = std::move(*known);
    scans.erase(known);
  }
  std::erase_if(latest.kept, [&](const Kept& each) { return each.from == next; });
  latest.kept.push_back({next, std::move(reading)});
  if (latest.kept.size() > kMostReadings) latest.kept.pop_front();
  scans.push_back(std::move(latest));
  if (scans.size() > kMostScans) scans.pop_front();
}

void SideMemory::Forget(const std::string& place, const std::string& scan) {
  const std::lock_guard lock(mutex_);
  const auto known = readings_.find(place);
  if (known == readings_.end()) return;
  std::erase_if(known->second, [&](const Scanned& each) { return each.scan == scan; });
  if (known->second.empty()) readings_.erase(known);
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
