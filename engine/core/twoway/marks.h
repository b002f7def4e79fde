#pragma once

#include <set>
#include <string>
#include <string_view>

#include "engine/base/json.h"

// By what a record can be found whose fields nobody described: a platform's.
namespace sb::core::twoway {

inline constexpr std::size_t kMostMarks = 200;

/// Marks of native fields: one for each thing in them, however deep, that looks like an e-mail
/// address or a phone number, and for each short text or number that is a field's whole value. At
/// most kMostMarks.
std::set<std::string> MarksOf(const Json& fields);

/// The mark of a phone number: its last seven digits. Empty: it has too few to be one.
std::string PhoneMark(std::string_view phone);
/// Of an address, in small letters.
std::string EmailMark(std::string_view address);
/// Of a field that holds this value. Empty: it is too long.
std::string ValueMark(std::string_view field, std::string_view value);

}  // namespace sb::core::twoway
