#include "connectors/aircall/sandbox/world/text.h"

#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/world/ids.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using ::testing::Pair;

TEST(Phone, IsShownInTheWayOfItsCountry) {
  EXPECT_EQ(DisplayPhone("+16175550142"), "+1 617-555-0142");
  EXPECT_EQ(DisplayPhone("+33639980110"), "+33 6 39 98 01 10");
  EXPECT_EQ(DisplayPhone("+442079460123"), "+44 20 7946 0123");
}

TEST(Phone, StaysAsItIsWhenNoPlanFits) {
  EXPECT_EQ(DisplayPhone("anonymous"), "anonymous");
  EXPECT_EQ(DisplayPhone("+1617"), "+1617");
  EXPECT_EQ(DisplayPhone("+4915112345678"), "+4915112345678");
}

TEST(Phone, NeedsDigitsAndKnownSeparators) {
  EXPECT_TRUE(IsPhone("+1 (617) 555-0142"));
  EXPECT_FALSE(IsPhone("617-CALL-ME"));
  EXPECT_FALSE(IsPhone("+1"));
  EXPECT_FALSE(IsPhone("+1234567890123456"));
}

TEST(Emojis, AreDroppedAndOtherScriptsStay) {
  EXPECT_EQ(WithoutEmojis("Rappeler l'été 🎉☎️ à 9h"), "Rappeler l'été  à 9h");
  EXPECT_EQ(WithoutEmojis("日本語 ok"), "日本語 ok");
  EXPECT_EQ(WithoutEmojis("👩‍💻"), "");
}

TEST(HookUrl, TakesHttpsAnywhereAndHttpOnThisMachineOnly) {
  EXPECT_TRUE(ParseHookUrl("https://hooks.example.com/in"));
  EXPECT_TRUE(ParseHookUrl("http://127.0.0.1:8080/in"));
  EXPECT_TRUE(ParseHookUrl("http://[::1]:8080"));
  EXPECT_FALSE(ParseHookUrl("http://hooks.example.com/in"));
  EXPECT_FALSE(ParseHookUrl("http://127.0.0.1@evil.example/in"));
  EXPECT_FALSE(ParseHookUrl("ftp://127.0.0.1/"));
  EXPECT_FALSE(ParseHookUrl("https://"));
  EXPECT_FALSE(ParseHookUrl("https://a b/"));
}

TEST(HookUrl, IsCutIntoOriginAndTarget) {
  const auto url = ParseHookUrl("https://hooks.example.com:8443?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin, "https://hooks.example.com:8443");
  EXPECT_EQ(url->target, "/?x=1");
}

TEST(Loopback, IsToldApartFromLookalikes) {
  EXPECT_TRUE(IsLoopbackUrl("http://localhost:3000/cb"));
  EXPECT_FALSE(IsLoopbackUrl("http://localhost.example/cb"));
  EXPECT_FALSE(IsLoopbackUrl("http://127.0.0.1.example/cb"));
}

TEST(Integer, IsTheWholeTextOrNothing) {
  EXPECT_THAT(ParseInteger("4294967296"), Optional(4294967296));
  EXPECT_EQ(ParseInteger("12a"), std::nullopt);
  EXPECT_EQ(ParseInteger(""), std::nullopt);
  EXPECT_EQ(ParseInteger("99999999999999999999"), std::nullopt);
}

TEST(Fields, KeepAnUnencodedAddressWhole) {
  const Fields fields = Fields::Parse("redirect_uri=https://a.example/cb?x=1&state=s%20t+u&flag");
  EXPECT_THAT(fields.pairs(), ElementsAre(Pair("redirect_uri", "https://a.example/cb?x=1"),
                                          Pair("state", "s t u"), Pair("flag", "")));
}

TEST(Fields, CollectRepeatedNames) {
  EXPECT_THAT(Fields::Parse("tags[]=1&tags%5B%5D=2").All("tags[]"), ElementsAre("1", "2"));
}

TEST(Ids, RepeatForOneSeedAndDifferForAnother) {
  IdSource one(7);
  IdSource same(7);
  IdSource other(8);
  EXPECT_EQ(one.Hex(32), same.Hex(32));
  EXPECT_EQ(one.Uuid(), same.Uuid());
  EXPECT_NE(one.Hex(32), other.Hex(32));
}

TEST(Ids, OfCallsPassThirtyTwoBits) {
  IdSource ids(1);
  std::int64_t last = 0;
  for (int i = 0; i < 10; ++i) last = ids.Next(IdKind::kCall);
  EXPECT_GT(last, std::int64_t{1} << 32);
}

}  // namespace
}  // namespace sb::aircall::sandbox
