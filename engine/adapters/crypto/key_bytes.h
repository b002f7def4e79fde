#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace sb::adapters::crypto {

inline constexpr std::size_t kKeyBytes = 32;

/// A key on its way: wiped when it is let go of.
class KeyBytes {
 public:
  /// Random.
  static KeyBytes Fresh();

  KeyBytes() = default;
  KeyBytes(const KeyBytes&) = default;
  KeyBytes& operator=(const KeyBytes&) = default;
  ~KeyBytes();

  unsigned char* data() { return bytes_.data(); }

  const unsigned char* data() const { return bytes_.data(); }

  std::string_view view() const;

 private:
  std::array<unsigned char, kKeyBytes> bytes_{};
};

/// Room for keys that stay: locked (never swapped out), left out of core dumps, between guard
/// pages, wiped at the end.
class LockedKeys {
 public:
  explicit LockedKeys(std::size_t count);

  void Put(std::size_t place, const KeyBytes& key);
  KeyBytes Get(std::size_t place) const;

 private:
  struct Free {
    void operator()(unsigned char* bytes) const;
  };

  std::unique_ptr<unsigned char, Free> bytes_;
};

}  // namespace sb::adapters::crypto
