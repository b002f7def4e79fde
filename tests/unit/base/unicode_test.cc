// Names come in many spellings that look alike; one form stands for all of them.
#include "engine/base/unicode.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sb {
namespace {

TEST(NormalTextTest, MakesOneFormOfAccentsHoweverTheyAreComposed) {
  EXPECT_EQ(NormalText("Ame\xCC\x81lie"), "Am\xC3\xA9lie");  // e with a combining acute
  EXPECT_EQ(NormalText("Am\xC3\xA9lie"), "Am\xC3\xA9lie");
  EXPECT_EQ(NormalText("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), "한");  // Hangul from its letters
  EXPECT_EQ(NormalText("Nguye\xCC\x82\xCC\x83n"), "Nguyễn");
}

TEST(NormalTextTest, KeepsScriptsJoinersAndVariationSelectors) {
  for (const char* name : {"محمد عبد الله", "山田 太郎", "Ωμέγα",
                           "👩‍👩‍👧‍👦 family", "❤️", "می‌خواهم"})
    EXPECT_EQ(NormalText(name), name);
}

TEST(NormalTextTest, HasSingleSpacesAndNoneAtTheEnds) {
  EXPECT_EQ(NormalText("  Jean \t Paul  "), "Jean Paul");
  EXPECT_EQ(NormalText("Jean\xC2\xA0\xE2\x80\xAFPaul\xE3\x80\x80"), "Jean Paul");
  EXPECT_EQ(NormalText(" \xC2\xA0\xE2\x80\xA8 "), "");
}

TEST(NormalTextTest, KeepsLinesAndOneEmptyLineBetweenThem) {
  EXPECT_EQ(NormalText("one \r\n two"), "one\ntwo");
  EXPECT_EQ(NormalText("one\r\rtwo\n\n\n\nthree\n"), "one\n\ntwo\n\nthree");
  EXPECT_EQ(NormalText("one\xE2\x80\xA9two"), "one\ntwo");
}

TEST(NormalTextTest, LeavesOutControlCharactersAndByteOrderMarks) {
  EXPECT_EQ(NormalText(std::string_view("\xEF\xBB\xBFJe\0an\x07", 9)), "Jean");
  // What stood apart only because of one is composed all the same.
  EXPECT_EQ(NormalText("e\x07\xCC\x81"), "\xC3\xA9");
}

TEST(NormalTextTest, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(NormalText("Am\xE9lie"), std::nullopt);
  EXPECT_EQ(NormalText("\xED\xA0\x80"), std::nullopt);  // half of a surrogate pair
}

TEST(LowerTextTest, ReachesBeyondAscii) {
  EXPECT_EQ(LowerText("ÉLODIE@ÉCOLE.FR"), "élodie@école.fr");
  EXPECT_EQ(LowerText("山田@example.jp"), "山田@example.jp");
}

TEST(CutTextTest, CountsCodePointsAndCutsBetweenCharacters) {
  EXPECT_EQ(CharsIn("Amélie"), 6U);
  EXPECT_EQ(CutText("Amélie", 3), "Amé");
  EXPECT_EQ(CutText("Amélie", 6), "Amélie");
  EXPECT_EQ(CutText("Jean Paul", 5), "Jean");
  EXPECT_EQ(CutText("hi 👩‍👩‍👧‍👦", 6),
            "hi");  // a family of seven code points does not fit
  EXPECT_EQ(CutText("👩‍👩‍👧‍👦", 3), "👩‍👩");  // and alone it has to be cut
}

/// Texts out of everything that makes normal forms hard.
std::string HardText(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "E",
                                                   "e",
                                                   "İ",
                                                   "ß",
                                                   "Σ",
                                                   " ",
                                                   "  ",
                                                   "\t",
                                                   "\n",
                                                   "\r",
                                                   "\r\n",
                                                   "\xC2\xA0",
                                                   "\xE2\x80\x8B",
                                                   "\xE3\x80\x80",
                                                   "\xCC\x81",
                                                   "\xCC\xA3",
                                                   "\xCC\x82",
                                                   "\xCD\x85",
                                                   "é",
                                                   "ễ",
                                                   "한",
                                                   "\xE1\x84\x92",
                                                   "\xE1\x85\xA1",
                                                   "م",
                                                   "山",
                                                   "👩",
                                                   "\xE2\x80\x8D",
                                                   "\xEF\xB8\x8F",
                                                   "\xEF\xBB\xBF",
                                                   "\x07",
                                                   "\xE2\x84\xAB",
                                                   "\xE2\x84\xA6",
                                                   "🇫",
                                                   "🇷",
                                                   "\xE2\x80\xA8"};
  std::string text;
  for (auto count = random() % 12; count > 0; --count) text += kPieces[random() % kPieces.size()];
  return text;
}

TEST(NormalTextTest, AllOperationsAgreeOnWhatIsNormal) {
  std::mt19937 random(8);
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = NormalText(HardText(random)).value_or("?");
    ASSERT_EQ(NormalText(text), text);
    const std::string lower = LowerText(text);
    ASSERT_EQ(NormalText(lower), lower) << text;
    ASSERT_EQ(LowerText(lower), lower) << text;
    const std::size_t most = 1 + random() % 8;
    const std::string cut = CutText(text, most);
    ASSERT_LE(CharsIn(cut), most) << text;
    ASSERT_TRUE(text.starts_with(cut)) << text;
    ASSERT_EQ(NormalText(cut), cut) << text;
    ASSERT_EQ(CutText(cut, most), cut) << text;
  }
}

}  // namespace
}  // namespace sb
