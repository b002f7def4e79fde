#include "engine/core/personal/redactor.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "engine/base/text.h"

namespace sb::core::personal {
namespace {

constexpr std::size_t kMostSeparators = 3;  // between two digits: ") " and the like
constexpr int kMostCountryDigits = 4;       // of a calling code with a zero in brackets after it

using Sign = TextSign;
using Signs = std::vector<Sign>;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<int> HexAt(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return {};
  int value = 0;
  for (const char c : text.substr(at, digits)) {
    const int digit = HexValue(c);
    if (digit < 0) return {};
    value = value * 16 + digit;
  }
  return value;
}

/// Spaces and hyphens of print that people paste between digits.
std::optional<Sign> PrintedSignAt(std::string_view text, std::size_t at) {
  static const std::array<std::pair<std::string_view, char>, 8> kPrinted = {
      {{"\xC2\xA0", ' '},
       {"\xE2\x80\xAF", ' '},
       {"\xE2\x80\x89", ' '},
       {"\xE2\x80\x90", '-'},
       {"\xE2\x80\x91", '-'},
       {"\xE2\x80\x92", '-'},
       {"\xE2\x80\x93", '-'},
       {"\xE2\x88\x92", '-'}}};
  for (const auto& [bytes, c] : kPrinted) {
    if (text.substr(at).starts_with(bytes)) return Sign{c, at, bytes.size()};
  }
  return {};
}

char FromCodePoint(int code) {
  if (code == 0xA0 || code == 0x202F || code == 0x2009) return ' ';
  if ((code >= 0x2010 && code <= 0x2013) || code == 0x2212) return '-';
  return code < 0x80 ? static_cast<char>(code) : '\0';
}

Sign SignAt(std::string_view text, std::size_t at) {
  if (text[at] == '%') {
    if (const auto code = HexAt(text, at + 1, 2))
      return {*code < 0x80 ? static_cast<char>(*code) : '\0', at, 3};
  }
  if (text[at] == '\\' && at + 1 < text.size()) {  // JSON within a text
    const auto code = text[at + 1] == 'u' ? HexAt(text, at + 2, 4) : std::nullopt;
    if (code) return {FromCodePoint(*code), at, 6};
    if (std::string_view("nrtbf\"\\/").find(text[at + 1]) != std::string_view::npos)
      return {text[at + 1] == '/' ? '/' : '\0', at, 2};
  }
  if (const auto printed = PrintedSignAt(text, at)) return *printed;
  const auto byte = static_cast<unsigned char>(text[at]);
  return {byte < 0x80 ? static_cast<char>(std::tolower(byte)) : '\0', at, 1};
}

std::vector<Sign> SignsOf(std::string_view text) {
  std::vector<Sign> signs;
  signs.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at += signs.back().length)
    signs.push_back(SignAt(text, at));
  return signs;
}

bool IsSeparator(char c) {
  return c != 0 && std::string_view(" \t()-./_").find(c) != std::string_view::npos;
}

bool BelongsToAddress(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c != 0 && (std::isalnum(byte) != 0 ||
                    std::string_view(".!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos);
}

/// The end of the digits if they begin here, with few signs between them; else 0.
std::size_t MatchDigits(const Signs& signs, std::size_t from, std::string_view digits) {
  std::size_t at = from;
  for (std::size_t i = 0; i < digits.size(); ++i, ++at) {
    std::size_t between = 0;
    while (i > 0 && at < signs.size() && IsSeparator(signs[at].c) && between++ < kMostSeparators)
      ++at;
    if (at >= signs.size() || signs[at].c != digits[i]) return 0;
  }
  return at < signs.size() && IsDigit(signs[at].c) ? 0 : at;
}

/// "+49 612 345 678" is not the number 612345678 of another country: spelled with its own country
/// it would have been found before.
bool FollowsAnotherCountry(const Signs& signs, std::size_t from) {
  int digits = 0;
  while (from > 0 && digits <= kMostCountryDigits) {
    const char c = signs[--from].c;
    if (c == '+') return true;
    if (!IsDigit(c) && !IsSeparator(c)) return false;
    digits += IsDigit(c) ? 1 : 0;
  }
  return false;
}

std::size_t MatchPhone(const Signs& signs, std::size_t from, std::string_view digits,
                       bool tells_country) {
  if (from > 0 && IsDigit(signs[from - 1].c)) return 0;
  const std::size_t end = MatchDigits(signs, from, digits);
  return end != 0 && !tells_country && FollowsAnotherCountry(signs, from) ? 0 : end;
}

/// What may stand before an address although it could be part of one: "?email=jane@example.com".
bool MayPrecedeAddress(char c) {
  return !BelongsToAddress(c) || std::string_view("=/&?'`{|").find(c) != std::string_view::npos;
}

std::size_t MatchAddress(const Signs& signs, std::size_t from, std::string_view address) {
  if (from > 0 && !MayPrecedeAddress(signs[from - 1].c)) return 0;
  if (from + address.size() > signs.size()) return 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(signs[from + i].c)) != address[i]) return 0;
  }
  const std::size_t end = from + address.size();
  const auto at = [&](std::size_t i) { return i < signs.size() ? signs[i].c : '\0'; };
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const bool longer =
      is_name(at(end)) || at(end) == '-' || (at(end) == '.' && is_name(at(end + 1)));
  return longer ? 0 : end;
}

