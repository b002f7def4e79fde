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
    const Result<Secret> key = LoadOrCreateKeyFile(path_);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(key.error().code, "VAULT_KEY_INVALID");
    EXPECT_THAT(key.error().message, HasSubstr(path_.string()));
    EXPECT_THAT(key.error().message, HasSubstr(hint));
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(KeyFile, IsCreatedOnTheFirstStartForItsOwnerAlone) {
  const Result<Secret> key = LoadOrCreateKeyFile(path_);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->Reveal().size(), 32U);

  struct stat info {};

  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(KeyFile, GivesTheSameKeyOnEveryLaterStart) {
  EXPECT_EQ(LoadOrCreateKeyFile(path_)->Reveal(), LoadOrCreateKeyFile(path_)->Reveal());
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
    starters.emplace_back([this, &key] {
      const Result<Secret> made = LoadOrCreateKeyFile(path_);
      if (made.ok()) key = made->Reveal();
    });
  }
  for (std::thread& starter : starters) starter.join();
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()),
            (std::set<std::string>{LoadOrCreateKeyFile(path_)->Reveal()}));
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
  const Result<Secret> key = LoadOrCreateKeyFile(folder_ / "absent" / "vault.key");
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(key.error().code, "VAULT_KEY_UNREADABLE");
}

}  // namespace
}  // namespace sb
