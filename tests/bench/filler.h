#pragma once

#include <cstddef>
#include <string>

namespace sb::bench {

/// `bytes` of text that compresses about as well as the JSON of real life does (to a half):
/// letters by a fixed rule, the same for the same `seed`. A row of one repeated letter would be
/// stored in a few bytes and make every floor look better than it is.
inline std::string Filler(std::size_t bytes, unsigned seed) {
  std::string text;
  text.reserve(bytes);
  while (text.size() < bytes) {
    seed = seed * 1664525U + 1013904223U;  // a linear congruential generator
    text += static_cast<char>('a' + (seed >> 24) % 16);
  }
  return text;
}

}  // namespace sb::bench
