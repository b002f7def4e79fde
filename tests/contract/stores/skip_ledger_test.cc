// What rules leave out of tables is written down once, with the reason of the last look.
#include <map>
#include <string>
#include <vector>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::FirstImport;
using ports::Skip;
using ports::SkippedRecord;
using ports::SyncPlace;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Slot kSkipSlot = 4;
constexpr WallTime kSkipNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);

template <typename World>
class SkipLedgerContract : public ::testing::Test {
 protected:
  static SyncPlace Calls(std::int64_t sync = 1) {
    return {kSkipSlot, AccountId(1001), ports::SyncId(sync), "calls"};
  }

  /// A call without a recording, looked at so long after noon.
  static Skip Unrecorded(const std::string& key, Millis after = Millis(0)) {
    return {key,
            "RULE_NOT_MET",
            "recording_present",
            "it has no recording",
            kSkipNoon - hours(1),
            kSkipNoon + after};
  }

  /// A call that the cap holds, of so long before noon.
  static Skip Capped(const std::string& key, Millis before) {
    return {key,
            core::sync::kFirstImportCap,
            "first_import",
            "the newest only",
            kSkipNoon - before,
            kSkipNoon};
  }

  std::vector<std::string> Listed(const std::string& code = "", const std::string& rule = "",
                                  int limit = 10) {
    std::vector<std::string> keys;
    const auto records = ledger_.List(kSkipSlot, AccountId(1001), code, rule, {0, limit});
    for (const SkippedRecord& each : records.value().items) keys.push_back(each.skip.key);
    return keys;
  }

  World world_;
  ports::SkipLedger& ledger_ = world_.skips;
};

TYPED_TEST_SUITE(SkipLedgerContract, Worlds, WorldNames);

TYPED_TEST(SkipLedgerContract, RemembersTheLastReasonAndCountsTheLooks) {
  const SyncPlace calls = this->Calls();
  const Skip first = this->Unrecorded("7");
  Skip second = this->Unrecorded("7", minutes(15));
  second.rule = "max_age";
  second.reason = "it is too old";
  ASSERT_THAT(this->ledger_.Enter(calls, {first}), IsOk());
  ASSERT_THAT(this->ledger_.Enter(calls, {second}), IsOk());
  ASSERT_THAT(this->ledger_.Enter(calls, {this->Unrecorded("7", minutes(5))}), IsOk());
  const auto found = this->ledger_.Find(calls, "7").value();
  ASSERT_TRUE(found);
  const SkippedRecord expected{calls.sync, "calls", second, kSkipNoon, 3, {}, found->number};
  EXPECT_EQ(*found, expected);
  EXPECT_FALSE(this->ledger_.Find(calls, "8").value());
  EXPECT_FALSE(this->ledger_.Find(this->Calls(2), "7").value()) << "of another sync";
}

TYPED_TEST(SkipLedgerContract, TakesAKeyThatIsThereTwiceForOneLook) {
  const SyncPlace calls = this->Calls();
  const Skip newer = this->Unrecorded("7", minutes(1));
  ASSERT_THAT(this->ledger_.Enter(calls, {newer, this->Unrecorded("7")}), IsOk());
  EXPECT_EQ(this->ledger_.Find(calls, "7").value()->skip, newer);
  EXPECT_EQ(this->ledger_.Find(calls, "7").value()->looks, 1);
  EXPECT_THAT(this->ledger_.Enter(calls, {}), IsOk());
}

TYPED_TEST(SkipLedgerContract, LetsGoWhatIsImported) {
  const SyncPlace calls = this->Calls();
  ASSERT_THAT(this->ledger_.Enter(calls, {this->Unrecorded("7"), this->Unrecorded("8")}), IsOk());
  ASSERT_THAT(this->ledger_.Import(calls, {"7", "9"}, kSkipNoon + hours(1)), IsOk());
  ASSERT_THAT(this->ledger_.Import(calls, {"7"}, kSkipNoon + hours(2)), IsOk());
  EXPECT_EQ(this->ledger_.Find(calls, "7").value()->imported_at, kSkipNoon + hours(1));
  EXPECT_FALSE(this->ledger_.Find(calls, "9").value()) << "it was never left out";
  EXPECT_THAT(this->Listed(), ElementsAre("8"));
  EXPECT_THAT(this->ledger_.Skipped(calls, {"7", "8", "9"}).value(), ElementsAre("8"));
  ASSERT_THAT(this->ledger_.Enter(calls, {this->Unrecorded("7")}), IsOk());
  EXPECT_THAT(this->ledger_.Skipped(calls, {"7"}).value(), ElementsAre("7"))
      << "it did not get into the table after all";
}

