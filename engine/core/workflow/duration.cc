#include "engine/core/workflow/duration.h"

#include <cmath>
#include <regex>
#include <string>

namespace sb::core::workflow {

std::optional<Millis> ParseIsoDuration(std::string_view text) {
  static const std::regex kForm(
      "P(?:([0-9]{1,6})W|(?:([0-9]{1,6})D)?(T(?:([0-9]{1,7})H)?(?:([0-9]{1,8})M)?"
      "(?:([0-9]{1,9}(?:\\.[0-9]{1,9})?)S)?)?)");
  const std::string owned(text.substr(0, 100));
  std::smatch parts;
  if (text.size() > 100 || !std::regex_match(owned, parts, kForm)) return {};

  // Index and length in milliseconds of each part that may be there.
  constexpr struct {
    std::size_t group;
    double milliseconds;
  } kParts[] = {{1, 604'800'000}, {2, 86'400'000}, {4, 3'600'000}, {5, 60'000}, {6, 1'000}};

  double total = 0;
  bool any = false;
  for (const auto& part : kParts) {
    if (!parts[part.group].matched) continue;
    any = true;
    total += std::stod(parts[part.group].str()) * part.milliseconds;
  }
  const bool dangling = parts[3].matched && parts[3].str() == "T";
  if (!any || dangling) return {};
  return Millis(std::llround(total));
}

}  // namespace sb::core::workflow
