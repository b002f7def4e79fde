#pragma once

#include <cstddef>
#include <string>

#include "engine/base/json.h"
#include "engine/core/personal/phone_numbers.h"
#include "engine/core/twoway/definition.h"

// Native values read into the one form that record.h describes.
namespace sb::core::twoway {

inline constexpr std::size_t kLongestValue = 100'000;  ///< Bytes of a text; more is not read.
inline constexpr std::size_t kMostEntries = 1'000;     ///< Of a list; the others are not read.

/// By what phones are read.
struct PhoneReading {
  const personal::PhoneNumbers* phones = nullptr;  ///< Null: international forms only.
  std::string region;
};

struct Canonical {
  Json value;        ///< Null: blank.
  std::string flag;  ///< See Flag; empty: nothing was seen.
};

/// A value of any shape; of a list see CanonicalList. CanonicalValue of its own result gives the
/// same.
Canonical CanonicalValue(Shape shape, const Json& native, const PhoneReading& reading);

/// What an entry of a list is.
constexpr Shape EntryShape(Shape list) {
  return list == Shape::kPhones ? Shape::kPhone : Shape::kEmail;
}

/// The key of one entry, from a text or from {"value": ...}; empty: it is blank.
std::string EntryKey(Shape list, const Json& entry, const PhoneReading& reading);

/// From a list of texts or of {"value", "label"}, or from one of these alone: an object from each
/// key to its label ("" without `labels`). The first of equal entries counts.
Canonical CanonicalList(Shape list, const Json& native, bool labels, const PhoneReading& reading);

}  // namespace sb::core::twoway
