#include "engine/accounts/colour.h"

#include <algorithm>
#include <cmath>

#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

constexpr Colour kWhite{255, 255, 255};
constexpr Colour kBlack{0, 0, 0};

double Linear(int channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double LuminanceOf(const Colour& colour) {
  return 0.2126 * Linear(colour.red) + 0.7152 * Linear(colour.green) + 0.0722 * Linear(colour.blue);
}

int TowardsWhite(int channel) {
  return std::min(255, channel + std::max(1, (255 - channel) / 10));
}

}  // namespace

std::optional<Colour> Colour::Parse(const std::string& text) {
  if (text.size() != 7 || text.front() != '#') return {};
  const auto bytes = FromHex(text.substr(1));
  if (!bytes) return {};
  const auto at = [&](std::size_t i) {
    return static_cast<int>(static_cast<unsigned char>((*bytes)[i]));
  };
  return Colour{at(0), at(1), at(2)};
}

std::string Colour::Text() const {
  const std::string bytes = {static_cast<char>(red), static_cast<char>(green),
                             static_cast<char>(blue)};
  return "#" + ToHex(bytes);
}

double ContrastOf(const Colour& one, const Colour& other) {
  const auto [darker, lighter] = std::minmax({LuminanceOf(one), LuminanceOf(other)});
  return (lighter + 0.05) / (darker + 0.05);
}

Colour TextOn(const Colour& ground) {
  return ContrastOf(kWhite, ground) >= ContrastOf(kBlack, ground) ? kWhite : kBlack;
}

Colour LightenedFor(const Colour& ground, Colour colour) {
  // Each step comes closer to white by at least one, so that this ends on any ground.
  for (int step = 0; step < 255 && ContrastOf(colour, ground) < kReadable; ++step)
    colour = {TowardsWhite(colour.red), TowardsWhite(colour.green), TowardsWhite(colour.blue)};
  return colour;
}

}  // namespace sb::accounts
