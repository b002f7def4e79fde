#pragma once

#include <cstddef>
#include <string>

namespace sb::ports {

/// Unguessable bytes. Thread-safe. A fake repeats itself from a seed.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::string Bytes(std::size_t count) = 0;
};

}  // namespace sb::ports
