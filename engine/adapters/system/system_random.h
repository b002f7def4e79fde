#pragma once

#include "engine/ports/random.h"

namespace sb::adapters::system {

/// The kernel's random bytes. Thread-safe.
class SystemRandom : public ports::Random {
 public:
  std::string Bytes(std::size_t count) override;
};

}  // namespace sb::adapters::system
