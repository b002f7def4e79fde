#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "connectors/aircall/sandbox/life/dice.h"

namespace sb::aircall::sandbox {

/// A block of numbers kept free for fiction.
struct PhoneRange {
  std::string prefix;  ///< "+1212555"
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::size_t digits = 0;  ///< Of the rest.
};

/// The names, firms, notes and phone numbers that invented companies are made of:
/// assets/people.json.
struct People {
  std::vector<std::string> first_names;
  std::vector<std::string> last_names;
  std::vector<std::string> company_first;
  std::vector<std::string> company_second;
  std::vector<std::string> notes;
  std::vector<std::pair<std::string, std::string>> tags;  ///< Name and colour.
  std::vector<PhoneRange> phone_ranges;
  std::vector<double> phone_shares;  ///< Running sums.

  static const People& Get();

  std::string AnyPhone(Dice& dice) const;
  /// One that is not in `taken`, and is from now on.
  std::string NewPhone(Dice& dice, std::unordered_set<std::string>& taken) const;
};

}  // namespace sb::aircall::sandbox
