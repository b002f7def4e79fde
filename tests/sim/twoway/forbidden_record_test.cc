// A record that its side refuses to show or to change (403) is that record's trouble alone.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/sim/twoway/keeper.h"
#include "tests/sim/twoway/world.h"

namespace sb::sim::twoway {
namespace {

using core::twoway::Side;

/// A sync of a few people whose first names are kept the same in both directions.
class ForbiddenRecord : public ::testing::Test {
 protected:
  ForbiddenRecord() {
    for (core::twoway::Field& field : world_.definition.fields)
      field.direction = core::twoway::Direction::kBoth;
    for (const char* phone : {"+33142685301", "+33142685302", "+33142685303"})
      people_.push_back(
          world_.a->Add({{"first_name", "Ada"},
                         {"phone_numbers", Json::array({{{"value", phone}, {"label", "Work"}}})}}));
    EXPECT_TRUE(keeper_.BeginComparison());
    Pass(std::chrono::minutes(5));
  }

  /// Time in which the sync works.
  void Pass(std::chrono::seconds time) {
    const WallTime end = world_.clock.Now() + time;
    while (world_.clock.Now() < end) {
      keeper_.Tick();
      world_.clock.Advance(std::chrono::seconds(1));
    }
  }

  void Rename(const std::string& key, const std::string& name) {
    world_.a->Edit(key, {{"first_name", name}});
    const WallTime now = world_.clock.Now();
    EXPECT_TRUE(keeper_.Hear({Side::kA, key, false, std::nullopt, now, now}));
  }

  std::string NameAtB(const std::string& key_a) {
    const auto link = world_.store.Holding(world_.place, Side::kA, key_a);
    if (!link.ok() || !*link) return "no link";
    const auto record = world_.b->Now((*link)->state.key_b);
    return record ? TextMember(*record, "first_name") : "no record";
  }

  Dice dice_{3};
  World world_{dice_, ports::SyncId(1), nullptr};
  StoreEdge store_{world_.store, world_.clock, Flaw::kNone};
  SideEdge a_{*world_.a, world_.clock, Flaw::kNone};
  SideEdge b_{*world_.b, world_.clock, Flaw::kNone};
  Ledger ledger_;
  Keeper keeper_{{world_, store_, a_, b_, dice_, ledger_, Flaw::kNone, 0, [](const auto&) {}}};
  std::vector<std::string> people_;
};

TEST_F(ForbiddenRecord, HoldsUpNoOther) {
  a_.Forbid(people_[0], world_.clock.Now() + std::chrono::hours(1));
  for (const std::string& key : people_) Rename(key, "Grace");
  // An hour in which it is met again and again, and the others are edited once more.
  Pass(std::chrono::minutes(10));
  for (std::size_t other = 1; other < people_.size(); ++other) Rename(people_[other], "Hedy");
  Pass(std::chrono::minutes(10));
  EXPECT_EQ(NameAtB(people_[1]), "Hedy");
  EXPECT_EQ(NameAtB(people_[2]), "Hedy");
}

TEST_F(ForbiddenRecord, IsCaughtUpWithOnceItIsAllowed) {
  a_.Forbid(people_[0], world_.clock.Now() + std::chrono::minutes(20));
  Rename(people_[0], "Grace");
  Pass(std::chrono::hours(1));
  EXPECT_EQ(NameAtB(people_[0]), "Grace");
}

}  // namespace
}  // namespace sb::sim::twoway
