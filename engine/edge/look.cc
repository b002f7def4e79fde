#include "engine/edge/look.h"

#include "engine/accounts/colour.h"

namespace sb::edge {
namespace {

using accounts::Colour;

/// --calm-ground of style.css in the dark: the lightest ground that the accent is written on.
constexpr Colour kDarkGround{0x22, 0x30, 0x2f};

Colour Mixed(const Colour& colour, int other, int percent) {
  const auto mix = [&](int channel) { return channel + (other - channel) * percent / 100; };
  return {mix(colour.red), mix(colour.green), mix(colour.blue)};
}

std::string AccentOf(const Colour& accent, const Colour& strong) {
  return "--accent:" + accent.Text() + ";--accent-strong:" + strong.Text() +
         ";--on-accent:" + accounts::TextOn(accent).Text() + ";";
}

}  // namespace

std::string StyleOf(const ports::Branding& branding) {
  std::string light;
  std::string dark;
  if (const auto accent = Colour::Parse(branding.accent_color)) {
    const Colour lighter = accounts::LightenedFor(kDarkGround, *accent);
    light += AccentOf(*accent, Mixed(*accent, 0, 20));
    dark += AccentOf(lighter, Mixed(lighter, 255, 20));
  }
  if (const auto ground = Colour::Parse(branding.background_color))
    light +=
        "--ground:" + ground->Text() + ";--on-ground:" + accounts::TextOn(*ground).Text() + ";";
  std::string style;
  if (!light.empty())
    style += "@media not all and (prefers-color-scheme:dark){:root{" + light + "}}";
  if (!dark.empty()) style += "@media (prefers-color-scheme:dark){:root{" + dark + "}}";
  return style;
}

}  // namespace sb::edge
