#include "engine/adapters/system/mapped_black_box.h"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"
#include "tests/support/temp_dir.h"

namespace sb::testing {
namespace {

using adapters::system::MappedBlackBox;
using ports::BlackBox;

class MappedBox : public ::testing::Test {
 protected:
  std::filesystem::path File() const { return directory_.path() / "executing"; }

  BlackBox::Note LastNote() {
    const auto box = MappedBlackBox::Open(File());
    return box.ok() ? (*box)->Last() : BlackBox::Note();
  }

  TempDir directory_;
};

TEST_F(MappedBox, TellsTheNextProcessWhatTheKilledOneWasAt) {
  const pid_t child = fork();
  if (child == 0) {
    const auto box = MappedBlackBox::Open(File());
    (*box)->Begin({BlackBox::Subject::kRun, 17, 4711});
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const BlackBox::Note last = LastNote();
  EXPECT_EQ(last.subject, BlackBox::Subject::kRun);
  EXPECT_EQ(last.slot, 17);
  EXPECT_EQ(last.id, 4711);
  EXPECT_EQ(LastNote().subject, BlackBox::Subject::kNothing) << "once";
}

TEST_F(MappedBox, TellsNothingOfWhatCameToItsEnd) {
  {
    const auto box = MappedBlackBox::Open(File());
    ASSERT_THAT(box, IsOk());
    EXPECT_EQ((*box)->Last().subject, BlackBox::Subject::kNothing) << "a fresh one";
    (*box)->Begin({BlackBox::Subject::kEvent, 3, 5});
    (*box)->End();
  }
  EXPECT_EQ(LastNote().subject, BlackBox::Subject::kNothing);
}

TEST_F(MappedBox, SaysWhenThereIsNoRoomForIt) {
  EXPECT_THAT(MappedBlackBox::Open(directory_.path() / "nowhere" / "executing"),
              FailsWith(ErrorKind::kUnavailable, "FILE_UNWRITABLE"));
}

}  // namespace
}  // namespace sb::testing
