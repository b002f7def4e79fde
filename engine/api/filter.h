#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/api/error_mapping.h"
#include "engine/base/time.h"
#include "engine/ports/page.h"

namespace sb::api {

/// How a filter compares: =, !=, <, <=, >, >= and : ("has").
enum class Compare { kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast, kHas };

/// "state != FAILED"
struct Condition {
  std::string field;
  Compare compare = Compare::kEqual;
  std::string value;  ///< Without quotes; "*" behind kHas means: there is one.
  int column = 1;     ///< Where it begins in the filter.
};

/// A field that a list can be filtered by, and how.
struct FilterField {
  std::string name;
  std::vector<Compare> compares;
};

inline constexpr std::size_t kMostFilterBytes = 2000;
inline constexpr std::size_t kMostConditions = 20;

/// Reads a filter in the syntax of AIP-160, as far as we support it: conditions joined by AND,
/// values bare, in '...' or in "...". The conditions, all of which must hold, or FILTER_INVALID
/// with the column, what is wrong and what there is. An empty filter has no conditions.
std::variant<std::vector<Condition>, Failure> ParseFilter(const std::string& filter,
                                                          const std::vector<FilterField>& fields);

/// What is wrong with one condition's value, as FILTER_INVALID.
Failure WrongCondition(const Condition& condition, const std::string& message);

/// Narrows a range, to the millisecond, by a condition on a time whose value is RFC 3339, or a day,
/// which begins at midnight UTC. FILTER_INVALID.
std::optional<Failure> Narrow(ports::TimeRange& range, const Condition& condition);

/// Narrows a choice by a condition that takes = and !=.
template <typename Id>
void Narrow(ports::Choice<Id>& choice, Compare compare, const std::vector<Id>& ids) {
  compare == Compare::kNotEqual ? choice.Except(ids) : choice.Only(ids);
}

}  // namespace sb::api
