#include "engine/adapters/jq/deep_stack_pool.h"

#include <algorithm>
#include <chrono>

namespace sb::adapters::jq {
namespace {

constexpr std::size_t kStackBytes = 256UL * 1024 * 1024;
constexpr std::size_t kMaxThreads = 16;
/// How often a caller looks at the clock of its job.
constexpr std::chrono::milliseconds kLook(20);
/// How many looks an interrupted job gets to heed it: 3 s.
constexpr int kPatience = 150;
/// How many looks a job waits for a thread: 10 s. Threads are only busy for long with runaways.
constexpr int kQueuePatience = 500;

std::int64_t ReadClock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void Job::BeginCounting(std::function<void(bool firmly)> interrupt_by) {
  const std::lock_guard lock(mutex);
  interrupt = std::move(interrupt_by);
  pthread_getcpuclockid(pthread_self(), &clock);
  started_at_ns = ReadClock(clock);
  running = true;
}

void Job::EndCounting() {
  const std::lock_guard lock(mutex);
  running = false;
}

DeepStackPool::~DeepStackPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

bool DeepStackPool::HasThreadFor() {
  if (idle_ > waiting_.size()) return true;
  if (threads_.size() >= kMaxThreads) return false;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const bool started = pthread_create(&thread, &attributes, &DeepStackPool::ThreadMain, this) == 0;
  pthread_attr_destroy(&attributes);
  if (started) threads_.push_back(thread);
  return started;
}

bool DeepStackPool::Run(const std::shared_ptr<Job>& job, std::int64_t limit_ns) {
  {
    const std::lock_guard lock(mutex_);
    if (!HasThreadFor() && threads_.empty()) return false;
    waiting_.push_back(job);
  }
  changed_.notify_one();
  std::unique_lock lock(job->mutex);
  int patience = kPatience;
  int queue_patience = kQueuePatience;
  while (!job->changed.wait_for(lock, kLook, [&] { return job->finished; })) {
    if (job->interrupted && --patience == 0) return true;
    if (!job->begun && --queue_patience <= 0) {
      lock.unlock();
      if (Withdraw(job)) return false;
      lock.lock();
    }
    const std::int64_t spent = job->running ? ReadClock(job->clock) - job->started_at_ns : 0;
    if (spent > 2 * limit_ns) job->interrupt(true);
    if (spent <= limit_ns || job->interrupted) continue;
    job->interrupted = true;
    job->interrupt(false);
  }
  return true;
}

/// Takes back a job that no thread has taken up; false: one just did.
bool DeepStackPool::Withdraw(const std::shared_ptr<Job>& job) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), job);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

void* DeepStackPool::ThreadMain(void* self) {
  static_cast<DeepStackPool*>(self)->WorkUntilStopped();
  return nullptr;
}

void DeepStackPool::WorkUntilStopped() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const std::shared_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    {
      const std::lock_guard taken(job->mutex);
      job->begun = true;
    }
    job->work(*job);
    {
      const std::lock_guard done(job->mutex);
      job->finished = true;
      job->changed.notify_all();
    }
    lock.lock();
  }
}

}  // namespace sb::adapters::jq
