// How a sync looks in a terminal, sign by sign.
#include "engine/app/cli/sync_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/app/cli/sync_verdict.h"
#include "tests/support/fake_clock.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Progress = v1::SyncStreamProgress;

constexpr WallTime kSyncNow = testing::kStoryTime;

/// Calls are being read, users are live, and the deletes of contacts are held.
v1::Sync Warehouse() {
  v1::Sync sync;
  Progress& calls = *sync.add_streams();
  calls.set_stream("calls");
  calls.set_state(Progress::STATE_READING);
  calls.set_rows_written(12345);
  calls.set_lag_ms(-1);
  calls.mutable_reading()->set_done_permille(520);
  calls.mutable_reading()->set_windows_left(12);
  calls.mutable_reading()->set_rows_per_second(16.4);
  const auto end = kSyncNow + seconds(500);
  calls.mutable_reading()->mutable_estimated_end_time()->set_seconds(
      std::chrono::duration_cast<seconds>(end.time_since_epoch()).count());
  Progress& contacts = *sync.add_streams();
  contacts.set_stream("contacts");
  contacts.set_state(Progress::STATE_HELD);
  contacts.set_rows_written(800);
  contacts.set_lag_ms(180'000);
  contacts.set_error_code("SYNC_DELETES_BRAKED");
  contacts.set_error_help("look");
  contacts.set_held_deletes(1500);
  Progress& users = *sync.add_streams();
  users.set_stream("users");
  users.set_state(Progress::STATE_LIVE);
  users.set_rows_written(7);
  users.set_lag_ms(2000);
  return sync;
}

TEST(SyncTable, HasALineForEachStreamAndWhatToDoBelow) {
  EXPECT_EQ(SyncStreamsTable(Warehouse(), kSyncNow, {}),
            "STREAM    STATE    ROWS    DONE  WINDOWS  LAG    RATE    END\n"
            "calls     reading  12,345  52 %  12 left         16.4/s  in 8 min\n"
            "contacts  held     800                    3 min\n"
            "users     live     7                      2 s\n"
            "contacts: SYNC_DELETES_BRAKED (1,500 rows wait to be marked as deleted): look\n");
}

TEST(SyncBar, FillsWithWhatWasRead) {
  EXPECT_EQ(SyncBars(Warehouse(), kSyncNow, {}),
            "calls     [############------------]   52 %  reading  12,345 rows  16.4/s  in 8 min\n"
            "contacts  [########################]  100 %  held  800 rows  SYNC_DELETES_BRAKED\n"
            "users     [########################]  100 %  live  7 rows\n");
}

TEST(SyncBar, FitsIntoTheTerminal) {
  const std::string bars = SyncBars(Warehouse(), kSyncNow, {60, false});
  EXPECT_THAT(bars, HasSubstr("…"));
  EXPECT_THAT(bars, Not(HasSubstr("in 8 min")));
}

TEST(SyncLine, TellsOneStream) {
  EXPECT_EQ(SyncStreamLine(Warehouse().streams(0), kSyncNow),
            "calls reading 52 %, 12,345 rows, 16.4/s, in 8 min");
  EXPECT_EQ(SyncStreamLine(Warehouse().streams(2), kSyncNow), "users live, 7 rows");
}

TEST(Grouped, SetsCommasBetweenThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Grouped(-1234), "-1,234");
}

TEST(SyncReceipt, NamesWhatDiffers) {
  v1::SyncVerification receipt;
  receipt.set_id("prf_1");
  receipt.set_verdict(v1::SyncVerification::VERDICT_DIFFERS);
  receipt.set_depth(v1::SyncVerification::DEPTH_SAMPLE);
  receipt.set_sample(20);
  v1::SyncStreamProof& calls = *receipt.add_streams();
  calls.set_stream("calls");
  calls.set_requests(31);
  calls.mutable_sum()->set_counted(1500);
  calls.mutable_sum()->set_rows(1499);
  calls.mutable_sum()->set_missing(1);
  calls.mutable_sum()->set_compared(20);
  calls.mutable_sum()->set_differing(1);
  calls.add_missing("4190000017");
  v1::SyncDifferingRow& row = *calls.add_differing();
  row.set_key("4190000018");
  row.add_columns("duration");
  const std::string text = SyncReceiptText(receipt, kSyncNow, {});
  EXPECT_THAT(text, HasSubstr("verdict   DIFFERS\n"));
  EXPECT_THAT(text, HasSubstr("counts, and 20 rows of each stream"));
  EXPECT_THAT(text,
              HasSubstr("STREAM  PROVIDER  ROWS   MISSING  TOO MANY  COMPARED  DIFFERING  REMARK\n"
                        "calls   1,500     1,499  1        0         20        1\n"));
  EXPECT_THAT(text, HasSubstr("  calls missing: 4190000017\n"));
  EXPECT_THAT(text, HasSubstr("  calls 4190000018 differs in duration\n"));
}

TEST(SyncReceipt, SaysWhatIsNoErrorAsARemark) {
  v1::SyncVerification receipt;
  v1::SyncStreamProof& calls = *receipt.add_streams();
  calls.set_stream("calls");
  calls.mutable_sum()->set_changed(3);
  calls.mutable_sum()->set_gone(1);
  EXPECT_THAT(SyncReceiptText(receipt, kSyncNow, {}),
              HasSubstr("3 changed meanwhile; 1 listed but gone at the provider\n"));
}

TEST(SyncReceipt, CannotSteerTheTerminal) {
  v1::SyncVerification receipt;
  v1::SyncStreamProof& calls = *receipt.add_streams();
  calls.set_stream("calls");
  calls.add_missing("evil\x1b[2J");
  EXPECT_THAT(SyncReceiptText(receipt, kSyncNow, {}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace sb::app::cli
