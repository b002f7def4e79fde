#pragma once

#include <deque>
#include <mutex>

#include "engine/ports/delivery_spool.h"

namespace sb::testing {

/// A spool that a test can fill up.
class MemorySpool : public ports::DeliverySpool {
 public:
  Status Keep(const std::vector<ports::InboxItem>& items) override {
    const std::lock_guard lock(mutex_);
    if (full) return Unavailable("SPOOL_FULL", "the spool holds as much as it may");
    groups_.push_back({std::to_string(++kept_), items});
    return {};
  }

  bool IsEmpty() const override {
    const std::lock_guard lock(mutex_);
    return groups_.empty();
  }

  std::optional<ports::SpooledGroup> Oldest() override {
    const std::lock_guard lock(mutex_);
    if (groups_.empty()) return {};
    return groups_.front();
  }

  void Forget(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(groups_, [&](const ports::SpooledGroup& group) { return group.name == name; });
  }

  bool full = false;

 private:
  mutable std::mutex mutex_;
  std::deque<ports::SpooledGroup> groups_;
  int kept_ = 0;
};

}  // namespace sb::testing
