#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/core/twoway/marks.h"
#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::PlatformCommit;
using ports::PlatformPlace;
using ports::PlatformRecord;
using ports::RecordChange;
using ports::RecordChangeKind;
using ports::RecordChangeState;
using ports::RecordStanding;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

template <typename World>
class PlatformRecordStoreContract : public ::testing::Test {
 protected:
  static PlatformRecord Customer(const std::string& key, Json fields) {
    PlatformRecord record;
    record.key = key;
    record.own_key = key;
    record.fields = std::move(fields);
    record.created_at = kStoryTime;
    return record;
  }

  RecordChange Rename(const std::string& key) {
    RecordChange change;
    change.id = ids_.Next<ports::RecordChangeTag>(kStoryTime);
    change.key = key;
    change.fields = {{"name", "Ada \"L\" 🦊"}, {"note", nullptr}};
    change.before = {{"name", "Ada"}, {"note", "x"}};
    change.record = {{"name", "Ada \"L\" 🦊"}};
    change.op_key = "op-" + std::to_string(change.id.number());
    change.made_at = kStoryTime;
    return change;
  }

  PlatformCommit Of(std::vector<PlatformRecord> records, std::vector<RecordChange> changes = {}) {
    PlatformCommit commit;
    commit.place = place_;
    commit.records = std::move(records);
    commit.changes = std::move(changes);
    return commit;
  }

  PlatformRecord Stored(PlatformRecord record, std::vector<RecordChange> changes = {}) {
    const auto stored = store_.Commit(Of({std::move(record)}, std::move(changes)));
    EXPECT_THAT(stored, IsOk());
    return stored.value().front();
  }

  static std::vector<std::string> KeysOf(const Result<std::vector<PlatformRecord>>& records) {
    std::vector<std::string> keys;
    for (const PlatformRecord& record : *records) keys.push_back(record.key);
    return keys;
  }

  World world_;
  ports::PlatformRecordStore& store_ = world_.platform_records;
  IdGenerator ids_{1};
  const PlatformPlace place_{17, AccountId(1001), "contact"};
  const PlatformPlace elsewhere_{17, AccountId(1001), "company"};
};

TYPED_TEST_SUITE(PlatformRecordStoreContract, Worlds, WorldNames);

TYPED_TEST(PlatformRecordStoreContract, KeepsAllOfARecord) {
  PlatformRecord record = this->Customer(
      "c-1", {{"name", "Łódź \"&\" 🦊"}, {"phones", {"+33142685300"}}, {"age", 36}});
  record.own_key = "crm/1";
  record.reason = "none";
  record.changed_at = kStoryTime - std::chrono::minutes(1);
  record.told_at = kStoryTime - std::chrono::minutes(2);
  const PlatformRecord stored = this->Stored(record);
  EXPECT_GT(stored.version, 0);
  record.version = stored.version;
  EXPECT_EQ(stored, record);
  EXPECT_EQ(this->store_.Get(this->place_, "c-1").value(), record);
  EXPECT_EQ(this->store_.Get(this->place_, "crm/1").value(), std::nullopt);
  EXPECT_EQ(this->store_.Get(this->elsewhere_, "c-1").value(), std::nullopt);
  EXPECT_THAT(this->KeysOf(this->store_.Named(this->place_, {"crm/1", "c-9"})), ElementsAre("c-1"));
  EXPECT_THAT(this->KeysOf(this->store_.Named(this->place_, {"crm/1", "c-1"})), ElementsAre("c-1"));
}

TYPED_TEST(PlatformRecordStoreContract, LetsOnlyOneGoOnFromAVersion) {
  const PlatformRecord record = this->Customer("c-1", {{"name", "Ada"}});
  PlatformRecord stored = this->Stored(record);
  const auto again = this->store_.Commit(this->Of({record}));
  EXPECT_THAT(again, FailsWith(ErrorKind::kConflict, "RECORD_MOVED")) << "it was made once";
  stored.fields["name"] = "Ada L";
  const PlatformRecord renamed = this->Stored(stored);
  EXPECT_GT(renamed.version, stored.version);
  const auto late =
      this->store_.Commit(this->Of({this->Customer("c-2", {}), stored}, {this->Rename("c-1")}));
  EXPECT_THAT(late, FailsWith(ErrorKind::kConflict, "RECORD_MOVED"));
  EXPECT_EQ(this->store_.Get(this->place_, "c-2").value(), std::nullopt) << "all or nothing";
  EXPECT_THAT(this->store_.WaitingSince(this->place_, 0, 10).value(), IsEmpty());
  PlatformRecord twin = this->Customer("c-3", {});
  twin.own_key = "c-1";
  EXPECT_THAT(this->store_.Commit(this->Of({twin})),
              FailsWith(ErrorKind::kConflict, "RECORD_MOVED"))
      << "one record has a name";
}

