#include "engine/base/encoding.h"

#include <string>

#include <gtest/gtest.h>

namespace sb {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(Hex, WritesLowerCaseAndReadsBoth) {
  EXPECT_EQ(ToHex(std::string("\x00\xAF\xff", 3)), "00afff");
  EXPECT_EQ(FromHex("00AFff"), std::string("\x00\xAF\xff", 3));
  EXPECT_EQ(FromHex(ToHex(AllBytes())), AllBytes());
  EXPECT_EQ(FromHex(""), "");
  EXPECT_FALSE(FromHex("abc"));
  EXPECT_FALSE(FromHex("zz"));
}

TEST(Base64, KnowsTheExamplesOfItsRfc) {
  EXPECT_EQ(ToBase64(""), "");
  EXPECT_EQ(ToBase64("f"), "Zg==");
  EXPECT_EQ(ToBase64("fo"), "Zm8=");
  EXPECT_EQ(ToBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(FromBase64("Zg=="), "f");
  EXPECT_EQ(FromBase64("Zm8="), "fo");
  EXPECT_EQ(FromBase64(""), "");
}

TEST(Base64, ReadsBackEveryByte) {
  for (std::size_t length = 0; length < 256; ++length) {
    const std::string bytes = AllBytes().substr(0, length);
    EXPECT_EQ(FromBase64(ToBase64(bytes)), bytes);
  }
}

TEST(Base64, RefusesMalformedText) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm9*", "Zm=v", "\xc3\xa9=="}) {
    EXPECT_FALSE(FromBase64(text)) << text;
  }
}

TEST(Base64Url, HasNoPaddingAndNothingThatUrlsEscape) {
  EXPECT_EQ(ToBase64Url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(ToBase64Url("f"), "Zg");
}

TEST(UrlEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(UrlEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(UrlEncode("+1 617&é/"), "%2B1%20617%26%C3%A9%2F");
  EXPECT_EQ(UrlDecode(UrlEncode(AllBytes())), AllBytes());
}

TEST(UrlDecode, ReadsPlusAsASpaceInFormsOnly) {
  EXPECT_EQ(UrlDecode("a+b%20c"), "a+b c");
  EXPECT_EQ(UrlDecode("a+b%2Bc", true), "a b+c");
}

TEST(UrlDecode, RefusesABrokenEscape) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4z"}) EXPECT_FALSE(UrlDecode(text)) << text;
  EXPECT_EQ(UrlDecode("%41"), "A");
}

TEST(HtmlEscape, DisarmsMarkup) {
  EXPECT_EQ(HtmlEscape("<a href=\"x\" id='y'>&</a>"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
}

TEST(Sha256, KnowsItsTestVectors) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HmacSha256, KnowsTheTestVectorsOfItsRfc) {
  EXPECT_EQ(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(IsUtf8, TellsTextFromBytes) {
  EXPECT_TRUE(IsUtf8("plain, é, €, 😀"));
  EXPECT_TRUE(IsUtf8(std::string("\0", 1)));
  for (const char* bytes :
       {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "a\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bytes));
  }
}

}  // namespace
}  // namespace sb
