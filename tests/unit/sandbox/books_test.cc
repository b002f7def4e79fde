#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/stage/fault_book.h"
#include "connectors/aircall/sandbox/world/page.h"
#include "connectors/aircall/sandbox/world/switches.h"
#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Item {
  std::int64_t id = 0;
  WallTime at;
};

class TenItems : public ::testing::Test {
 protected:
  TenItems() {
    for (int i = 1; i <= 10; ++i) items_.push_back({i, FromUnixSeconds(100 + i)});
  }

  std::vector<std::int64_t> Ask(const ListQuery& query, WindowRule rule = WindowRule::kFromOn) {
    std::vector<const Item*> all;
    for (const Item& item : items_) all.push_back(&item);
    const TimeOf<Item> at = [](const Item& each) { return each.at; };
    std::vector<std::int64_t> ids;
    for (const Item* item : TakePage<Item>(all, query, rule, at, at).items) ids.push_back(item->id);
    return ids;
  }

 private:
  std::vector<Item> items_;
};

TEST_F(TenItems, ComeInPages) {
  EXPECT_THAT(Ask({.page = 2, .per_page = 4}), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(Ask({.page = 3, .per_page = 4}), ElementsAre(9, 10));
  EXPECT_THAT(Ask({.page = 4, .per_page = 4}), IsEmpty());
}

TEST_F(TenItems, ComeBackwardsWhenAsked) {
  EXPECT_THAT(Ask({.per_page = 3, .descending = true}), ElementsAre(10, 9, 8));
}

TEST_F(TenItems, AreCutByTheWindowOfTheirKind) {
  EXPECT_THAT(Ask({.from = 108, .to = 109}), ElementsAre(8, 9));
  EXPECT_THAT(Ask({.from = 108, .to = 109}, WindowRule::kAfterFrom), ElementsAre(9));
}

TEST_F(TenItems, VanishInAWindowThatIsNoNumber) {
  EXPECT_THAT(Ask({.unreadable_window = true}), IsEmpty());
}

TEST(Wall, StandsAtTenThousandHoweverManyThereAre) {
  EXPECT_THAT(CheckDepth({.page = 200, .per_page = 50}), IsOk());
  EXPECT_THAT(CheckDepth({.page = 201, .per_page = 50}),
              FailsWith(ErrorKind::kInvalid, std::string("SANDBOX_PAGE_TOO_DEEP")));
  EXPECT_THAT(CheckDepth({.page = INT64_MAX, .per_page = 50}),
              FailsWith(ErrorKind::kInvalid, std::string("SANDBOX_PAGE_TOO_DEEP")));
}

TEST(Tags, BeginWithTheSixBuiltIn) {
  WatchedCompany company;
  EXPECT_EQ(company->tags().size(), 6U);
  EXPECT_EQ(company->tags().Get(3100004)->name, "Follow Up");
}

TEST(Tags, HaveUniqueNamesAndRealColours) {
  WatchedCompany company;
  EXPECT_THAT(company->CreateTag("Follow Up", "#00B388"), IsRefused());
  EXPECT_THAT(company->CreateTag("Hot", "red"), IsRefused());
  EXPECT_THAT(company->CreateTag("🔥", "#00B388"), IsRefused());
  EXPECT_THAT(company->CreateTag("Hot 🔥", "#00b388"), IsOk());
  EXPECT_THAT(company->UpdateTag(3100001, "Hot ", std::nullopt), IsRefused());
  EXPECT_THAT(company->UpdateTag(3100001, std::nullopt, "#ffffff"), IsOk());
  EXPECT_THAT(company->UpdateTag(1, "x", std::nullopt), IsUnknown());
  EXPECT_THAT(company->tags().Get(1), IsUnknown());
}

TEST(Faults, StrikeAsOftenAsToldWhereToldOnly) {
  FaultBook faults;
  ASSERT_THAT(faults.Add({.method = "POST", .path_regex = "^/v1/tags$", .times = 2}), IsOk());
  EXPECT_FALSE(faults.Strike("GET", "/v1/tags"));
  EXPECT_FALSE(faults.Strike("POST", "/v1/tags/1"));
  EXPECT_TRUE(faults.Strike("POST", "/v1/tags"));
  EXPECT_TRUE(faults.Strike("POST", "/v1/tags"));
  EXPECT_FALSE(faults.Strike("POST", "/v1/tags"));
  EXPECT_EQ(faults.all().front().struck, 2);
}

TEST(Faults, StrikeForEverWithoutANumberUntilCleared) {
  FaultBook faults;
  ASSERT_THAT(faults.Add({.times = std::nullopt}), IsOk());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(faults.Strike("GET", "/"));
  faults.Clear();
  EXPECT_FALSE(faults.Strike("GET", "/"));
}

TEST(Faults, NeedARegularExpression) {
  FaultBook faults;
  EXPECT_THAT(faults.Add({.path_regex = "("}), IsRefused());
}

TEST(Faults, HaveNamesThatReadBack) {
  for (const FaultAction action :
       {FaultAction::kStatus, FaultAction::kDelay, FaultAction::kDropBefore,
        FaultAction::kDropAfter, FaultAction::kTruncate, FaultAction::kHtml}) {
    EXPECT_EQ(FaultActionFromName(NameOf(action)), action);
  }
  EXPECT_EQ(FaultActionFromName("explode"), std::nullopt);
}

TEST(Switches, StandInTheOrderOfTheirNames) {
  for (std::size_t i = 0; i < AllSwitches().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(AllSwitches()[i].id), i);
  }
}

TEST(Switches, BeginWithTheirFirstChoiceAndTakeOthers) {
  Switches switches;
  EXPECT_EQ(switches.GetNumber(Switch::kContactCreateStatus), 200);
  EXPECT_THAT(switches.SetFromText("contacts.create_status=201"), IsOk());
  EXPECT_EQ(switches.GetNumber(Switch::kContactCreateStatus), 201);
}

TEST(Switches, RefuseWhatIsNotOffered) {
  Switches switches;
  const auto refused = FailsWith(ErrorKind::kInvalid, std::string("SANDBOX_SWITCH"));
  EXPECT_THAT(switches.Set("contacts.create_status", "404"), refused);
  EXPECT_THAT(switches.Set("colour", "green"), refused);
  EXPECT_THAT(switches.SetFromText("contacts.create_status"), refused);
}

}  // namespace
}  // namespace sb::aircall::sandbox