TYPED_TEST(PlatformRecordStoreContract, ARecordTakesTheNameOfAnotherThatGoes) {
  PlatformRecord made = this->Customer("sb-1", {{"name", "Ada"}});
  made.own_key = "";
  made = this->Stored(made);
  const PlatformRecord twin = this->Stored(this->Customer("c-1", {{"name", "Ada"}}));
  made.own_key = "c-1";
  PlatformCommit commit = this->Of({made});
  commit.removed = {twin};
  ASSERT_THAT(this->store_.Commit(commit), IsOk());
  EXPECT_EQ(this->store_.Get(this->place_, "c-1").value(), std::nullopt);
  EXPECT_THAT(this->KeysOf(this->store_.Named(this->place_, {"c-1"})), ElementsAre("sb-1"));
}

TYPED_TEST(PlatformRecordStoreContract, TellsWhatIsThereAndWhatChanged) {
  EXPECT_EQ(this->store_.Newest(this->place_).value(), 0);
  const PlatformRecord first = this->Stored(this->Customer("c-1", {{"name", "Ada"}}));
  PlatformRecord second = this->Stored(this->Customer("c-2", {{"name", "Bo"}}));
  this->Stored(this->Customer("c-3", {{"name", "Cy"}}));
  EXPECT_THAT(this->KeysOf(this->store_.List(this->place_, "", 2)), ElementsAre("c-1", "c-2"));
  EXPECT_THAT(this->KeysOf(this->store_.List(this->place_, "c-2", 2)), ElementsAre("c-3"));
  second.standing = RecordStanding::kDeleted;
  second.fields = Json::object();
  const PlatformRecord deleted = this->Stored(second);
  EXPECT_THAT(this->KeysOf(this->store_.List(this->place_, "", 9)), ElementsAre("c-1", "c-3"));
  EXPECT_EQ(this->store_.Count(this->place_).value(), 2);
  EXPECT_THAT(this->KeysOf(this->store_.Since(this->place_, first.version, 9)),
              ElementsAre("c-3", "c-2"));
  EXPECT_EQ(this->store_.Newest(this->place_).value(), deleted.version);
}

TYPED_TEST(PlatformRecordStoreContract, FindsRecordsByWhatStandsInThem) {
  PlatformRecord ada = this->Stored(this->Customer(
      "c-1", {{"phones", {{{"value", "+33 1 42 68 53 00"}, {"label", "Work"}}}}, {"ref", 77}}));
  this->Stored(this->Customer("c-2", {{"mail", "ADA@example.com"}}));
  const auto found = [&](const std::string& mark) {
    return this->KeysOf(this->store_.Marked(this->place_, mark, 20));
  };
  EXPECT_THAT(found(core::twoway::PhoneMark("0142685300")), ElementsAre("c-1"));
  EXPECT_THAT(found(core::twoway::EmailMark("ada@example.com")), ElementsAre("c-2"));
  EXPECT_THAT(found(core::twoway::ValueMark("ref", "77")), ElementsAre("c-1"));
  EXPECT_THAT(
      this->store_.Marked(this->elsewhere_, core::twoway::PhoneMark("0142685300"), 20).value(),
      IsEmpty());
  ada.standing = RecordStanding::kDeleted;
  this->Stored(ada);
  EXPECT_THAT(found(core::twoway::ValueMark("ref", "77")), IsEmpty());
}

