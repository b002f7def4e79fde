#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/ports/executor.h"

namespace sb::runtime {

/// Gathers items and writes them in groups, one group at a time: while one is being written the
/// next one grows, so groups become larger under load without any timer, and a single item goes out
/// at once. A group weighs at most `largest_group`, unless it is a single item.
///
/// `Add` is thread-safe. `write` runs on the pool and may block; it answers each of its items
/// itself. The first item after a rest waits for the end of the queue of `gather`: whatever that
/// executor is about to add goes along.
template <typename Item>
class GroupWriter {
 public:
  using Write = std::function<void(std::vector<Item>)>;

  using Weigh = std::function<std::size_t(const Item&)>;

  GroupWriter(
      ports::Executor& gather, ports::Executor& pool, Write write, std::size_t largest_group = 256,
      Weigh weigh = [](const Item&) { return 1; })
      : gather_(gather),
        pool_(pool),
        write_(std::move(write)),
        largest_group_(largest_group),
        weigh_(std::move(weigh)) {}

  ~GroupWriter() { Drain(); }

  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  void Add(Item item) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(item));
    if (writing_) return;
    writing_ = true;
    gather_.Post([this] { pool_.Post([this] { WriteAll(); }); });
  }

  /// Returns once nothing waits any more. Only while the pool still runs.
  void Drain() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !writing_; });
  }

 private:
  void WriteAll() {
    for (std::vector<Item> group = NextGroup(); !group.empty(); group = NextGroup()) {
      write_(std::move(group));
    }
  }

  std::vector<Item> NextGroup() {
    const std::lock_guard lock(mutex_);
    std::vector<Item> group;
    std::size_t weight = 0;
    while (!waiting_.empty()) {
      weight += weigh_(waiting_.front());
      if (!group.empty() && weight > largest_group_) break;
      group.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (group.empty()) {
      writing_ = false;
      idle_.notify_all();
    }
    return group;
  }

  ports::Executor& gather_;
  ports::Executor& pool_;
  const Write write_;
  const std::size_t largest_group_;
  const Weigh weigh_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Item> waiting_;
  bool writing_ = false;
};

}  // namespace sb::runtime