/// A "+" or a bracket before the number goes with it.
std::size_t WithOpening(const Signs& signs, std::size_t from) {
  while (from > 0 && (signs[from - 1].c == '+' || signs[from - 1].c == '(')) --from;
  return from;
}

bool Names(const std::vector<std::string>& names, const std::string& key) {
  return std::ranges::find(names, key) != names.end();
}

/// Every text within, whatever it says.
int EraseTexts(Json& value) {
  if (value.is_string()) {
    if (value.get_ref<const std::string&>().empty() || value == kErased) return 0;
    value = kErased;
    return 1;
  }
  int erased = 0;
  if (value.is_structured()) {
    for (Json& each : value) erased += EraseTexts(each);
  }
  return erased;
}

}  // namespace

Redactor::Redactor(const Person& person, std::vector<Companions> companions)
    : companions_(std::move(companions)), has_email_(!person.emails.empty()) {
  for (const PhoneNumber& phone : person.phones) {
    for (const Spelling& spelling : SpellingsOf(phone)) {
      const std::size_t size = spelling.digits.size();
      patterns_.push_back({spelling.digits, true, spelling.tells_country});
      fewest_digits_ = fewest_digits_ == 0 ? size : std::min(fewest_digits_, size);
    }
  }
  std::ranges::stable_sort(patterns_, [](const Pattern& left, const Pattern& right) {
    return left.signs.size() > right.signs.size();
  });
  for (const std::string& email : person.emails) patterns_.push_back({email, false});
}

/// Where a number or an address that is met at `at` begins and ends; ends at 0 when none is.
std::pair<std::size_t, std::size_t> Redactor::MatchAt(const Signs& signs, std::size_t at) const {
  for (const Pattern& pattern : patterns_) {
    const std::size_t end = pattern.is_phone
                                ? MatchPhone(signs, at, pattern.signs, pattern.tells_country)
                                : MatchAddress(signs, at, pattern.signs);
    if (end != 0) return {pattern.is_phone ? WithOpening(signs, at) : at, end};
  }
  return {at, 0};
}

// Most texts hold neither; telling so must cost little.
bool Redactor::MayHold(std::string_view text) const {
  if (has_email_ &&
      (text.find('@') != std::string_view::npos || text.find("40") != std::string_view::npos)) {
    return true;
  }
  if (fewest_digits_ == 0) return false;
  std::size_t digits = 0;
  for (const char c : text) digits += IsDigit(c) ? 1 : 0;
  return digits >= fewest_digits_;
}

int Redactor::Redact(std::string& text) const {
  if (!MayHold(text)) return 0;
  const Signs signs = SignsOf(text);
  std::string kept;
  std::size_t copied = 0;  // bytes of `text` that are in `kept`, or are not to be
  int replaced = 0;
  for (std::size_t at = 0; at < signs.size();) {
    const auto [begin, end] = MatchAt(signs, at);
    if (end == 0) {
      ++at;
      continue;
    }
    kept.append(text, copied, signs[begin].begin - copied).append(kErased);
    copied = signs[end - 1].begin + signs[end - 1].length;
    at = end;
    ++replaced;
  }
  if (replaced > 0) text = kept.append(text, copied);
  return replaced;
}

int Redactor::Redact(Json& value) const {
  if (value.is_string()) return Redact(value.get_ref<std::string&>());
  if (value.is_number()) return RedactNumber(value);
  if (value.is_object()) return RedactObject(value);
  int replaced = 0;
  if (value.is_array()) {
    for (Json& each : value) replaced += Redact(each);
  }
  return replaced;
}

int Redactor::RedactNumber(Json& value) const {
  if (fewest_digits_ == 0 || !value.is_number_integer()) return 0;
  const std::string digits = value.dump();
  const bool is_theirs = std::ranges::any_of(patterns_, [&](const Pattern& pattern) {
    return pattern.is_phone && pattern.signs == digits;
  });
  if (!is_theirs) return 0;
  value = kErased;
  return 1;
}

int Redactor::RedactObject(Json& object) const {
  int replaced = 0;
  std::vector<std::string> theirs;  // members in which the person stood
  for (auto& [key, value] : object.items()) {
    const int here = Redact(value);
    if (here > 0) theirs.push_back(key);
    replaced += here;
  }
  for (const Companions& companions : companions_) {
    const auto is_named = [&](const std::string& key) { return Names(companions.by, key); };
    if (!std::ranges::any_of(theirs, is_named)) continue;
    for (const std::string& key : companions.also) {
      if (const auto member = object.find(key); member != object.end())
        replaced += EraseTexts(*member);
    }
  }
  return replaced + RedactKeys(object);
}

// Of two keys that become the same, the second gets a number, so that no value is lost.
int Redactor::RedactKeys(Json& object) const {
  std::vector<std::pair<std::string, std::string>> renamed;
  for (const auto& [key, value] : object.items()) {
    std::string redacted = key;
    if (Redact(redacted) > 0) renamed.emplace_back(key, redacted);
  }
  for (const auto& [from, to] : renamed) {
    Json value = std::move(object[from]);
    object.erase(from);
    std::string key = to;
    for (int n = 2; object.contains(key); ++n) key = to + " " + std::to_string(n);
    object[key] = std::move(value);
  }
  return static_cast<int>(renamed.size());
}

}  // namespace sb::core::personal
