#include "engine/adapters/system/media_directory.h"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "tests/support/matchers.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_dir.h"

namespace sb {
namespace {

using adapters::system::MediaDirectory;
using testing::FailsWith;
using testing::IsOk;

constexpr const char* kFile = "acc_01hv3k7q8s0g/rec_01hv3k7q8s0h";

class MediaFolder : public ::testing::Test {
 protected:
  std::unique_ptr<MediaDirectory> Open() {
    return MediaDirectory::Open(folder_.path() / "recordings", random_).value();
  }

  static unsigned ModeOf(const std::filesystem::path& path) {
    struct stat about {};

    EXPECT_EQ(stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 0777;
  }

  testing::TempDir folder_;
  testing::SeededRandom random_;
};

TEST_F(MediaFolder, OutlivesTheProcessAndIsForThisUserAlone) {
  {
    const auto media = Open();
    auto writer = media->Create(kFile);
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->Write("what was said"), IsOk());
    ASSERT_THAT((*writer)->Finish(), IsOk());
  }
  EXPECT_EQ(Open()->Read(kFile, 0, 100).value(), "what was said");
  const auto folder = folder_.path() / "recordings";
  EXPECT_EQ(ModeOf(folder), 0700U);
  EXPECT_EQ(ModeOf(folder / "acc_01hv3k7q8s0g"), 0700U);
  EXPECT_EQ(ModeOf(folder / kFile), 0600U);
}

TEST_F(MediaFolder, LeavesNothingOfAFileThatWasGivenUp) {
  const auto media = Open();
  {
    auto writer = media->Create(kFile);
    ASSERT_THAT((*writer)->Write("half"), IsOk());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "recordings" / ".incoming"));
}

TEST_F(MediaFolder, DropsWhatWritersOfYesterdayLeftBehind) {
  Open();
  const auto incoming = folder_.path() / "recordings" / ".incoming";
  ASSERT_TRUE(WriteFileAtomically(incoming / "old", "half").ok());
  ASSERT_TRUE(WriteFileAtomically(incoming / "new", "half").ok());
  const auto now = std::filesystem::last_write_time(incoming / "old");
  std::filesystem::last_write_time(incoming / "old", now - std::chrono::hours(30));
  Open();
  EXPECT_FALSE(std::filesystem::exists(incoming / "old"));
  EXPECT_TRUE(std::filesystem::exists(incoming / "new")) << "it may be written now";
}

TEST_F(MediaFolder, SaysSoWhenThereIsNoPlaceForIt) {
  ASSERT_TRUE(WriteFileAtomically(folder_.path() / "recordings", "a file").ok());
  EXPECT_THAT(MediaDirectory::Open(folder_.path() / "recordings", random_),
              FailsWith(ErrorKind::kUnavailable, "MEDIA_STORE_UNAVAILABLE"));
}

}  // namespace
}  // namespace sb
