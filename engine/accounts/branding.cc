#include "engine/accounts/branding.h"

#include <algorithm>
#include <cmath>
#include <regex>

#include "engine/accounts/allowed_addresses.h"
#include "engine/accounts/colour.h"
#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

constexpr std::size_t kNameBytes = 80;
constexpr std::size_t kTextBytes = 400;
constexpr std::size_t kLogoBytes = 64UL * 1024;

Error Wrong(const std::string& field, const std::string& expectation) {
  return Invalid("BRANDING_INVALID", "branding." + field + " " + expectation);
}

bool IsLine(const std::string& text, std::size_t most) {
  const bool controls =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return text.size() <= most && IsUtf8(text) && !controls;
}

/// An image inside the address itself. Scripts in an SVG do not run in an <img>.
bool IsImageData(const std::string& url) {
  static const std::regex kHead("data:image/(png|jpeg|webp|gif|svg\\+xml);base64,");
  const std::size_t comma = url.find(',');
  return comma != std::string::npos && std::regex_match(url.substr(0, comma + 1), kHead) &&
         FromBase64(url.substr(comma + 1)).has_value();
}

bool IsLogo(const std::string& url) {
  if (url.size() > kLogoBytes) return false;
  return IsImageData(url) || OriginOfAddress(url).starts_with("https://");
}

Status CheckAccent(const std::string& text) {
  constexpr Colour kGround{0xee, 0xf3, 0xf3};  // --calm-ground of style.css, darker than the card
  const auto colour = Colour::Parse(text);
  if (!colour) return Wrong("accent_color", "must be a colour like #0f5c5c");
  const double contrast = ContrastOf(*colour, kGround);
  if (contrast >= kReadable) return {};
  const std::string shown = std::to_string(std::floor(contrast * 10) / 10).substr(0, 3);
  return Wrong("accent_color", text + " is too light to be read on the page: its contrast is " +
                                   shown + " and must be at least 4.5; take a darker one");
}

}  // namespace

Status CheckBranding(const ports::Branding& branding) {
  if (!IsLine(branding.name, kNameBytes))
    return Wrong("name", "must be one line of at most 80 bytes");
  if (!IsLine(branding.text, kTextBytes))
    return Wrong("text", "must be one line of at most 400 bytes");
  if (!branding.logo_url.empty() && !IsLogo(branding.logo_url)) {
    return Wrong("logo_url",
                 "must be an https address or data:image/png;base64,... (png, jpeg, webp, gif, "
                 "svg+xml) of at most 64 KiB");
  }
  if (!branding.logo_url.empty() && branding.name.empty())
    return Wrong("name", "is missing: it is what people read who do not see the logo");
  if (!branding.background_color.empty() && !Colour::Parse(branding.background_color))
    return Wrong("background_color", "must be a colour like #f4f5f2");
  return branding.accent_color.empty() ? Status() : CheckAccent(branding.accent_color);
}

}  // namespace sb::accounts
