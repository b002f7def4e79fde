#include "engine/base/text.h"

#include <gtest/gtest.h>

namespace sb {
namespace {

TEST(Lower, ChangesLettersOfAsciiOnly) {
  EXPECT_EQ(Lower("Content-TYPE"), "content-type");
  EXPECT_EQ(Lower("\xC3\x84 [@`{]"), "\xC3\x84 [@`{]");
  EXPECT_EQ(Lower(""), "");
}

}  // namespace
}  // namespace sb
