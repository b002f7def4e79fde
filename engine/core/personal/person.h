#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sb::core::personal {

/// A phone number as its digits, apart from how it is written.
struct PhoneNumber {
  std::string country;   ///< The country calling code: "33".
  std::string national;  ///< What follows it, without a trunk prefix: "612345678".

  /// "+33612345678".
  std::string International() const { return "+" + country + national; }

  bool operator==(const PhoneNumber&) const = default;
};

/// Reads a number in international form: "+33 6 12 34 56 78", "0033 (0)6-12.34.56.78". Fails with
/// kInvalid PHONE_NUMBER_INVALID. A national form is refused: it names another person in each
/// country.
Result<PhoneNumber> ReadPhoneNumber(std::string_view text);

/// One sequence of digits by which a number is written.
struct Spelling {
  std::string digits;
  bool tells_country = true;  ///< False: the same digits may be somebody else's abroad.
};

/// All by which people and programs write it, longest first: with and without the country code,
/// with the prefixes for calls abroad and within the country.
std::vector<Spelling> SpellingsOf(const PhoneNumber& phone);

/// Reads an address, in lower case. Fails with kInvalid EMAIL_INVALID.
Result<std::string> ReadEmail(std::string_view text);

/// Who is to be forgotten: at least one of the two.
struct Person {
  std::vector<PhoneNumber> phones;
  std::vector<std::string> emails;  ///< As ReadEmail gives them.

  bool operator==(const Person&) const = default;
};

}  // namespace sb::core::personal
