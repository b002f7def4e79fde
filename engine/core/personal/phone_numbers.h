#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sb::core::personal {

/// Reads phone numbers as people write them. A pure function of its arguments, hence declared in
/// the core although a library does the work (adapters/phone). Thread-safe.
class PhoneNumbers {
 public:
  virtual ~PhoneNumbers() = default;

  /// The number in E.164, "+33142685300", from any spelling of it: international, or as it is
  /// dialled within `region` (ISO 3166, "FR"; empty: not known). An extension is left out. Fails
  /// with kInvalid PHONE_NUMBER_INVALID; the message says why, and not the number.
  virtual Result<std::string> Read(const std::string& text, const std::string& region) const = 0;
};

/// Whether a text stands for a caller who hides the number: "anonymous", "Withheld", "private".
bool IsWithheld(std::string_view text);

/// Whether a text may be a phone number at all. Fails with kInvalid PHONE_NUMBER_WITHHELD where it
/// says that there is none to be seen, and PHONE_NUMBER_INVALID where it is something else.
Status CheckWrittenNumber(std::string_view text);

/// The E.164 form of a number. Without `numbers` (null) only the international form is read. Fails
/// as CheckWrittenNumber and PhoneNumbers::Read do.
Result<std::string> E164Of(const std::string& text, const std::string& region,
                           const PhoneNumbers* numbers);

}  // namespace sb::core::personal
