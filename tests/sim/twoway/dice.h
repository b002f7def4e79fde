#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "engine/base/time.h"

namespace sb::sim::twoway {

/// What a seed decides.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

  /// 0 .. count - 1.
  std::size_t Below(std::size_t count) { return count == 0 ? 0 : engine_() % count; }

  bool Chance(double probability) {
    constexpr double kSteps = 1e6;
    return static_cast<double>(engine_() % 1'000'000) < probability * kSteps;
  }

  Millis Between(Millis least, Millis most) {
    const auto span = static_cast<std::size_t>((most - least).count() + 1);
    return least + Millis(static_cast<std::int64_t>(Below(span)));
  }

  template <typename Each>
  const Each& OneOf(const std::vector<Each>& all) {
    return all[Below(all.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sb::sim::twoway
