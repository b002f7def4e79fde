// The fake side that histories are told with keeps its promises.
#include "tests/support/fake_record_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"

namespace sb::testing {
namespace {

using core::twoway::FieldLimits;
using core::twoway::MatchBy;
using ports::SideWrite;

constexpr auto kLane = core::quota::Lane::kSync;

class FakeRecordSideTest : public ::testing::Test {
 protected:
  static FakeRecordSide::Options Options(bool knows_writes) {
    FakeRecordSide::Options options;
    FieldLimits name;
    name.most_chars = 3;
    FieldLimits company;
    company.clears = false;
    FieldLimits phones;
    phones.type = "phones";
    phones.most = 2;
    phones.least = 1;
    phones.required = true;
    options.shape = {{"name", name}, {"company", company}, {"phones", phones}};
    options.knows_writes = knows_writes;
    return options;
  }

  static Json Phones(const char* number) { return Json::array({{{"value", number}}}); }

  SideWrite Making(const char* op_key) {
    SideWrite write;
    write.op_key = op_key;
    write.values = {{"name", "Ada"}, {"phones", Phones("+33 1")}};
    write.at = clock_.Now();
    return write;
  }

  FakeClock clock_;
  FakeRecordSide table_{Options(true), clock_};
  FakeRecordSide contacts_{Options(false), clock_};
};

TEST_F(FakeRecordSideTest, KeepsItsLimits) {
  const std::string key =
      table_.Add({{"name", "Zo\xC3\xAB\x62"}, {"company", "Acme"}, {"phones", Phones("+331")}});
  EXPECT_EQ((*table_.Now(key))["name"], "Zo\xC3\xAB");
  EXPECT_TRUE(table_.Edit(key, {{"company", nullptr}, {"name", nullptr}}));
  EXPECT_EQ(*table_.Now(key), Json({{"company", "Acme"}, {"phones", Phones("+331")}}));
  EXPECT_FALSE(table_.Edit(key, {{"phones", Json::array()}}));
  EXPECT_EQ(table_.Add({{"name", "Bob"}}), "");
}

TEST_F(FakeRecordSideTest, MakesARecordOnceOnlyWhereItKnowsItsWrites) {
  for (FakeRecordSide* const side : {&table_, &contacts_}) {
    side->hooks.fate = [](std::string_view, bool writes) {
      return writes ? Fate::kLost : Fate::kDone;
    };
    EXPECT_THAT(side->Create(Making("op"), kLane), FailsWith(ErrorKind::kInDoubt, "FAKE_IN_DOUBT"));
    side->hooks.fate = nullptr;
    EXPECT_THAT(side->Create(Making("op"), kLane), IsOk());
  }
  EXPECT_EQ(table_.All().size(), 1U);
  EXPECT_EQ(contacts_.All().size(), 2U);
}

TEST_F(FakeRecordSideTest, TellsWhatBecameOfACreate) {
  const auto unknown = contacts_.FindCreated(Making("op"), kLane);
  EXPECT_THAT(unknown, FailsWith(ErrorKind::kUnavailable, "FAKE_NOT_KNOWN_YET"));
  clock_.Advance(std::chrono::minutes(1));
  auto found = contacts_.FindCreated(Making("op"), kLane);
  ASSERT_THAT(found, IsOk());
  EXPECT_FALSE(found->has_value());
  ASSERT_THAT(contacts_.Create(Making("op"), kLane), IsOk());
  found = contacts_.FindCreated(Making("op"), kLane);
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->has_value());
}

TEST_F(FakeRecordSideTest, WritesOnlyOverWhatIsExpected) {
  const std::string key = contacts_.Add({{"name", "Ada"}, {"phones", Phones("+331")}});
  SideWrite write;
  write.op_key = "op";
  write.key = key;
  write.values = {{"name", "Bob"}};
  write.expected = {{"name", "Eve"}};
  auto written = contacts_.Update(write, kLane);
  ASSERT_THAT(written, IsOk());
  EXPECT_TRUE(written->moved);
  EXPECT_EQ(contacts_.WritesOfOurs(), 0);
  write.expected = {{"name", "Ada"}};
  written = contacts_.Update(write, kLane);
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ((*contacts_.Now(key))["name"], "Bob");
}

TEST_F(FakeRecordSideTest, HidesARecordWithoutItBeingGone) {
  const std::string key = contacts_.Add({{"name", "Ada"}, {"phones", Phones("+331")}});
  contacts_.Hide(key);
  const auto read = contacts_.Read(key, kLane);
  ASSERT_THAT(read, IsOk());
  EXPECT_FALSE(read->has_value());
  const auto gone = contacts_.IsGone(key, kLane);
  ASSERT_THAT(gone, IsOk());
  EXPECT_FALSE(*gone);
}

TEST_F(FakeRecordSideTest, FindsByPhoneOnceItIsIndexed) {
  auto options = Options(false);
  options.index_lag = std::chrono::seconds(10);
  FakeRecordSide lazy(options, clock_);
  lazy.Add({{"name", "Ada"}, {"phones", Phones("+33 1")}});
  auto found = lazy.Find({MatchBy::kPhone, "+331"}, kLane);
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->empty());
  clock_.Advance(std::chrono::seconds(10));
  found = lazy.Find({MatchBy::kPhone, "+331"}, kLane);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->size(), 1U);
}

TEST_F(FakeRecordSideTest, TellsChangesFromThenOn) {
  table_.Add({{"name", "Ada"}, {"phones", Phones("+331")}});
  const auto begun = table_.Changes("", 10);
  ASSERT_THAT(begun, IsOk());
  EXPECT_TRUE(begun->hints.empty());
  const std::string key = table_.Add({{"name", "Bob"}, {"phones", Phones("+332")}});
  table_.Remove(key);
  const auto changes = table_.Changes(begun->next, 10);
  ASSERT_THAT(changes, IsOk());
  ASSERT_EQ(changes->hints.size(), 2U);
  EXPECT_EQ(changes->hints[1].key, key);
  EXPECT_TRUE(changes->hints[1].gone);
}

}  // namespace
}  // namespace sb::testing
