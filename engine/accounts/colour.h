#pragma once

#include <optional>
#include <string>

namespace sb::accounts {

/// A colour of a web page. A value.
struct Colour {
  int red = 0;
  int green = 0;
  int blue = 0;

  /// "#0f5c5c"; nothing for anything else.
  static std::optional<Colour> Parse(const std::string& text);
  std::string Text() const;
};

/// How well one can be read on the other: 1 to 21 (WCAG 2.2). Text needs 4.5.
double ContrastOf(const Colour& one, const Colour& other);
constexpr double kReadable = 4.5;

/// White or black, whichever can be read better on `ground`: one of them always can.
Colour TextOn(const Colour& ground);
/// `colour`, made lighter as far as is needed to be read on the dark `ground`.
Colour LightenedFor(const Colour& ground, Colour colour);

}  // namespace sb::accounts
