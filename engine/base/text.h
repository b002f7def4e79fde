#pragma once

#include <string>
#include <string_view>

namespace sb {

/// With its ASCII letters in lower case; all other bytes stay.
std::string Lower(std::string_view text);

/// An ASCII digit, whatever the locale.
constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace sb
