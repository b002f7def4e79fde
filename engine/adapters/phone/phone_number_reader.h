#pragma once

#include <string>

#include "engine/core/personal/phone_numbers.h"

namespace sb::adapters::phone {

/// PhoneNumbers by libphonenumber, with the numbering plans that it was built with. Thread-safe.
class PhoneNumberReader : public core::personal::PhoneNumbers {
 public:
  PhoneNumberReader();

  Result<std::string> Read(const std::string& text, const std::string& region) const override;
};

}  // namespace sb::adapters::phone
