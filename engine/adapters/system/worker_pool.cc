#include "engine/adapters/system/worker_pool.h"

#include <utility>

namespace sb::adapters::system {

WorkerPool::WorkerPool(const ports::Clock& clock, int threads, std::size_t limit)
    : queue_(clock, limit) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  Stop();
}

bool WorkerPool::TryPost(std::function<void()> task) {
  return queue_.TryAdd(std::move(task));
}

void WorkerPool::Post(std::function<void()> task) {
  queue_.Add(std::move(task));
}

void WorkerPool::PostAt(WallTime when, std::function<void()> task) {
  queue_.AddAt(when, std::move(task));
}

void WorkerPool::Work() {
  while (auto task = queue_.Next()) (*task)();
}

void WorkerPool::Stop() {
  queue_.Close();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  queue_.Seal();
}

}  // namespace sb::adapters::system
