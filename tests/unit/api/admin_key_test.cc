#include "engine/api/admin_key.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "engine/base/encoding.h"
#include "engine/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_api_key_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_dir.h"

namespace sb::api {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

class AdminKeyTest : public ::testing::Test {
 protected:
  Result<bool> Ensure() { return EnsureAdminKey(keys_, ids_, random_, path_, testing::kStoryTime); }

  testing::TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "admin.key";
  testing::MemoryApiKeyStore keys_;
  testing::SeededRandom random_;
  IdGenerator ids_{1};
};

TEST_F(AdminKeyTest, IsMadeForANewInstallationAndOpensIt) {
  ASSERT_TRUE(Ensure().value());
  auto text = ReadFile(path_);
  ASSERT_TRUE(text.ok());
  ASSERT_THAT(*text, StartsWith("sbk_"));
  ASSERT_THAT(*text, EndsWith("\n"));
  const auto key = keys_.Find(Sha256(text->substr(0, text->size() - 1)));
  ASSERT_TRUE(key.ok() && key->has_value());
  EXPECT_EQ((*key)->role, ports::Role::kAdmin);
  EXPECT_TRUE((*key)->scope.IsAll());
}

TEST_F(AdminKeyTest, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(Ensure().ok());
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(AdminKeyTest, IsNotMadeWhereOneWorks) {
  ASSERT_TRUE(Ensure().value());
  const std::string first = ReadFile(path_).value();
  EXPECT_FALSE(Ensure().value());
  EXPECT_EQ(ReadFile(path_).value(), first);
}

TEST_F(AdminKeyTest, IsMadeAnewWhenTheLastOneHasEnded) {
  ASSERT_TRUE(Ensure().value());
  const auto keys = keys_.List(ports::TenantScope::All(), {});
  ASSERT_TRUE(keys_.Revoke(keys->items.front().id, testing::kStoryTime).ok());
  EXPECT_TRUE(Ensure().value());
}

TEST_F(AdminKeyTest, IsMadeWhereNoOtherKeyReachesEverything) {
  const ports::ApiKey tenants{ids_.Next<ApiKeyTag>(testing::kStoryTime),
                              "hash",
                              "acme's admin",
                              ports::Role::kAdmin,
                              ports::TenantScope::Of({"acme"}),
                              testing::kStoryTime};
  ASSERT_TRUE(keys_.Insert(tenants).ok());
  EXPECT_TRUE(Ensure().value());
}

TEST_F(AdminKeyTest, ReplacesAFileWhoseKeyWasNeverStored) {
  ASSERT_TRUE(WriteFileAtomically(path_, "sbk_left_by_a_crash\n").ok());
  ASSERT_TRUE(Ensure().value());
  EXPECT_NE(ReadFile(path_).value(), "sbk_left_by_a_crash\n");
}

TEST_F(AdminKeyTest, StoresNothingWhenTheFileCannotBeWritten) {
  path_ = directory_.path() / "missing" / "admin.key";
  EXPECT_EQ(Ensure().error().code, "FILE_UNWRITABLE");
  EXPECT_FALSE(keys_.HasAdmin(testing::kStoryTime).value());
}

}  // namespace
}  // namespace sb::api
