#include "engine/adapters/phone/phone_number_reader.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

namespace sb::adapters::phone {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr const char* kNoRegion = "ZZ";  // as the library calls it

PhoneNumberUtil& Library() {
  static PhoneNumberUtil& library = []() -> PhoneNumberUtil& {
    PhoneNumberUtil& made = *PhoneNumberUtil::GetInstance();
    made.SetLogger(new i18n::phonenumbers::NullLogger());  // owned by the library from here on
    return made;
  }();
  return library;
}

Error NoNumber(const std::string& why) {
  return Invalid("PHONE_NUMBER_INVALID",
                 why + "; write it with its country, in any spelling: +33 6 12 34 56 78");
}

/// "00" is how most of the world dials abroad; where a region dials otherwise, the library does not
/// see it.
std::string WithPlus(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t(");
  if (first == std::string::npos || text.compare(first, 2, "00") != 0) return text;
  return "+" + text.substr(first + 2);
}

Error TooShort() {
  return NoNumber("this number is too short to be reached from abroad");
}

Error TooLong() {
  return NoNumber("this number has more digits than any in its country");
}

Error WhyNotParsed(PhoneNumberUtil::ErrorType problem) {
  switch (problem) {
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return NoNumber("it is not known of which country this number is");
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return TooShort();
    case PhoneNumberUtil::TOO_LONG_NSN:
      return TooLong();
    default:
      return NoNumber("this is no phone number");
  }
}

Error WhyNotPossible(PhoneNumberUtil::ValidationResult possible) {
  switch (possible) {
    case PhoneNumberUtil::TOO_SHORT:
      return TooShort();
    case PhoneNumberUtil::TOO_LONG:
      return TooLong();
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
      return NoNumber("this number lacks its area code");
    default:
      return NoNumber("no number of its country has so many digits");
  }
}

Result<std::string> ReadOnce(const std::string& text, const std::string& region) {
  PhoneNumber number;
  const auto parsed =
      Library().Parse(text, region.empty() ? std::string(kNoRegion) : region, &number);
  if (parsed != PhoneNumberUtil::NO_PARSING_ERROR) return WhyNotParsed(parsed);
  const auto possible = Library().IsPossibleNumberWithReason(number);
  if (possible != PhoneNumberUtil::IS_POSSIBLE) return WhyNotPossible(possible);
  std::string e164;
  Library().Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

}  // namespace

PhoneNumberReader::PhoneNumberReader() {
  Library();  // reads its numbering plans, which takes some milliseconds
}

Result<std::string> PhoneNumberReader::Read(const std::string& text,
                                            const std::string& region) const {
  auto read = ReadOnce(text, region);
  if (read.ok()) return read;
  const std::string abroad = WithPlus(text);
  if (abroad == text) return read;
  auto again = ReadOnce(abroad, region);
  return again.ok() ? again : read;
}

}  // namespace sb::adapters::phone
