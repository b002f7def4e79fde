#include "engine/syncs/heard_records.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::syncs {
namespace {

constexpr Millis kBetweenPrunes = std::chrono::seconds(1);

std::size_t ContentOf(const std::optional<ports::SideRecord>& record) {
  return record ? std::hash<Json>()(record->native) : 0;
}

}  // namespace

void HeardRecords::Follow(ports::SyncId sync, WallTime at) {
  const std::lock_guard lock(mutex_);
  followed_since_[sync] = at;
}

void HeardRecords::Put(ports::SyncId sync, core::twoway::Side side, const std::string& key,
                       std::optional<ports::SideRecord> record, std::optional<WallTime> as_of,
                       WallTime at) {
  const std::lock_guard lock(mutex_);
  if (MayBeOvertaken(sync, as_of, at)) record.reset();
  const std::size_t content = ContentOf(record);
  const auto known = heard_.find({sync, side, key});
  if (known != heard_.end() && known->second.last_at + kHeardFor >= at) {
    Heard& heard = known->second;
    heard.is_mixed = heard.is_mixed || heard.content != content;
    heard.record = heard.is_mixed ? std::nullopt : std::move(record);
    heard.last_at = std::max(heard.last_at, at);
    return;
  }
  if (known != heard_.end()) heard_.erase(known);
  MakeRoom(at);
  // Without room for it the record is read.
  if (heard_.size() < kMostHeard)
    heard_[{sync, side, key}] = {std::move(record), content, false, at, at};
}

std::optional<ports::SideRecord> HeardRecords::Take(ports::SyncId sync, core::twoway::Side side,
                                                    const std::string& key, WallTime first_at,
                                                    WallTime now) {
  const std::lock_guard lock(mutex_);
  const auto known = heard_.find({sync, side, key});
  if (known == heard_.end()) return std::nullopt;
  Heard& heard = known->second;
  if (heard.first_at > first_at || heard.last_at + kHeardFor < now) return std::nullopt;
  return std::exchange(heard.record, std::nullopt);
}

/// Whether a later telling may have come before this one, and be forgotten by now.
bool HeardRecords::MayBeOvertaken(ports::SyncId sync, std::optional<WallTime> as_of,
                                  WallTime at) const {
  if (!as_of || *as_of + kHeardFor < at) return true;
  const auto since = followed_since_.find(sync);
  return since != followed_since_.end() && *as_of < since->second;
}

void HeardRecords::MakeRoom(WallTime at) {
  const bool is_time = heard_.size() >= kMostHeard && pruned_at_ + kBetweenPrunes <= at;
  if (!is_time) return;
  pruned_at_ = at;
  std::erase_if(heard_, [&](const auto& each) { return each.second.last_at + kHeardFor < at; });
}

}  // namespace sb::syncs
