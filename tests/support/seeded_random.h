#pragma once

#include <mutex>
#include <random>

#include "engine/ports/random.h"

namespace sb::testing {

/// Bytes that repeat themselves from a seed. Thread-safe.
class SeededRandom : public ports::Random {
 public:
  explicit SeededRandom(unsigned seed = 1) : engine_(seed) {}

  std::string Bytes(std::size_t count) override {
    const std::lock_guard lock(mutex_);
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(engine_() & 0xFF);
    return bytes;
  }

 private:
  std::mutex mutex_;
  std::mt19937 engine_;
};

}  // namespace sb::testing
