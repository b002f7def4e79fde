#pragma once

#include <condition_variable>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <vector>

namespace sb::adapters::jq {

/// Work whose caller waits for it, and how long it has been at it.
struct Job {
  std::function<void(Job&)> work;
  /// Makes the work end: by asking it, once; then firmly, again and again. Called under `mutex`.
  std::function<void(bool firmly)> interrupt;

  std::mutex mutex;
  std::condition_variable changed;
  bool begun = false;    ///< A thread has taken it up.
  bool running = false;  ///< Between the start of what counts and the end of it.
  bool finished = false;
  bool interrupted = false;
  clockid_t clock = 0;             ///< The processor time of the thread that works.
  std::int64_t started_at_ns = 0;  ///< On that clock.

  /// To be called by the work where its time begins and ends to count. `work` may not touch what
  /// `interrupt` uses outside of this span.
  void BeginCounting(std::function<void(bool firmly)> interrupt_by);
  void EndCounting();
};

/// Threads with 256 MB of stack each, of which only what is used takes memory: libjq frees nested
/// values by recursion, and on an ordinary stack a small expression could end the process.
/// Thread-safe.
class DeepStackPool {
 public:
  DeepStackPool() = default;
  /// Waits for work under way.
  ~DeepStackPool();
  DeepStackPool(const DeepStackPool&) = delete;
  DeepStackPool& operator=(const DeepStackPool&) = delete;

  /// Runs the job and waits for its end. After `limit_ns` of processor time it is interrupted, and
  /// firmly if it does not heed that for as long again. Should it not end even then, the caller is
  /// let go after some seconds: the job then ends by itself, later. When every thread is busy the
  /// job waits for one. False: it could not start, because the system gives no thread or none
  /// became free for ten seconds.
  bool Run(const std::shared_ptr<Job>& job, std::int64_t limit_ns);

 private:
  static void* ThreadMain(void* self);
  void WorkUntilStopped();
  bool HasThreadFor();
  bool Withdraw(const std::shared_ptr<Job>& job);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> waiting_;  // shared with the caller, who may have gone
  std::vector<pthread_t> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace sb::adapters::jq
