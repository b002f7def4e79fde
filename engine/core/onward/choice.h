#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sb::core::onward {

inline constexpr std::size_t kMostTypes = 100;
inline constexpr std::size_t kMostNumbers = 1000;

/// Which events go to a destination.
struct EventChoice {
  /// Types of events; "*" stands for any characters: "io.aircall.call.*". Empty: all.
  std::vector<std::string> types;
  /// Provider ids of numbers. Empty: of all numbers. An event that is about no number, such as one
  /// of a contact, is not held back by it.
  std::vector<std::string> numbers;

  /// `number`: which the event is about; nothing where it is about none.
  bool TakesType(std::string_view type) const;
  bool TakesNumber(const std::optional<std::string>& number) const;

  bool operator==(const EventChoice&) const = default;
};

/// kInvalid ONWARD_EVENTS_INVALID, which names what is wrong: too many, empty, or longer than a
/// type or an id can be.
Status CheckChoice(const EventChoice& choice);

}  // namespace sb::core::onward
