#include "engine/core/personal/phone_numbers.h"

#include <algorithm>
#include <array>

#include "engine/core/personal/person.h"

namespace sb::core::personal {
namespace {

constexpr std::size_t kMostWritten = 100;  // a number with its extension and some words between
constexpr std::ptrdiff_t kFewestWritten = 3;

/// As networks and telephone systems say that they show no number.
constexpr std::array<std::string_view, 13> kWithheldWords = {
    "anonymous",  "withheld",      "private",      "restricted",    "hidden",
    "blocked",    "unavailable",   "unknown",      "privatenumber", "noid",
    "nocallerid", "unknowncaller", "callerunknown"};

/// In lower case, letters only.
std::string PlainWord(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') word += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') word += c;
  }
  return word;
}

/// Digits of any script: beyond ASCII it is for the library to tell.
bool MayBeDigit(char c) {
  return (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool IsWithheld(std::string_view text) {
  if (text.size() > kMostWritten || std::ranges::any_of(text, MayBeDigit)) return false;
  return std::ranges::find(kWithheldWords, PlainWord(text)) != kWithheldWords.end();
}

Status CheckWrittenNumber(std::string_view text) {
  if (IsWithheld(text)) {
    return Invalid(
        "PHONE_NUMBER_WITHHELD",
        "the caller hides the number, so there is none: look whether there is one first");
  }
  if (text.size() <= kMostWritten && std::ranges::count_if(text, MayBeDigit) >= kFewestWritten)
    return {};
  return Invalid("PHONE_NUMBER_INVALID",
                 "this is no phone number; write it with its country, in any spelling: "
                 "+33 6 12 34 56 78");
}

Result<std::string> E164Of(const std::string& text, const std::string& region,
                           const PhoneNumbers* numbers) {
  if (Status written = CheckWrittenNumber(text); !written.ok()) return written.error();
  if (numbers != nullptr) return numbers->Read(text, region);
  const auto read = ReadPhoneNumber(text);
  if (!read.ok()) return read.error();
  return read->International();
}

}  // namespace sb::core::personal
