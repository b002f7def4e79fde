#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "connectors/aircall/sandbox/world/world.h"

namespace sb::aircall::sandbox {

struct LoggedEffect {
  std::int64_t seq = 0;
  Effect effect;
};

/// What was changed, oldest first: keeps the latest 100,000.
class EffectLog {
 public:
  static constexpr std::size_t kKept = 100'000;

  void Add(Effect effect) {
    entries_.push_back({next_seq_++, std::move(effect)});
    if (entries_.size() > kKept) entries_.pop_front();
  }

  void Clear() { entries_.clear(); }

  const std::deque<LoggedEffect>& entries() const { return entries_; }

 private:
  std::int64_t next_seq_ = 1;
  std::deque<LoggedEffect> entries_;
};

}  // namespace sb::aircall::sandbox
