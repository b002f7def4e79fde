#include "engine/base/file.h"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb {
namespace {

using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sb-file-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }

  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(FileTest, ReadsBackWhatWasWritten) {
  const std::string content("line\n\0binary\xff", 13);
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", content).ok());
  EXPECT_EQ(*ReadFile(folder_ / "a"), content);
}

TEST_F(FileTest, ReadsAnEmptyFile) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "empty", "").ok());
  const auto content = ReadFile(folder_ / "empty");
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(*content, "");
}

TEST_F(FileTest, ReplacesAFileAndLeavesNothingBeside) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "old and longer").ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "new").ok());
  EXPECT_EQ(*ReadFile(folder_ / "a"), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, KeepsSecretsFromOthersUnlessToldOtherwise) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "secret", "x").ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ / "open", "x", 0644).ok());

  struct stat info {};

  stat((folder_ / "secret").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  stat((folder_ / "open").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
}

TEST_F(FileTest, ALeftOverOfACrashDoesNotLendItsPermissions) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a.new", "left over", 0666).ok());
  ASSERT_EQ(chmod((folder_ / "a.new").c_str(), 0666), 0);
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "x").ok());

  struct stat info {};

  stat((folder_ / "a").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(FileTest, SaysWhichFileIsMissing) {
  const auto content = ReadFile(folder_ / "none");
  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(content.error().code, "FILE_NOT_FOUND");
  EXPECT_THAT(content.error().message, HasSubstr((folder_ / "none").string()));
}

TEST_F(FileTest, AFolderIsNoFile) {
  const auto content = ReadFile(folder_);
  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().code, "FILE_UNREADABLE");
}

TEST_F(FileTest, SaysWhyItCannotWrite) {
  const Status written = WriteFileAtomically(folder_ / "no" / "such" / "folder", "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(written.error().code, "FILE_UNWRITABLE");
  EXPECT_THAT(written.error().message, HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace sb
