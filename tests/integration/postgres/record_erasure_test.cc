#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/postgres_erasure_store.h"
#include "engine/adapters/postgres/postgres_platform_record_store.h"
#include "engine/core/personal/redactor.h"
#include "engine/syncs/platform_records.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using core::personal::Redactor;
using ports::PlatformCommit;
using ports::PlatformPlace;
using ports::PlatformRecord;
using ports::RecordChange;
using ports::RecordChangeState;
using ports::RecordStanding;
using ::testing::IsEmpty;

constexpr const char* kJaneOfPlatform = "jane@example.com";

/// Jane is erased from an account whose platform pushes its records.
class ErasedRecords : public ::testing::Test {
 protected:
  static PlatformRecord RecordOf(const std::string& key, const std::string& email) {
    PlatformRecord record;
    record.key = key;
    record.own_key = key;
    record.fields = {{"name", "Jane"}, {"email", email}};
    record.created_at = kStoryTime;
    return record;
  }

  RecordChange EmailOf(const std::string& key, const std::string& before) {
    RecordChange change;
    change.id = ids_.Next<ports::RecordChangeTag>(kStoryTime);
    change.key = key;
    change.fields = {{"email", "new@example.com"}};
    change.before = {{"email", before}};
    change.record = {{"name", "Jane"}, {"email", "new@example.com"}};
    change.op_key = "op-" + std::to_string(change.id.number());
    change.made_at = kStoryTime;
    return change;
  }

  std::vector<PlatformRecord> Stored(std::vector<PlatformRecord> records,
                                     std::vector<RecordChange> changes = {}) {
    PlatformCommit commit;
    commit.place = place_;
    commit.records = std::move(records);
    commit.changes = std::move(changes);
    auto stored = records_.Commit(commit);
    EXPECT_THAT(stored, IsOk());
    return stored.value();
  }

  /// As Erasures goes through the places.
  void EraseJane() {
    ports::Erasure erasure;
    erasure.id = ids_.Next<ports::ErasureTag>(kStoryTime);
    erasure.tenant = "acme";
    erasure.created_at = kStoryTime;
    ASSERT_THAT(erasures_.Insert(erasure), IsOk());
    const Redactor redactor(core::personal::Person{{}, {kJaneOfPlatform}});
    for (const std::string& name : erasures_.PlacesOfPersons()) {
      if (!name.starts_with("platform")) continue;
      const ports::PlaceScope scope{name, place_.slot, place_.account};
      const auto rows = erasures_.Read(scope, {0, 0}, {}, 500);
      ASSERT_THAT(rows, IsOk()) << name;
      std::vector<ports::PlaceRow> changed;
      for (ports::PlaceRow row : *rows) {
        if (Redact(redactor, row) > 0) changed.push_back(std::move(row));
      }
      if (changed.empty()) continue;
      const auto step = erasures_.Rewrite(scope, changed, erasure);
      ASSERT_THAT(step, IsOk()) << name;
      erasure.step = *step;
    }
  }

  static int Redact(const Redactor& redactor, ports::PlaceRow& row) {
    int replaced = 0;
    for (ports::PlaceContent& content : row.contents) {
      Json json = Json::parse(content.value, nullptr, /*allow_exceptions=*/false);
      if (content.form == ports::PlaceContent::Form::kJson && !json.is_discarded()) {
        replaced += redactor.Redact(json);
        content.value = DumpJson(json);
      } else {
        replaced += redactor.Redact(content.value);
      }
    }
    return replaced;
  }

  /// Rows of any table of platforms' records that have this text.
  std::string RowsWith(const std::string& text) {
    std::string sql = "select 0";
    for (const char* table : {"platform_record", "platform_change", "platform_push"})
      sql += " + (select count(*) from eng." + std::string(table) + " t where t::text like '%" +
             text + "%')";
    return test_database_.Ask(sql);
  }

  TestDatabase test_database_;
  adapters::postgres::Database database_{test_database_.settings()};
  adapters::postgres::PostgresPlatformRecordStore records_{database_};
  adapters::postgres::PostgresErasureStore erasures_{database_};
  IdGenerator ids_{1};
  const PlatformPlace place_{17, AccountId(1001), "contact"};
};

TEST_F(ErasedRecords, AreEmptyAndNeitherThereNorGone) {
  const auto stored = Stored({RecordOf("c-1", kJaneOfPlatform), RecordOf("c-2", "joe@example.com"),
                              RecordOf(kJaneOfPlatform, "x@example.com")});
  EraseJane();
  EXPECT_EQ(RowsWith(kJaneOfPlatform), "0");
  EXPECT_EQ(RowsWith("x@example.com"), "0") << "her address was its key";
  const auto erased = records_.Get(place_, "c-1").value();
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->standing, RecordStanding::kErased);
  EXPECT_THAT(erased->fields, IsEmpty());
  EXPECT_EQ(records_.Count(place_).value(), 1);
  EXPECT_EQ(records_.Get(place_, "c-2").value(), stored[1]);
  PlatformCommit late;
  late.place = place_;
  late.records = {stored[0]};
  EXPECT_THAT(records_.Commit(late), FailsWith(ErrorKind::kConflict, "RECORD_MOVED"))
      << "who works on it stores nothing";
}

TEST_F(ErasedRecords, AreThereAgainWhenThePlatformPushesThem) {
  Stored({RecordOf("c-1", kJaneOfPlatform)});
  EraseJane();
  FakeClock clock;
  syncs::PlatformRecords platform({records_, clock});
  ASSERT_THAT(platform.Push(place_, {{"c-1", {{"name", "J."}}, false, {}, {}}}, "", ""), IsOk());
  const auto again = records_.Get(place_, "c-1").value();
  EXPECT_EQ(again->standing, RecordStanding::kPresent);
  EXPECT_EQ(again->fields, Json({{"name", "J."}}));
}

TEST_F(ErasedRecords, AreNotToldInChangesAnyMore) {
  RecordChange hers = EmailOf("c-1", kJaneOfPlatform);
  const RecordChange other = EmailOf("c-2", "joe@example.com");
  const auto stored =
      Stored({RecordOf("c-1", "new@example.com"), RecordOf("c-2", "x@example.com")}, {hers, other});
  hers.number = records_.Change(place_, hers.id)->number;
  EraseJane();
  EXPECT_EQ(RowsWith(kJaneOfPlatform), "0");
  const auto waiting = records_.WaitingSince(place_, 0, 10).value();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].id, other.id);
  EXPECT_EQ(records_.Change(place_, hers.id)->state, RecordChangeState::kWithdrawn);
  // Somebody read it before, and answers now.
  PlatformCommit late;
  late.place = place_;
  late.records = {stored[0]};
  hers.state = RecordChangeState::kDone;
  hers.settled_at = kStoryTime;
  late.changes = {hers};
  EXPECT_THAT(records_.Commit(late), FailsWith(ErrorKind::kConflict, "RECORD_MOVED"));
  EXPECT_EQ(RowsWith(kJaneOfPlatform), "0") << "nothing is put back";
}

}  // namespace
}  // namespace sb::testing
