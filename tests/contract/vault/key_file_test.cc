#include "engine/adapters/crypto/key_file.h"

#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/file.h"

namespace sb {
namespace {

using adapters::crypto::LoadKeyFile;
using adapters::crypto::LoadOrCreateKeyFile;
using ::testing::HasSubstr;

class KeyFile : public ::testing::Test {
 protected:
  KeyFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sb-key-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "vault.key";
  }

  ~KeyFile() override { std::filesystem::remove_all(folder_); }

  void ExpectInvalid(const std::string& hint) {
    const auto keys = LoadOrCreateKeyFile(path_);
    ASSERT_FALSE(keys.ok());
    EXPECT_EQ(keys.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(keys.error().code, "VAULT_KEY_INVALID");
    EXPECT_THAT(keys.error().message, HasSubstr(path_.string()));
    EXPECT_THAT(keys.error().message, HasSubstr(hint));
  }

  /// The one key in the file, which is made when it is not there.
  std::string OnlyKey() {
    const auto keys = LoadOrCreateKeyFile(path_);
    return keys.ok() && keys->size() == 1 ? keys->front().Reveal() : "";
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(KeyFile, IsCreatedOnTheFirstStartForItsOwnerAlone) {
  EXPECT_EQ(OnlyKey().size(), 32U);

  struct stat info {};

  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(KeyFile, GivesTheSameKeyOnEveryLaterStart) {
  const std::string key = OnlyKey();
  EXPECT_EQ(OnlyKey(), key);
}

TEST_F(KeyFile, LeavesNoDraftBehind) {
  ASSERT_TRUE(LoadOrCreateKeyFile(path_).ok());
  const std::filesystem::directory_iterator files(folder_);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(KeyFile, IsTheSameForAllWhoCreateItAtOnce) {
  std::vector<std::string> keys(8);
  std::vector<std::thread> starters;
  for (std::string& key : keys) {
    starters.emplace_back([this, &key] { key = OnlyKey(); });
  }
  for (std::thread& starter : starters) starter.join();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()), (std::set<std::string>{OnlyKey()}));
}

TEST_F(KeyFile, IsRefusedWhenOthersMayReadIt) {
  ASSERT_TRUE(LoadOrCreateKeyFile(path_).ok());
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  ExpectInvalid("chmod 600");
}

TEST_F(KeyFile, IsRefusedWhenItIsTooShort) {
  ASSERT_TRUE(WriteFileAtomically(path_, "abcdef\n").ok());
  ExpectInvalid("64 hexadecimal characters");
}

TEST_F(KeyFile, IsRefusedWhenItHoldsSomethingElse) {
  ASSERT_TRUE(WriteFileAtomically(path_, std::string(64, 'z')).ok());
  ExpectInvalid("64 hexadecimal characters");
}

TEST_F(KeyFile, IsRefusedWhenItIsADirectory) {
  ASSERT_TRUE(std::filesystem::create_directory(path_));
  ASSERT_EQ(::chmod(path_.c_str(), 0700), 0);
  ExpectInvalid("not a regular file");
}

TEST_F(KeyFile, CannotBeMadeInADirectoryThatIsNotThere) {
  const auto keys = LoadOrCreateKeyFile(folder_ / "absent" / "vault.key");
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(keys.error().code, "VAULT_KEY_UNREADABLE");
}

TEST_F(KeyFile, IsNotMadeWhereItShouldBeThere) {
  const auto keys = LoadKeyFile(path_);
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(keys.error().code, "VAULT_KEY_MISSING");
  EXPECT_THAT(keys.error().message, HasSubstr(path_.string()));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeyFile, MayHoldSeveralKeys) {
  const std::string text = std::string(64, 'a') + "\n" + std::string(64, 'b') + "\n";
  ASSERT_TRUE(WriteFileAtomically(path_, text).ok());
  EXPECT_EQ(LoadKeyFile(path_)->size(), 2U);
}

}  // namespace
}  // namespace sb
