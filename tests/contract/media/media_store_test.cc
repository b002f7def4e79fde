#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/system/media_directory.h"
#include "tests/contract/media/bucket_world.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_media_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_dir.h"

namespace sb {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr const char* kKey = "acc_01hv3k7q8s0g/rec_01hv3k7q8s0h";

struct FilesInMemory {
  static constexpr const char* kName = "Memory";

  ports::MediaStore& media() { return media_; }

 private:
  testing::MemoryMediaStore media_;
};

struct FilesOnDisk {
  static constexpr const char* kName = "Directory";

  ports::MediaStore& media() { return *media_; }

 private:
  testing::TempDir folder_;
  testing::SeededRandom random_;
  std::unique_ptr<adapters::system::MediaDirectory> media_ =
      adapters::system::MediaDirectory::Open(folder_.path() / "recordings", random_).value();
};

struct FilesInABucket {
  static constexpr const char* kName = "Bucket";

  ports::MediaStore& media() { return world_.store(); }

 private:
  testing::BucketWorld world_;
};

struct FilesInABucketOfItsOwnHost {
  static constexpr const char* kName = "BucketInTheHost";

  ports::MediaStore& media() { return world_.store(); }

 private:
  testing::BucketWorld world_{&testing::BucketWorld::InTheHost};
};

template <typename World>
class MediaStoreContract : public ::testing::Test {
 protected:
  ports::MediaStore& media() { return world_.media(); }

  void Put(const std::string& bytes, const std::string& key = kKey) {
    auto writer = media().Create(key);
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->Write(bytes), IsOk());
    ASSERT_THAT((*writer)->Finish(), IsOk());
  }

 private:
  World world_;
};

struct FileWorldNames {
  template <typename World>
  static std::string GetName(int /*index*/) {
    return World::kName;
  }
};

using FileWorlds =
    ::testing::Types<FilesInMemory, FilesOnDisk, FilesInABucket, FilesInABucketOfItsOwnHost>;
TYPED_TEST_SUITE(MediaStoreContract, FileWorlds, FileWorldNames);

TYPED_TEST(MediaStoreContract, GivesBackWhatWasWrittenPieceByPiece) {
  auto writer = this->media().Create(kKey);
  ASSERT_THAT(writer, IsOk());
  ASSERT_THAT((*writer)->Write("what "), IsOk());
  ASSERT_THAT((*writer)->Write(std::string("was\0said", 8)), IsOk());
  ASSERT_THAT((*writer)->Finish(), IsOk());
  EXPECT_EQ(this->media().Size(kKey).value(), 13);
  EXPECT_EQ(this->media().Read(kKey, 0, 100).value(), std::string("what was\0said", 13));
  EXPECT_EQ(this->media().Read(kKey, 5, 3).value(), "was");
  EXPECT_EQ(this->media().Read(kKey, 9, 100).value(), "said");
  EXPECT_EQ(this->media().Read(kKey, 13, 100).value(), "");
  EXPECT_EQ(this->media().Read(kKey, 99, 100).value(), "");
}

TYPED_TEST(MediaStoreContract, ShowsNothingOfAFileBeforeItIsWhole) {
  {
    auto writer = this->media().Create(kKey);
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT((*writer)->Write("what"), IsOk());
    EXPECT_THAT(this->media().Size(kKey), FailsWith(ErrorKind::kNotFound, "MEDIA_NOT_FOUND"));
  }
  EXPECT_THAT(this->media().Read(kKey, 0, 1), FailsWith(ErrorKind::kNotFound, "MEDIA_NOT_FOUND"));
}

TYPED_TEST(MediaStoreContract, ReplacesAFileAtOnce) {
  this->Put("what was said");
  auto writer = this->media().Create(kKey);
  ASSERT_THAT((*writer)->Write("anew"), IsOk());
  EXPECT_EQ(this->media().Read(kKey, 0, 100).value(), "what was said");
  ASSERT_THAT((*writer)->Finish(), IsOk());
  EXPECT_EQ(this->media().Read(kKey, 0, 100).value(), "anew");
}

TYPED_TEST(MediaStoreContract, ErasesAFileAndMindsNotIfThereIsNone) {
  this->Put("one");
  this->Put("other", "acc_01hv3k7q8s0g/rec_other");
  ASSERT_THAT(this->media().Erase(kKey), IsOk());
  ASSERT_THAT(this->media().Erase(kKey), IsOk());
  EXPECT_THAT(this->media().Size(kKey), FailsWith(ErrorKind::kNotFound, "MEDIA_NOT_FOUND"));
  EXPECT_EQ(this->media().Read("acc_01hv3k7q8s0g/rec_other", 0, 9).value(), "other");
  ASSERT_THAT(this->media().Erase("acc_01hv3k7q8s0g/rec_other"), IsOk());
  this->Put("again");
  EXPECT_EQ(this->media().Read(kKey, 0, 9).value(), "again");
}

TYPED_TEST(MediaStoreContract, TakesNoKeyThatLeadsElsewhere) {
  for (const char* key : {"", "one", "/one", "one/", "../one", "one/../two", "one/two/three",
                          "One/two", "one/t.wo", "one/two\n"}) {
    EXPECT_THAT(this->media().Create(key), FailsWith(ErrorKind::kInvalid, "MEDIA_KEY_INVALID"))
        << key;
    EXPECT_THAT(this->media().Read(key, 0, 1), FailsWith(ErrorKind::kInvalid, "MEDIA_KEY_INVALID"));
    EXPECT_THAT(this->media().Erase(key), FailsWith(ErrorKind::kInvalid, "MEDIA_KEY_INVALID"));
  }
}

}  // namespace
}  // namespace sb