TYPED_TEST(PlatformRecordStoreContract, KeepsChangesUntilTheyAreSettled) {
  RecordChange first = this->Rename("c-1");
  RecordChange second = this->Rename("c-2");
  second.kind = RecordChangeKind::kDelete;
  PlatformRecord ada = this->Stored(this->Customer("c-1", {{"name", "Ada"}}), {first, second});
  auto waiting = this->store_.WaitingSince(this->place_, 0, 10).value();
  ASSERT_THAT(waiting, SizeIs(2));
  EXPECT_GT(waiting[0].number, ada.version);
  EXPECT_GT(waiting[1].number, waiting[0].number);
  first.number = waiting[0].number;
  EXPECT_EQ(waiting[0], first);
  EXPECT_EQ(this->store_.ChangeOf(this->place_, first.op_key).value(), first);
  EXPECT_EQ(this->store_.ChangeOf(this->place_, "op").value(), std::nullopt);
  EXPECT_THAT(this->store_.WaitingSince(this->place_, first.number, 10).value(), SizeIs(1));
  EXPECT_THAT(this->store_.Waiting(this->place_, {"c-1"}).value(), ElementsAre(first));
  first.state = RecordChangeState::kRefused;
  first.reason = "no such tariff";
  first.settled_at = kStoryTime;
  first.before["name"] = "Ada K";
  first.record["note"] = "x";
  ada = this->Stored(ada, {first});
  RecordChange another = first;
  another.op_key = "erased";
  EXPECT_THAT(this->store_.Commit(this->Of({ada}, {another})),
              FailsWith(ErrorKind::kConflict, "RECORD_MOVED"))
      << "nothing is put back into what was erased";
  EXPECT_THAT(this->store_.Waiting(this->place_, {"c-1"}).value(), IsEmpty());
  EXPECT_EQ(this->store_.Change(this->place_, first.id).value(), first);
  EXPECT_THAT(this->store_.Change(this->elsewhere_, first.id),
              FailsWith(ErrorKind::kNotFound, "RECORD_CHANGE_NOT_FOUND"));
}

TYPED_TEST(PlatformRecordStoreContract, DoesAWriteOnce) {
  RecordChange change = this->Rename("c-1");
  const PlatformRecord ada = this->Stored(this->Customer("c-1", {}), {change});
  change.id = this->ids_.template Next<ports::RecordChangeTag>(kStoryTime);
  EXPECT_THAT(this->store_.Commit(this->Of({ada}, {change})),
              FailsWith(ErrorKind::kConflict, "RECORD_MOVED"));
}

TYPED_TEST(PlatformRecordStoreContract, RemembersWhatAPushWasAnswered) {
  PlatformCommit commit = this->Of({this->Customer("c-1", {})});
  commit.receipt =
      ports::RecordPushReceipt{"batch-1", std::string("\0\xff", 2), {1, 2}, kStoryTime};
  ASSERT_THAT(this->store_.Commit(commit), IsOk());
  EXPECT_EQ(this->store_.Receipt(this->place_, "batch-1").value(), commit.receipt);
  EXPECT_EQ(this->store_.Receipt(this->place_, "batch-2").value(), std::nullopt);
  commit.records = {this->Customer("c-2", {})};
  EXPECT_THAT(this->store_.Commit(commit), FailsWith(ErrorKind::kConflict, "RECORD_MOVED"));
}

TYPED_TEST(PlatformRecordStoreContract, ForgetsWhatIsOver) {
  RecordChange settled = this->Rename("c-1");
  settled.state = RecordChangeState::kDone;
  settled.settled_at = kStoryTime;
  const RecordChange waiting = this->Rename("c-1");
  PlatformCommit commit = this->Of({this->Customer("c-1", {{"name", "Ada"}})}, {settled, waiting});
  commit.receipt = ports::RecordPushReceipt{"batch-1", "d", Json::array(), kStoryTime};
  ASSERT_THAT(this->store_.Commit(commit), IsOk());
  EXPECT_EQ(this->store_.Prune(kStoryTime + std::chrono::hours(23), 10).value(), 0);
  EXPECT_EQ(this->store_.Prune(kStoryTime + std::chrono::hours(25), 10).value(), 1);
  EXPECT_EQ(this->store_.Prune(kStoryTime + std::chrono::days(91), 10).value(), 1);
  EXPECT_EQ(this->store_.Prune(kStoryTime + std::chrono::days(91), 10).value(), 0);
  EXPECT_THAT(this->store_.Waiting(this->place_, {"c-1"}).value(), SizeIs(1));
  EXPECT_EQ(this->store_.Count(this->place_).value(), 1);
}

}  // namespace
}  // namespace sb::testing
