// Where a company's people write phone numbers without a country: read when it is connected, and
// again when its lines may be others.
#include "engine/accounts/region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/accounts/check_up.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_run_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using ::testing::SizeIs;

class Region : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  Region() : account_(*ConnectByOAuth()) { told.clear(); }

  /// From now on all lines are in that country; "": they cannot be read.
  void MoveLinesTo(const std::string& country) {
    const ports::HttpResponse failed{500, {}, "{}"};
    const Json lines = {{"numbers", {{{"id", 1}, {"name", "Main"}, {"country", country}}}},
                        {"meta", {{"total", 1}}}};
    const ports::HttpResponse listed{200, {}, lines.dump()};
    far_side.interfere =
        [answer = country.empty() ? failed : listed](
            const std::string& method,
            const std::string& path) -> std::optional<Result<ports::HttpResponse>> {
      if (method + " " + path != "GET /v1/numbers") return {};
      return answer;
    };
  }

  std::string Kept() { return TextMember(Stored(account_.id).profile, "region"); }

  ports::Account account_;
  testing::ManualExecutor executor_{clock};
  testing::MemoryDatabase database_;
  testing::MemoryRunStore runs_{database_};
  accounts::RegionReader reader_{DependenciesOfConnections(), executor_};
  accounts::CheckUp check_up_{{connections, DependenciesOfConnections(), runs_,
                               [](const std::string&) { return std::optional<Millis>(); },
                               [this] { return Result<WallTime>(clock.Now()); }}};
};

TEST_F(Region, IsReadAgainWhenLinesAreSaidToHaveChanged) {
  MoveLinesTo("FR");
  reader_.Note(account_.id);
  EXPECT_EQ(Kept(), "US") << "whoever told does not wait for it";
  executor_.RunReady();
  EXPECT_EQ(Kept(), "FR");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front().id, account_.id) << "it is loaded anew before its next request";
}

TEST_F(Region, IsReadOnceForManyLinesThatComeTogether) {
  const std::size_t before = far_side.Count("GET /v1/numbers");
  for (int line = 0; line < 50; ++line) reader_.Note(account_.id);
  executor_.RunReady();
  EXPECT_EQ(far_side.Count("GET /v1/numbers"), before + 1);
  EXPECT_THAT(told, SizeIs(0)) << "it is the same";
  reader_.Note(account_.id);
  executor_.RunReady();
  EXPECT_EQ(far_side.Count("GET /v1/numbers"), before + 2);
}

TEST_F(Region, IsKeptWhereTheLinesCannotBeRead) {
  MoveLinesTo("");
  reader_.Note(account_.id);
  executor_.RunReady();
  EXPECT_EQ(Kept(), "US");
}

TEST_F(Region, OfAnAccountThatIsShutOutIsNotAskedFor) {
  account_ = Stored(account_.id);
  account_.state = ports::AccountState::kSuspended;
  ASSERT_TRUE(accounts.Update(account_).ok());
  const std::size_t before = far_side.log().size();
  reader_.Note(account_.id);
  reader_.Note(AccountId(77));
  executor_.RunReady();
  EXPECT_EQ(far_side.log().size(), before);
}

TEST_F(Region, IsReadWithTheCheckUp) {
  MoveLinesTo("DE");
  const auto report = check_up_.Run(account_.id, {});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->healthy);
  EXPECT_EQ(Kept(), "DE");
}

}  // namespace
}  // namespace sb
