#include "engine/base/secret.h"

#include <sstream>

#include <gtest/gtest.h>

namespace sb {
namespace {

TEST(Secret, PrintsAsStars) {
  std::ostringstream out;
  out << Secret("s3cret") << Secret();
  EXPECT_EQ(out.str(), "******");
}

TEST(Secret, ComparesByContent) {
  const Secret secret("s3cret");
  EXPECT_TRUE(secret.EqualsConstantTime("s3cret"));
  EXPECT_FALSE(secret.EqualsConstantTime("s3cres"));
  EXPECT_FALSE(secret.EqualsConstantTime("s3cre"));
  EXPECT_FALSE(secret.EqualsConstantTime(""));
  EXPECT_TRUE(Secret().EqualsConstantTime(""));
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(secret.Reveal(), "s3cret");
}

}  // namespace
}  // namespace sb
