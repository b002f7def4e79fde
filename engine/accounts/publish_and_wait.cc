#include "engine/accounts/publish_and_wait.h"

#include <condition_variable>
#include <memory>
#include <mutex>

#include <nlohmann/json.hpp>

namespace sb::accounts {

Status PublishAndWait(const PublishEvent& publish,
                      std::vector<std::pair<ports::InboxItem, std::optional<Json>>> items) {
  struct Waiting {
    std::mutex mutex;
    std::condition_variable all_answered;
    std::size_t left;
    Status status;
  };

  auto waiting = std::make_shared<Waiting>();  // shared with the callbacks' threads
  waiting->left = items.size();
  for (auto& [item, data] : items) {
    publish(std::move(item), std::move(data), [waiting](const Result<bool>& stored) {
      const std::lock_guard lock(waiting->mutex);
      if (!stored.ok()) waiting->status = stored.error();
      if (--waiting->left == 0) waiting->all_answered.notify_one();
    });
  }
  std::unique_lock lock(waiting->mutex);
  waiting->all_answered.wait(lock, [&] { return waiting->left == 0; });
  return waiting->status;
}

}  // namespace sb::accounts
