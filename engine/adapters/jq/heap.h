#pragma once

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstddef>
#include <pthread.h>

#include "engine/base/result.h"

namespace sb::adapters::jq {

/// The memory of one program and its values. libjq 1.6 knows no bounds: one instruction of it can
/// go on for ever (`tojson` of a value that refers to itself many times over) or fill the memory of
/// the machine. So all that it takes is counted here, and it can be thrown out in the middle of
/// anything: what it leaves behind lies in this heap and goes with it.
///
/// For one thread at a time, not always the same.
class Heap {
 public:
  /// How a piece of work came to its end.
  enum class End {
    kDone,
    kTooMuchMemory,  ///< It wanted more than kMost.
    kStopped,        ///< Stop was called.
    kBroken,         ///< libjq found a mistake of its own.
  };

  static constexpr std::size_t kMost = 128UL * 1024 * 1024;

  /// Makes libjq take its memory from heaps, once per process. Fails with kUnavailable
  /// EXPRESSION_UNAVAILABLE where that library is built otherwise than we know it.
  static Status Prepare();

  Heap() { all_.next = all_.previous = &all_; }

  /// Frees all that was taken, used or not.
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// Calls libjq, and nothing with a destructor. After anything but kDone libjq was left in the
  /// middle of its work, and nothing of this heap may be used any more.
  template <typename Work>
  End Run(const Work& work) {
    const Entered entered(*this);
    thread_ = pthread_self();
    if (const int escaped = sigsetjmp(escape_, 0)) return static_cast<End>(escaped);
    bounded_ = 1;
    work();
    bounded_ = 0;
    return End::kDone;
  }

  /// Makes libjq take its memory from here, without bounds: for conversions, which end by
  /// themselves.
  class Entered {
   public:
    explicit Entered(Heap& heap);
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    Heap* const outer_;
  };

  /// Makes a Run that is under way on another thread end at once. May have to be called again:
  /// in the middle of a call of libc it has to wait.
  void Stop();

 private:
  friend struct Stand;

  /// Stands before each piece of memory. A multiple of 16 bytes.
  struct Block {
    Block* previous = nullptr;
    Block* next = nullptr;
    Heap* heap = nullptr;
    std::size_t size = 0;
  };

  void* Take(std::size_t size);
  static void* Resize(void* memory, std::size_t size);
  static void GiveBack(void* memory);
  void Link(Block* block);
  void Unlink(Block* block);
  [[noreturn]] void Escape(End end);

  Block all_;
  std::size_t taken_ = 0;
  volatile std::sig_atomic_t bounded_ = 0;
  std::atomic<bool> stop_ = false;
  pthread_t thread_ = 0;
  sigjmp_buf escape_;
};

}  // namespace sb::adapters::jq
