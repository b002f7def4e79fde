// All contacts of a company, past the wall that Aircall has after ten thousand.
#include <chrono>
#include <set>
#include <string>

#include "tests/integration/connector_side/aircall_side.h"

namespace sb::syncs {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

struct Walk {
  std::set<std::string> keys;
  std::int64_t records = 0;
  std::int64_t requests = 0;
  bool proven = false;
  std::optional<std::int64_t> total;
};

class AircallScan : public AircallSide {
 protected:
  void Hire(int count) {
    for (int i = 0; i < count; ++i) {
      clock_.Advance(2s);
      last_ =
          Made({{"first_name", "Contact"},
                {"phone_numbers", Entries({{"Work", "+1617" + std::to_string(2'000'000 + i)}})}});
      if (first_.empty()) first_ = last_;
    }
    clock_.Advance(10s);
  }

  /// Reads everything; `after` is told of each page.
  Walk WalkAll(
      std::string from = {}, const std::function<void(int)>& after = [](int) {}) {
    Walk walk;
    for (int page = 1;; ++page) {
      const auto scanned = side_->Scan(from, kLane);
      EXPECT_TRUE(scanned.ok());
      if (!scanned.ok()) return walk;
      for (const ports::SideRecord& record : scanned->records) walk.keys.insert(record.key);
      walk.records += static_cast<std::int64_t>(scanned->records.size());
      walk.requests += scanned->requests;
      if (scanned->total) walk.total = scanned->total;
      walk.proven = scanned->proven;
      from = scanned->next;
      if (from.empty()) return walk;
      after(page);
    }
  }

  std::string first_;
  std::string last_;
};

TEST_F(AircallScan, ReadsPastTheWallWithHardlyARequestTooMany) {
  Hire(10'400);
  const auto everyone = static_cast<std::int64_t>(HowMany());
  const Walk walk = WalkAll();
  EXPECT_TRUE(walk.proven);
  EXPECT_EQ(static_cast<std::int64_t>(walk.keys.size()), everyone);
  EXPECT_EQ(walk.records, everyone) << "each was given once";
  EXPECT_EQ(walk.total, everyone);
  EXPECT_LE(walk.requests, everyone / 50 + 6);
}

TEST_F(AircallScan, ReadsWhatWasMadeInThisSecond) {
  Hire(3);
  const std::string newest =
      Made({{"first_name", "New"}, {"phone_numbers", Entries({{"Work", "+16175550199"}})}});
  const Walk walk = WalkAll();
  EXPECT_TRUE(walk.keys.contains(newest)) << "from then on events tell; nothing may lie between";
  EXPECT_TRUE(walk.proven);
}

TEST_F(AircallScan, ReadsAWindowAgainWhosePagesMoved) {
  Hire(200);
  const auto everyone = HowMany();
  const Walk walk = WalkAll({}, [&](int page) {
    if (page == 2) DeletedInAircall(first_);
  });
  EXPECT_TRUE(walk.proven);
  EXPECT_TRUE(walk.keys.contains(last_));
  EXPECT_GE(walk.keys.size(), everyone - 1);
  EXPECT_GT(walk.requests, 5);
}

TEST_F(AircallScan, BeginsTheWindowAnewInAnotherProcess) {
  Hire(120);
  const auto everyone = HowMany();
  const std::string from = side_->Scan("", kLane).value().next;
  Restart();
  const Walk walk = WalkAll(from);
  EXPECT_TRUE(walk.proven);
  EXPECT_EQ(walk.keys.size(), everyone);
}

TEST_F(AircallScan, IsNotDisturbedByAnotherScanOfTheSameContacts) {
  Hire(200);
  const auto everyone = static_cast<std::int64_t>(HowMany());
  const Walk alone = WalkAll();
  const Walk walk = WalkAll({}, [&](int page) {
    if (page == 2) {
      EXPECT_TRUE(WalkAll().proven) << "a plan, from its beginning to its end";
    }
    if (page == 3) {
      EXPECT_TRUE(side_->Scan("", kLane).ok()) << "and one that is broken off";
    }
  });
  EXPECT_TRUE(walk.proven);
  EXPECT_EQ(walk.records, everyone) << "each was given once";
  EXPECT_EQ(walk.requests, alone.requests);
}

TEST_F(AircallScan, SaysWhereItIsInWordsOfItsOwnAndBeginsAnewForAnyOther) {
  Hire(60);
  const auto scanned = side_->Scan("something else", kLane);
  ASSERT_TRUE(scanned.ok());
  EXPECT_FALSE(scanned->records.empty());
}

}  // namespace
}  // namespace sb::syncs
