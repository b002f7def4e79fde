#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// The points where Aircall's reference and recorded answers differ, or where nobody knows.
enum class Switch {
  kCreatedStatus,
  kDetailUpdateStatus,
  kContactsPerPage,
  kDuration,
  kContactEventTimes,
  kRateHeaders,
  kRetryAfter,
  kDisableAfter,
  kCount
};

struct SwitchInfo {
  Switch id;
  std::string_view name;
  std::vector<std::string_view> choices;  ///< The first is the default.
  std::string_view help;
};

/// One row for each switch, in the order of the enum. A new switch is a name there and a row here.
std::span<const SwitchInfo> AllSwitches();

/// How this sandbox answers at those points.
class Switches {
 public:
  std::string_view Get(Switch id) const;
  /// The value of a switch whose choices are numbers.
  int GetNumber(Switch id) const;

  bool Is(Switch id, std::string_view choice) const { return Get(id) == choice; }

  /// Fails with kInvalid SANDBOX_SWITCH, listing what would have been right.
  Status Set(std::string_view name, std::string_view choice);
  /// The same from "name=choice".
  Status SetFromText(std::string_view text);

 private:
  std::array<std::size_t, static_cast<std::size_t>(Switch::kCount)> chosen_{};
};

}  // namespace sb::aircall::sandbox
