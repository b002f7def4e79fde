// Contacts of the sandbox and a customer's table, kept the same by real processes over a real
// database: planned, started, edited on both sides, asked about, and explained.
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/customers.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kPriya = "520000101";  ///< The sandbox's contact with +16175550142.

class TwoWay : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox({"--rate-limit", "0"});
    // One number each: the table has one column for it.
    customers_.EditContact("520000102",
                           {{"phone_numbers", {{{"label", "Work"}, {"value", "+33639980110"}}}}});
    customers_.MakeTable();
    customers_.Ask("insert into public.customers (phone) values ('+16175550142')");
    customers_.Ask(
        "insert into public.customers (first_name, company, phone) values ('Grace', 'Navy', "
        "'+33142685300')");
    const auto file = system_.folder() / "destinations";
    std::ofstream(file) << "crm=" << crm_.url() << "\n";
    system_.StartServe({"--destinations", file.string()});
    account_ = system_.ConnectWithKey();
  }

  void Start() {
    customers_.Start(account_);
    ASSERT_TRUE(customers_.IsLive()) << system_.ServeLog();
  }

  /// The open conflicts.
  Json Questions() {
    const Json listed = customers_.Sync({"conflicts", "--open"});
    return Member(listed, "conflicts");
  }

  testing::TestDatabase crm_{testing::TestDatabase::Schema::kEmpty};
  LiveSystem system_;
  Customers customers_{system_, crm_};
  std::string account_;
};

TEST_F(TwoWay, APlanTellsWhatWouldHappenAndStartingDoesIt) {
  const std::string before = customers_.InTable();
  const std::string contacts = customers_.AtAircall();
  const Json plan =
      Member(system_.Cli({"sync", "plan", customers_.file(), "--account", account_}), "two_way");
  EXPECT_EQ(TextMember(plan, "linked"), "1") << plan;
  EXPECT_EQ(TextMember(plan, "created_a"), "1") << "Grace";
  EXPECT_EQ(TextMember(plan, "created_b"), "1") << "Marc";
  EXPECT_FALSE(Member(plan, "samples").empty());
  EXPECT_EQ(customers_.InTable(), before);
  EXPECT_EQ(customers_.AtAircall(), contacts);

  Start();
  EXPECT_TRUE(customers_.Agree()) << customers_.InTable() << "\n\n" << customers_.AtAircall();
  EXPECT_THAT(customers_.AtAircall(), HasSubstr("+33142685300|Grace|Navy"));
  EXPECT_THAT(customers_.InTable(), HasSubstr("+16175550142|Priya|"));
}

TEST_F(TwoWay, AnEditOnEachSideArrivesOnTheOther) {
  Start();
  customers_.EditContact(kPriya, {{"first_name", "Priya K."}});
  EXPECT_TRUE(customers_.AskUntil(
      "select first_name from public.customers where phone like '%6175550142'", "Priya K."));
  customers_.Ask(
      "update public.customers set first_name = 'Priyanka' where phone like '%6175550142'");
  EXPECT_TRUE(customers_.ContactUntil(kPriya, "first_name", "Priyanka")) << system_.ServeLog();
}

TEST_F(TwoWay, AConflictWaitsForAPersonAndTheHistoryTellsOfIt) {
  Start();
  customers_.Sync({"pause", "customers"});
  customers_.EditContact(kPriya, {{"company_name", "Of Aircall"}});
  customers_.Ask(
      "update public.customers set company = 'Of the table' where phone like "
      "'%6175550142'");
  customers_.Sync({"resume", "customers"});
  ASSERT_TRUE(Eventually(
      20s, [&] { return !Questions().empty(); }, 300ms))
      << system_.ServeLog();
  const Json question = Questions().at(0);
  EXPECT_EQ(TextMember(question, "field"), "company_name");
  EXPECT_EQ(TextMember(question, "a"), "Of Aircall");
  EXPECT_EQ(TextMember(question, "b"), "Of the table");
  EXPECT_EQ(TextMember(customers_.Contact(kPriya), "company_name"), "Of Aircall")
      << "both stay as they are";

  customers_.Sync({"resolve", TextMember(question, "id"), "--take", "crm"});
  EXPECT_TRUE(customers_.ContactUntil(kPriya, "company_name", "Of the table"))
      << system_.ServeLog();
  EXPECT_TRUE(Questions().empty());
  const std::string story = DumpJson(customers_.Sync({"explain", kPriya}));
  for (const char* word : {"linked", "asked", "chosen", "wrote_a"})
    EXPECT_THAT(story, HasSubstr("\"what\":\"" + std::string(word) + "\""));
  EXPECT_THAT(story,
              HasSubstr(R"("after":"Of the table","before":"Of Aircall","field":"company_name"}])"
                        R"(,"code":"","reason":"both sides changed it")"));
}

}  // namespace
}  // namespace sb::live
