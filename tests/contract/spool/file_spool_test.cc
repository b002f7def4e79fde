#include "engine/adapters/system/file_spool.h"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "tests/contract/spool/deliveries.h"
#include "tests/support/temp_dir.h"

namespace sb {
namespace {

using adapters::system::FileSpool;
using testing::Delivery;
using ::testing::ElementsAre;
using testing::TextsOf;

class SpoolFolder : public ::testing::Test {
 protected:
  std::unique_ptr<FileSpool> Open(FileSpool::Limits limits = {}) {
    return FileSpool::Open(folder_.path() / "spool", limits).value();
  }

  std::vector<std::filesystem::path> Files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "spool")) {
      files.push_back(entry.path());
    }
    return files;
  }

  testing::TempDir folder_;
};

TEST_F(SpoolFolder, OutlivesTheProcess) {
  ASSERT_TRUE(Open()->Keep({Delivery("before")}).ok());
  const auto next = Open();
  ASSERT_TRUE(next->Keep({Delivery("after")}).ok());
  const auto oldest = next->Oldest();
  ASSERT_TRUE(oldest);
  EXPECT_THAT(TextsOf(*oldest), ElementsAre("before"));
  next->Forget(oldest->name);
  EXPECT_THAT(TextsOf(*next->Oldest()), ElementsAre("after"));
}

TEST_F(SpoolFolder, IsForThisUserAlone) {
  ASSERT_TRUE(Open()->Keep({Delivery("a")}).ok());

  struct stat about {};

  ASSERT_EQ(stat((folder_.path() / "spool").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);
  ASSERT_EQ(stat(Files().at(0).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(SpoolFolder, RefusesWhatWouldNotFitAndTakesAgainWhenThereIsRoom) {
  const auto spool = Open({.bytes = 1000});
  ASSERT_TRUE(spool->Keep({Delivery(std::string(300, 'a'))}).ok());
  const Status refused = spool->Keep({Delivery(std::string(300, 'b'))});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(refused.error().code, "SPOOL_FULL");
  spool->Forget(spool->Oldest()->name);
  EXPECT_TRUE(spool->Keep({Delivery(std::string(300, 'c'))}).ok());
}

TEST_F(SpoolFolder, PutsAsideWhatItCannotReadAndGoesOn) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Keep({Delivery("torn")}).ok());
  ASSERT_TRUE(WriteFileAtomically(Files().at(0), "[{\"slot\": 1").ok());
  ASSERT_TRUE(spool->Keep({Delivery("whole")}).ok());
  const auto oldest = spool->Oldest();
  ASSERT_TRUE(oldest);
  EXPECT_THAT(TextsOf(*oldest), ElementsAre("whole"));
  spool->Forget(oldest->name);
  EXPECT_TRUE(spool->IsEmpty());
  EXPECT_EQ(Files().at(0).extension(), ".damaged");
  EXPECT_TRUE(Open()->IsEmpty());
}

TEST_F(SpoolFolder, SaysSoWhenThereIsNoPlaceForIt) {
  ASSERT_TRUE(WriteFileAtomically(folder_.path() / "spool", "a file").ok());
  const auto opened = FileSpool::Open(folder_.path() / "spool");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "SPOOL_UNUSABLE");
}

}  // namespace
}  // namespace sb