TYPED_TEST(SkipLedgerContract, ListsWhatIsLeftOutOfAnAccount) {
  ASSERT_THAT(this->ledger_.Enter(this->Calls(1),
                                  {this->Unrecorded("1"), this->Unrecorded("2", minutes(2))}),
              IsOk());
  ASSERT_THAT(this->ledger_.Enter(this->Calls(2), {this->Capped("3", hours(1))}), IsOk());
  SyncPlace other = this->Calls(3);
  other.account = AccountId(1002);
  ASSERT_THAT(this->ledger_.Enter(other, {this->Unrecorded("4")}), IsOk());
  EXPECT_THAT(this->Listed(), ElementsAre("3", "2", "1"));
  EXPECT_THAT(this->Listed("", "", 2), ElementsAre("3", "2"));
  EXPECT_THAT(this->Listed(core::sync::kFirstImportCap), ElementsAre("3"));
  EXPECT_THAT(this->Listed("", "recording_present"), ElementsAre("2", "1"));
  EXPECT_THAT(this->ledger_.Counts(this->Calls(1)).value(),
              ElementsAre(Pair("recording_present", 2)));
  EXPECT_THAT(this->ledger_.Counts(this->Calls(9)).value(), IsEmpty());
}

TYPED_TEST(SkipLedgerContract, IsListedPageByPageWhateverIsLookedAtMeanwhile) {
  const SyncPlace calls = this->Calls();
  const std::vector<Skip> three = {this->Unrecorded("1"), this->Unrecorded("2"),
                                   this->Unrecorded("3")};
  ASSERT_THAT(this->ledger_.Enter(calls, three), IsOk());
  const auto first = this->ledger_.List(kSkipSlot, AccountId(1001), "", "", {0, 2});
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->items.size(), 2U);
  EXPECT_EQ(first->items[0].skip.key, "3");
  EXPECT_EQ(first->items[1].skip.key, "2");
  ASSERT_THAT(this->ledger_.Enter(calls, {this->Unrecorded("1", hours(1))}), IsOk());
  const auto last = this->ledger_.List(kSkipSlot, AccountId(1001), "", "", {first->next_before, 2});
  ASSERT_THAT(last, IsOk());
  ASSERT_EQ(last->items.size(), 1U);
  EXPECT_EQ(last->items[0].skip.key, "1");
  EXPECT_EQ(last->next_before, 0);
}

TYPED_TEST(SkipLedgerContract, DrawsTheLineInFrontOfTheNewest) {
  const SyncPlace calls = this->Calls();
  ASSERT_THAT(this->ledger_.Enter(calls, {this->Capped("10", hours(3)), this->Capped("9", hours(1)),
                                          this->Capped("11", hours(1)), this->Capped("8", hours(2)),
                                          this->Unrecorded("12")}),
              IsOk());
  EXPECT_FALSE(this->ledger_.FirstImportOf(calls).value());
  // Of one instant, keys are ordered as texts: "9" is after "11".
  const FirstImport drawn{2, core::sync::ImportLine{kSkipNoon - hours(1), "11"}, kSkipNoon};
  EXPECT_EQ(this->ledger_.DrawLine(calls, 2, kSkipNoon).value(), drawn);
  EXPECT_EQ(this->ledger_.DrawLine(calls, 3, kSkipNoon + hours(1)).value(), drawn)
      << "it is drawn once";
  EXPECT_EQ(this->ledger_.FirstImportOf(calls).value(), drawn);
}

TYPED_TEST(SkipLedgerContract, DrawsNoLineWhereFewerAreThere) {
  const SyncPlace calls = this->Calls();
  ASSERT_THAT(
      this->ledger_.Enter(calls, {this->Capped("1", hours(1)), this->Capped("2", hours(2))}),
      IsOk());
  ASSERT_THAT(this->ledger_.Import(calls, {"2"}, kSkipNoon), IsOk());
  const FirstImport drawn{2, {}, kSkipNoon};
  EXPECT_EQ(this->ledger_.DrawLine(calls, 2, kSkipNoon).value(), drawn);
  EXPECT_EQ(this->ledger_.FirstImportOf(calls).value(), drawn);
}

}  // namespace
}  // namespace sb::testing
