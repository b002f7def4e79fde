#include "engine/syncs/heard_records.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace sb::syncs {

void HeardRecords::Put(ports::SyncId sync, core::twoway::Side side, const std::string& key,
                       std::optional<ports::SideRecord> record, WallTime at) {
  const std::lock_guard lock(mutex_);
  const auto known = heard_.find({sync, side, key});
  if (known != heard_.end()) {
    const bool same = known->second.record && record && *known->second.record == *record;
    if (!same) known->second.record.reset();
    return;
  }
  if (heard_.size() >= kMostHeard)
    std::erase_if(heard_, [&](const auto& each) { return each.second.at + kHeardFor < at; });
  // Without room for it the record is read.
  if (heard_.size() < kMostHeard) heard_[{sync, side, key}] = {std::move(record), at};
}

std::optional<ports::SideRecord> HeardRecords::Take(ports::SyncId sync, core::twoway::Side side,
                                                    const std::string& key, WallTime first_at,
                                                    WallTime now) {
  const std::lock_guard lock(mutex_);
  const auto known = heard_.find({sync, side, key});
  if (known == heard_.end()) return std::nullopt;
  Heard heard = std::move(known->second);
  heard_.erase(known);
  if (heard.at > first_at || heard.at + kHeardFor < now) return std::nullopt;
  return std::move(heard.record);
}

}  // namespace sb::syncs
