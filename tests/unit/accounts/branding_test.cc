// How a platform may have our pages look.

#include "engine/accounts/branding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/accounts/colour.h"

namespace sb::accounts {
namespace {

using ::testing::HasSubstr;

ports::Branding Brand() {
  return {.name = "Acme CRM",
          .logo_url = "https://cdn.acme.example/logo.png",
          .accent_color = "#7a1fa2",
          .background_color = "#fff4e6",
          .text = "Bring your calls to Acme."};
}

void ExpectWrong(const ports::Branding& branding, const std::string& field) {
  const Status checked = CheckBranding(branding);
  ASSERT_FALSE(checked.ok()) << field;
  EXPECT_EQ(checked.error().code, "BRANDING_INVALID");
  EXPECT_THAT(checked.error().message, HasSubstr("branding." + field));
}

TEST(Branding, MayBeWholeOrMissing) {
  EXPECT_TRUE(CheckBranding(Brand()).ok());
  EXPECT_TRUE(CheckBranding({}).ok());
}

TEST(Branding, TakesALogoByHttpsOrAsAnImageInTheAddress) {
  ports::Branding brand = Brand();
  brand.logo_url = "data:image/png;base64,iVBORw0KGgo=";
  EXPECT_TRUE(CheckBranding(brand).ok());
  for (const std::string bad :
       {"http://cdn.acme.example/logo.png", "javascript:alert(1)", "data:text/html;base64,PGI+",
        "data:image/png;base64,<svg>", "https://cdn.acme.example/a b", "/logo.png"}) {
    brand.logo_url = bad;
    ExpectWrong(brand, "logo_url");
  }
  brand.logo_url = "data:image/png;base64," + std::string(64UL * 1024, 'A');
  ExpectWrong(brand, "logo_url");
}

TEST(Branding, NeedsANameForThoseWhoDoNotSeeTheLogo) {
  ports::Branding brand = Brand();
  brand.name.clear();
  ExpectWrong(brand, "name");
}

TEST(Branding, BoundsItsTexts) {
  ports::Branding brand = Brand();
  brand.name = std::string(81, 'x');
  ExpectWrong(brand, "name");
  brand = Brand();
  brand.name = "two\nlines";
  ExpectWrong(brand, "name");
  brand = Brand();
  brand.text = std::string(401, 'x');
  ExpectWrong(brand, "text");
  brand = Brand();
  brand.text = "\xff";
  ExpectWrong(brand, "text");
}

TEST(Branding, RefusesAnAccentThatCannotBeRead) {
  ports::Branding brand = Brand();
  brand.accent_color = "#ffee00";
  ExpectWrong(brand, "accent_color");
  EXPECT_THAT(CheckBranding(brand).error().message, HasSubstr("too light"));
  for (const char* bad : {"red", "#fff", "#7a1fa2;}", "rgb(0,0,0)"}) {
    brand.accent_color = bad;
    ExpectWrong(brand, "accent_color");
  }
}

TEST(Branding, TakesAnyGroundForTheTextOnItFollows) {
  for (const char* ground : {"#000000", "#ffffff", "#777777", "#ff0000", "#00ff00", "#0000ff"}) {
    const Colour colour = *Colour::Parse(ground);
    EXPECT_GE(ContrastOf(TextOn(colour), colour), kReadable) << ground;
  }
}

TEST(Branding, LightensAnAccentUntilItCanBeReadInTheDark) {
  const Colour dark{0x22, 0x30, 0x2f};
  for (const char* accent : {"#000000", "#7a1fa2", "#0f5c5c", "#0000ff"}) {
    EXPECT_GE(ContrastOf(LightenedFor(dark, *Colour::Parse(accent)), dark), kReadable) << accent;
  }
  EXPECT_EQ(LightenedFor(dark, *Colour::Parse("#ffffff")).Text(), "#ffffff");
}

}  // namespace
}  // namespace sb::accounts
