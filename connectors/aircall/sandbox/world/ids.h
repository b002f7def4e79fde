#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace sb::aircall::sandbox {

enum class IdKind {
  kCall,
  kContact,
  kDetail,
  kTag,
  kComment,
  kWebhook,
  kUser,
  kNumber,
  kTeam,
  kMessage,
  kCount
};

/// Numbers and random-looking text that depend on the seed, the company and the order of asking
/// alone, so that two runs of one script see the same ids. No two companies share a number. Not for
/// real secrets. Guarded by its owner.
class IdSource {
 public:
  /// `company` counts from 0.
  explicit IdSource(std::uint64_t seed, int company = 0);

  std::int64_t Next(IdKind kind);
  std::string Hex(std::size_t digits);
  std::string Uuid();

 private:
  std::mt19937_64 random_;
  std::array<std::int64_t, static_cast<std::size_t>(IdKind::kCount)> next_;
};

}  // namespace sb::aircall::sandbox
