#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace sb::aircall::sandbox {

/// Chance that repeats itself: the same seed throws the same numbers on every machine, which the
/// distributions of the standard library do not promise.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// From 0 up to, but without, 1.
  double Unit() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

  /// From `least` to `most`, both included.
  std::int64_t Between(std::int64_t least, std::int64_t most) {
    const auto span = static_cast<double>(most - least + 1);
    return least + static_cast<std::int64_t>(Unit() * span);
  }

  bool Happens(double percent) { return Unit() * 100 < percent; }

  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[static_cast<std::size_t>(Between(0, static_cast<std::int64_t>(items.size()) - 1))];
  }

  /// An index, each as likely as its share of the sums: {1, 1, 4} gives 2 three times in four.
  std::size_t ByRunningSum(const std::vector<double>& sums) {
    const auto found = std::upper_bound(sums.begin(), sums.end(), Unit() * sums.back());
    return std::min(static_cast<std::size_t>(found - sums.begin()), sums.size() - 1);
  }

  /// A time until something that happens once in `mean`, without memory.
  double Wait(double mean) { return -std::log(1 - Unit()) * mean; }

 private:
  std::mt19937_64 random_;
};

}  // namespace sb::aircall::sandbox
