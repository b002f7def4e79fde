#include "engine/core/onward/choice.h"

#include <algorithm>

namespace sb::core::onward {
namespace {

constexpr std::size_t kLongestPattern = 255;
constexpr std::size_t kLongestNumber = 64;

/// Goes back to the newest "*" where the rest does not fit: linear in pattern and text together for
/// one star, and never worse than their product.
bool FitsPattern(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      from = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++from;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

bool IsPattern(const std::string& text) {
  return !text.empty() && text.size() <= kLongestPattern && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '*';
  });
}

bool IsNumberId(const std::string& text) {
  return !text.empty() && text.size() <= kLongestNumber &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

bool EventChoice::TakesType(std::string_view type) const {
  return types.empty() || std::ranges::any_of(types, [type](const std::string& pattern) {
           return FitsPattern(pattern, type);
         });
}

bool EventChoice::TakesNumber(const std::optional<std::string>& number) const {
  return numbers.empty() || !number || std::ranges::count(numbers, *number) > 0;
}

Status CheckChoice(const EventChoice& choice) {
  constexpr const char* kCode = "ONWARD_EVENTS_INVALID";
  if (choice.types.size() > kMostTypes)
    return Invalid(kCode, "a destination takes at most 100 types of events; \"*\" stands for many");
  if (choice.numbers.size() > kMostNumbers)
    return Invalid(kCode, "a destination takes at most 1000 numbers; none stands for all");
  for (const std::string& type : choice.types) {
    if (!IsPattern(type)) {
      return Invalid(kCode, "'" + type.substr(0, 60) +
                                "' is no type of events: letters, digits, \".\", \"-\", \"_\", and "
                                "\"*\" for any of these, up to 255");
    }
  }
  for (const std::string& number : choice.numbers) {
    if (!IsNumberId(number))
      return Invalid(kCode, "'" + number.substr(0, 60) + "' is no provider's id of a number");
  }
  return {};
}

}  // namespace sb::core::onward
