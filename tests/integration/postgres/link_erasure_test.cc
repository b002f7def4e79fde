#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/postgres_erasure_store.h"
#include "engine/adapters/postgres/postgres_link_store.h"
#include "engine/core/personal/redactor.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using core::personal::Redactor;
using core::twoway::MatchBy;
using core::twoway::Side;
using ports::Link;
using ports::LinkCommit;
using ports::LinkConflict;
using ports::LinkStanding;
using ports::PlaceContent;
using ports::PlaceRow;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kErasedSlot = 17;
const AccountId kErasedAccount(1001);
constexpr const char* kJane = "jane@example.com";

/// Jane is erased from an account with a two-way sync of its contacts.
class ErasedLinks : public ::testing::Test {
 protected:
  Link PairOf(const std::string& a, const std::string& b, const std::string& email) {
    Link link;
    link.id = ids_.Next<ports::LinkTag>(kStoryTime);
    link.place = place_;
    link.state.key_a = a;
    link.state.key_b = b;
    auto& agreed = link.state.agreed.emplace();
    agreed.base = {{"first_name", "Jane"}, {"emails", {{email, "Work"}}}};
    agreed.shown_a = agreed.shown_b = agreed.base;
    link.state.choices = {{"company", "Acme"}};
    link.created_at = kStoryTime;
    link.settled_at = kStoryTime;
    return link;
  }

  LinkConflict Overwritten(const Link& link, const std::string& lost) {
    LinkConflict conflict;
    conflict.id = ids_.Next<ports::ConflictTag>(kStoryTime);
    conflict.link = link.id;
    conflict.key = link.state.key_a;
    conflict.code = "LINK_FIELD_OVERWRITTEN";
    conflict.field = "note";
    conflict.base = "Old";
    conflict.a = lost;
    conflict.b = "New";
    conflict.open = false;
    conflict.at = kStoryTime;
    return conflict;
  }

  LinkCommit Of(std::optional<Link> link) {
    LinkCommit commit;
    commit.place = place_;
    commit.link = std::move(link);
    return commit;
  }

  Link Stored(const LinkCommit& commit) {
    const auto stored = links_.Commit(commit);
    EXPECT_THAT(stored, IsOk());
    return stored.value().value();
  }

  ports::Hint Told(Side side, const std::string& key) {
    ports::Hint hint;
    hint.side = side;
    hint.key = key;
    hint.first_at = kStoryTime;
    hint.due_at = kStoryTime;
    return hint;
  }

  /// As Erasures goes through the places.
  void EraseJane() {
    ports::Erasure erasure;
    erasure.id = ids_.Next<ports::ErasureTag>(kStoryTime);
    erasure.tenant = "acme";
    erasure.created_at = kStoryTime;
    ASSERT_THAT(erasures_.Insert(erasure), IsOk());
    const Redactor redactor(core::personal::Person{{}, {kJane}});
    for (const std::string& name : erasures_.PlacesOfPersons()) {
      if (!name.starts_with("link")) continue;
      const ports::PlaceScope scope{name, kErasedSlot, kErasedAccount};
      const auto rows = erasures_.Read(scope, {0, 0}, {}, 500);
      ASSERT_THAT(rows, IsOk()) << name;
      std::vector<PlaceRow> changed;
      for (PlaceRow row : *rows) {
        if (Redact(redactor, row) > 0) changed.push_back(std::move(row));
      }
      if (changed.empty()) continue;
      const auto step = erasures_.Rewrite(scope, changed, erasure);
      ASSERT_THAT(step, IsOk()) << name;
      erasure.step = *step;
    }
  }

  static int Redact(const Redactor& redactor, PlaceRow& row) {
    int replaced = 0;
    for (PlaceContent& content : row.contents) {
      Json json = Json::parse(content.value, nullptr, /*allow_exceptions=*/false);
      if (content.form == PlaceContent::Form::kJson && !json.is_discarded()) {
        replaced += redactor.Redact(json);
        content.value = DumpJson(json);
      } else {
        replaced += redactor.Redact(content.value);
      }
    }
    return replaced;
  }

  /// Rows of any table of links that have this text.
  std::string RowsWith(const std::string& text) {
    std::string sql = "select 0";
    for (const char* table : {"link", "link_conflict", "link_entry", "link_tombstone", "link_hint"})
      sql += " + (select count(*) from eng." + std::string(table) + " t where t::text like '%" +
             text + "%')";
    return test_database_.Ask(sql);
  }

  TestDatabase test_database_;
  adapters::postgres::Database database_{test_database_.settings()};
  adapters::postgres::PostgresLinkStore links_{database_};
  adapters::postgres::PostgresErasureStore erasures_{database_};
  IdGenerator ids_{1};
  const ports::LinkPlace place_{kErasedSlot, kErasedAccount, ports::SyncId(7)};
};

