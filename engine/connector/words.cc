#include "engine/connector/words.h"

#include <algorithm>
#include <array>

#include "engine/base/encoding.h"

namespace sb::connector {
namespace {

constexpr std::size_t kMostBytes = 300;
constexpr std::size_t kPhoneDigits = 7;
constexpr std::size_t kKeyLength = 24;
constexpr std::string_view kMask = "***";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// What may stand inside an e-mail address or a key; punctuation at the end of a word does not
/// count.
bool IsWordChar(char c) {
  constexpr std::string_view kOthers = "@._%+-";
  return IsDigit(c) || IsLetter(c) || kOthers.find(c) != std::string_view::npos;
}

bool LooksLikeEmail(std::string_view word) {
  const std::size_t at = word.find('@');
  return at != std::string_view::npos && at > 0 && word.find('.', at) != std::string_view::npos;
}

bool LooksLikeKey(std::string_view word) {
  const bool plain =
      std::all_of(word.begin(), word.end(), [](char c) { return IsDigit(c) || IsLetter(c); });
  return plain && word.size() >= kKeyLength && std::any_of(word.begin(), word.end(), IsDigit);
}

/// The end of a run of digits as phone numbers are written, starting at `from`; `from` when there
/// are too few.
std::size_t EndOfPhone(std::string_view text, std::size_t from) {
  constexpr std::string_view kBetween = " -.()/";
  std::size_t digits = 0;
  std::size_t end = from;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (IsDigit(text[at])) {
      ++digits;
      end = at + 1;
    } else if (kBetween.find(text[at]) == std::string_view::npos &&
               !(text[at] == '+' && at == from)) {
      break;
    }
  }
  return digits >= kPhoneDigits ? end : from;
}

std::string MaskPhones(std::string_view text) {
  std::string masked;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts = IsDigit(text[at]) || text[at] == '+';
    const std::size_t end = starts ? EndOfPhone(text, at) : at;
    if (end > at) {
      masked += kMask;
      at = end;
      continue;
    }
    // A shorter number goes through whole, or its tail would be looked at again.
    do masked += text[at++];
    while (starts && at < text.size() && IsDigit(text[at]));
  }
  return masked;
}

std::string MaskWords(std::string_view text) {
  std::string masked;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && IsWordChar(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    if (LooksLikeEmail(word) || LooksLikeKey(word)) {
      masked += kMask;
    } else {
      masked += word;
    }
    if (end < text.size()) masked += text[end++];
    at = end;
  }
  return masked;
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = IsSpace(c) || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string Shortened(std::string text) {
  if (text.size() <= kMostBytes) return text;
  std::size_t end = kMostBytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not inside a character
  return text.substr(0, end) + "...";
}

}  // namespace

std::string ForPeople(std::string_view text) {
  if (!IsUtf8(text)) return "(unreadable text)";
  // Masked before it is cut, or the cut could leave half a number.
  return Shortened(MaskPhones(MaskWords(OneLine(text))));
}

}  // namespace sb::connector
