#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace sb::aircall::sandbox {

enum class IdKind { kCall, kContact, kDetail, kTag, kComment, kWebhook, kCount };

/// Numbers and random-looking text that depend on the seed and the order of asking alone, so that
/// two runs of one script see the same ids. Not for real secrets. Guarded by its owner.
class IdSource {
 public:
  explicit IdSource(std::uint64_t seed);

  std::int64_t Next(IdKind kind);
  std::string Hex(std::size_t digits);
  std::string Uuid();

 private:
  std::mt19937_64 random_;
  std::array<std::int64_t, static_cast<std::size_t>(IdKind::kCount)> next_;
};

}  // namespace sb::aircall::sandbox