TEST_F(ErasedLinks, EndWithNothingOfTheirContent) {
  LinkCommit commit = Of(PairOf("41", "c-41", kJane));
  commit.match_keys = {{MatchBy::kEmail, kJane}};
  commit.add = {Told(Side::kA, "41"), Told(Side::kA, "77")};
  commit.conflicts = {Overwritten(*commit.link, "her note")};
  commit.history = {{kStoryTime, "edited_a", "edited", {{"first_name", {"Janet", "Jane"}}}}};
  const Link before = Stored(commit);
  const Link other = Stored(Of(PairOf("42", "c-42", "joe@example.com")));
  EraseJane();

  const Link erased = links_.Get(place_, before.id).value();
  EXPECT_EQ(erased.standing, LinkStanding::kEnded);
  EXPECT_EQ(erased.code, ports::kLinkErased);
  EXPECT_EQ(erased.state.agreed, std::nullopt);
  EXPECT_THAT(erased.state.choices, IsEmpty());
  EXPECT_EQ(links_.Holding(place_, Side::kB, "c-41").value(), std::nullopt);
  EXPECT_THAT(links_.Matching(place_, {{MatchBy::kEmail, kJane}}).value(), IsEmpty());
  EXPECT_THAT(links_.Conflicts(place_, {}).value(), IsEmpty()) << "also those without her address";
  const auto history = links_.History(place_, before.id, 10).value();
  ASSERT_THAT(history, SizeIs(1));
  EXPECT_EQ(history.front().what, "erased");
  ASSERT_THAT(links_.Due(place_, kStoryTime, 10).value(), SizeIs(1)) << "of another record";
  EXPECT_EQ(RowsWith(kJane), "0");
  EXPECT_EQ(RowsWith("Janet"), "0");
  EXPECT_EQ(RowsWith("erased]"), "0") << "nothing is left to be written to a side";
  EXPECT_EQ(links_.Get(place_, other.id).value(), other);
}

TEST_F(ErasedLinks, LeaveTombstonesWithoutContentForBothRecords) {
  Stored(Of(PairOf("41", "c-41", kJane)));
  EraseJane();
  for (const auto& [side, key] : {std::pair(Side::kA, "41"), std::pair(Side::kB, "c-41")}) {
    const auto stone = links_.TombstoneOf(place_, side, key).value();
    ASSERT_TRUE(stone) << key;
    EXPECT_THAT(stone->base, IsEmpty());
  }
}

TEST_F(ErasedLinks, TakeNothingMoreFromWhoWorksOnThem) {
  Link link = Stored(Of(PairOf("41", "c-41", kJane)));
  EraseJane();
  EXPECT_THAT(links_.Commit(Of(link)), FailsWith(ErrorKind::kConflict, "LINK_MOVED"));
  EXPECT_EQ(RowsWith(kJane), "0");
}

TEST_F(ErasedLinks, KeepAValueThatWasOverwrittenFromBeingPutBack) {
  LinkCommit commit = Of(PairOf("42", "c-42", "joe@example.com"));
  commit.conflicts = {Overwritten(*commit.link, std::string("also ") + kJane),
                      Overwritten(*commit.link, "nothing of hers")};
  const Link link = Stored(commit);
  EraseJane();
  const LinkConflict closed = links_.Conflict(place_, commit.conflicts[0].id).value();
  EXPECT_EQ(closed.code, ports::kLinkErased);
  EXPECT_EQ(closed.resolution, "erased");
  EXPECT_TRUE(closed.a.is_null() && closed.b.is_null() && closed.base.is_null());
  EXPECT_EQ(links_.Conflict(place_, commit.conflicts[1].id).value(), commit.conflicts[1]);
  EXPECT_EQ(links_.Get(place_, link.id).value(), link) << "it is Joe's";
}

TEST_F(ErasedLinks, LeaveTombstonesOfDeletedRecordsWithoutContent) {
  LinkCommit commit = Of({});
  commit.tombstones = {{Side::kA, "41", {{"emails", {{kJane, "Work"}}}}, kStoryTime}};
  ASSERT_THAT(links_.Commit(commit), IsOk());
  EraseJane();
  const auto stone = links_.TombstoneOf(place_, Side::kA, "41").value();
  ASSERT_TRUE(stone);
  EXPECT_THAT(stone->base, IsEmpty());
  EXPECT_EQ(stone->deleted_at, kStoryTime);
}

TEST_F(ErasedLinks, GoWithTheirAccount) {
  LinkCommit commit = Of(PairOf("41", "c-41", kJane));
  commit.match_keys = {{MatchBy::kEmail, kJane}};
  commit.add = {Told(Side::kA, "41")};
  commit.deleted = {Side::kA, kStoryTime};
  Stored(commit);
  ports::Erasure erasure;
  erasure.id = ids_.Next<ports::ErasureTag>(kStoryTime);
  erasure.created_at = kStoryTime;
  ASSERT_THAT(erasures_.Insert(erasure), IsOk());
  std::vector<std::string> emptied;
  for (const std::string& name : erasures_.PlacesOfAccounts()) {
    if (!name.starts_with("link")) continue;
    const auto deleted = erasures_.Delete({name, kErasedSlot, kErasedAccount}, erasure.id, 500);
    ASSERT_THAT(deleted, IsOk()) << name;
    if (*deleted == 1) emptied.push_back(name);
  }
  EXPECT_THAT(emptied, ElementsAre("link_delete", "link_hint", "link_key", "link"));
}

}  // namespace
}  // namespace sb::testing
