#include "engine/adapters/crypto/key_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/support/matchers.h"

namespace sb {
namespace {

using adapters::crypto::ParseKeys;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kA(64, 'a');
const std::string kB(64, 'B');

std::vector<std::string> Parsed(const std::string& text) {
  std::vector<std::string> keys;
  const auto parsed = ParseKeys(Secret(text), "the source");
  if (!parsed.ok()) return {parsed.error().code};
  for (const Secret& key : *parsed) keys.push_back(ToHex(key.Reveal()));
  return keys;
}

TEST(KeyText, HoldsOneKeyOrSeveralNewestFirst) {
  const std::string b(64, 'b');
  EXPECT_THAT(Parsed(kA), ElementsAre(kA));
  EXPECT_THAT(Parsed(kA + "\r\n"), ElementsAre(kA));
  EXPECT_THAT(Parsed("\n" + kB + "\n\n" + kA + "\n"), ElementsAre(b, kA));
  EXPECT_THAT(Parsed(kA + "," + kB), ElementsAre(kA, b));
  EXPECT_THAT(Parsed(kA + " , " + kB), ElementsAre(kA, b));
}

TEST(KeyText, IsRefusedWithoutShowingIt) {
  std::string too_many;
  for (int i = 0; i < 17; ++i) too_many += kA + "\n";
  for (const std::string& text : {std::string(), std::string(" \n"), kA.substr(1), kA + kA,
                                  kA + "\nab", "key: " + kA, std::string(64, 'z'), too_many}) {
    const auto parsed = ParseKeys(Secret(text), "the source");
    ASSERT_THAT(parsed, FailsWith(ErrorKind::kInvalid, "VAULT_KEY_INVALID")) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("the source"));
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("aaaa")));
  }
}

}  // namespace
}  // namespace sb
