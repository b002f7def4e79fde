#include "engine/core/personal/person.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "engine/base/text.h"

namespace sb::core::personal {
namespace {

constexpr std::size_t kMostText = 254;  // of an address (RFC 5321); of a number by far enough
constexpr std::size_t kFewestDigits = 7;
constexpr std::size_t kMostDigits = 15;  // E.164
constexpr std::size_t kFewestAlone = 7;  // fewer national digits say too little by themselves
constexpr std::string_view kSeparators = " \t()-./";

/// Calling codes are free of each other's prefixes: two of one digit, these of two, else three
/// (ITU-T E.164, annexed list).
constexpr std::array<std::string_view, 44> kTwoDigits = {
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
    "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};

std::size_t CountryDigits(std::string_view digits) {
  if (digits.front() == '1' || digits.front() == '7') return 1;
  const auto two = digits.substr(0, 2);
  return std::ranges::find(kTwoDigits, two) != kTwoDigits.end() ? 2 : 3;
}

/// What is dialled before the national number within the country, where it is not "0".
std::vector<std::string> TrunkPrefixesOf(const std::string& country) {
  static const std::map<std::string, std::vector<std::string>> kOthers = {
      {"1", {"1"}},        {"7", {"8"}},         {"36", {"06"}}, {"52", {"01", "044", "045"}},
      {"370", {"8", "0"}}, {"375", {"8", "80"}}, {"993", {"8"}}};
  const auto other = kOthers.find(country);
  return other == kOthers.end() ? std::vector<std::string>{"0"} : other->second;
}

Error NoPhoneNumber(std::string_view why) {
  return Invalid(
      "PHONE_NUMBER_INVALID",
      std::string(why) + "; write it with its country, in any spelling: +33 6 12 34 56 78");
}

Error NoEmail() {
  return Invalid("EMAIL_INVALID",
                 "this is no e-mail address; write it whole, such as "
                 "jane.doe@example.com");
}

bool IsAddressPart(std::string_view part, std::string_view others) {
  return !part.empty() && std::ranges::all_of(part, [&](unsigned char c) {
    return std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

Result<PhoneNumber> ReadPhoneNumber(std::string_view text) {
  if (text.empty() || text.size() > kMostText) return NoPhoneNumber("this is no phone number");
  std::string written;
  for (const char c : text) {
    const bool sign = c == '+' && written.empty();
    if (IsDigit(c) || sign) {
      written += c;
    } else if (kSeparators.find(c) == std::string_view::npos) {
      return NoPhoneNumber("a phone number has digits and the signs between them only");
    }
  }
  const bool abroad = written.starts_with("00");
  if (!abroad && !written.starts_with('+')) return NoPhoneNumber("this number has no country");
  const std::string digits = written.substr(abroad ? 2 : 1);
  if (digits.size() < kFewestDigits || digits.size() > kMostDigits || digits.front() == '0')
    return NoPhoneNumber("no number has these digits");
  const std::size_t split = CountryDigits(digits);
  PhoneNumber phone{digits.substr(0, split), digits.substr(split)};
  // "+33 (0)6 ...": the zero is for callers within the country.
  if (text.find("(0)") != std::string_view::npos && phone.national.front() == '0')
    phone.national.erase(0, 1);
  return phone;
}

std::vector<Spelling> SpellingsOf(const PhoneNumber& phone) {
  const std::string whole = phone.country + phone.national;
  std::map<std::string, bool> told = {{"00" + whole, true}, {"011" + whole, true}, {whole, true}};
  for (const std::string& trunk : TrunkPrefixesOf(phone.country)) {
    told.emplace(phone.country + trunk + phone.national, true);
    told.emplace("00" + phone.country + trunk + phone.national, true);
    told.emplace(trunk + phone.national, false);
  }
  if (phone.national.size() >= kFewestAlone) told.emplace(phone.national, false);
  std::vector<Spelling> spellings;
  for (const auto& [digits, tells_country] : told) spellings.push_back({digits, tells_country});
  std::ranges::stable_sort(spellings, [](const Spelling& left, const Spelling& right) {
    return left.digits.size() > right.digits.size();
  });
  return spellings;
}

Result<std::string> ReadEmail(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > kMostText) return NoEmail();
  const std::string_view domain = text.substr(at + 1);
  const auto dot = domain.rfind('.');
  const bool named = dot != std::string_view::npos && dot > 0 && dot + 1 < domain.size();
  if (!named || domain.find("..") != std::string_view::npos || !IsAddressPart(domain, "-.") ||
      !IsAddressPart(text.substr(0, at), ".!#$%&'*+/=?^_`{|}~-")) {
    return NoEmail();
  }
  return Lower(text);
}

}  // namespace sb::core::personal
