#include "engine/core/twoway/marks.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/unicode.h"

namespace sb::core::twoway {
namespace {

constexpr std::size_t kMarkedDigits = 7;
constexpr std::size_t kMostPhoneChars = 40;
constexpr std::size_t kMostAddressChars = 320;
constexpr std::size_t kMostValueChars = 100;
constexpr int kMarkedDepth = 8;

/// Digits with what people write between them: no text that only has a number somewhere.
bool LooksLikePhone(std::string_view text) {
  return text.size() <= kMostPhoneChars && std::ranges::all_of(text, [](char c) {
           return IsDigit(c) || std::string_view("+-.()/ \t").find(c) != std::string_view::npos;
         });
}

void AddMark(std::set<std::string>& marks, std::string mark) {
  if (!mark.empty() && marks.size() < kMostMarks) marks.insert(std::move(mark));
}

void AddContactsIn(const Json& value, int depth, std::set<std::string>& marks) {
  if (value.is_structured()) {
    if (depth >= kMarkedDepth) return;
    for (const Json& each : value) AddContactsIn(each, depth + 1, marks);
    return;
  }
  if (!value.is_string() && !value.is_number_integer()) return;
  const std::string text = PlainText(value);
  if (text.size() <= kMostAddressChars && text.find('@') != std::string::npos)
    AddMark(marks, EmailMark(text));
  if (LooksLikePhone(text)) AddMark(marks, PhoneMark(text));
}

}  // namespace

std::string PhoneMark(std::string_view phone) {
  std::string digits;
  std::ranges::copy_if(phone, std::back_inserter(digits), IsDigit);
  if (digits.size() < kMarkedDigits) return {};
  return "p:" + digits.substr(digits.size() - kMarkedDigits);
}

std::string EmailMark(std::string_view address) {
  const auto normal = NormalText(address);
  return normal ? "e:" + LowerText(*normal) : std::string();
}

std::string ValueMark(std::string_view field, std::string_view value) {
  if (value.empty() || value.size() > kMostValueChars) return {};
  return "v:" + std::string(field) + "=" + std::string(value);
}

std::set<std::string> MarksOf(const Json& fields) {
  std::set<std::string> marks;
  if (!fields.is_object()) return marks;
  AddContactsIn(fields, 0, marks);
  for (const auto& [field, value] : fields.items()) {
    if (value.is_string() || value.is_number_integer())
      AddMark(marks, ValueMark(field, PlainText(value)));
  }
  return marks;
}

}  // namespace sb::core::twoway
