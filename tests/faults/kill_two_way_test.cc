// Contacts and a customer's table are edited on both sides while the engine that keeps them the
// same is killed and started, again and again. In the end both sides agree, nobody is there twice,
// and each side's last edit stands (I13, I15).
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

constexpr int kPeople = 12;  ///< Of each side.
constexpr int kKillsOfTwoWay = 5;
constexpr const char* kPriya = "520000101";

class KillTwoWay : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox({"--rate-limit", "0"});
    customers_.EditContact("520000102",
                           {{"phone_numbers", {{{"label", "Work"}, {"value", "+33639980110"}}}}});
    customers_.MakeTable();
    for (int i = 0; i < kPeople; ++i) {
      InsertCustomer("Customer " + std::to_string(i), 5000 + i);
      AddContact("Contact " + std::to_string(i), 6000 + i);
    }
    std::ofstream(destinations()) << "crm=" << crm_.url() << "\n";
    Serve();
    account_ = system_.ConnectWithKey();
  }

  std::string destinations() const { return (system_.folder() / "destinations").string(); }

  void Serve() {
    system_.StartServe({"--database-url", database_.url(), "--destinations", destinations()});
  }

  void InsertCustomer(const std::string& name, int number) {
    customers_.Ask("insert into public.customers (first_name, phone) values ('" + name +
                   "', '+3361234" + std::to_string(number) + "')");
  }

  void AddContact(const std::string& name, int number) {
    system_.Control(
        "POST", "contacts",
        {{"first_name", name},
         {"phone_numbers", {{{"label", "Work"}, {"value", "+3361234" + std::to_string(number)}}}}});
  }

  /// Writes take long enough to be killed in.
  void SlowDown() {
    system_.Control("POST", "faults",
                    {{"match", {{"method", "POST"}, {"path_regex", "^/v1/contacts"}}},
                     {"action", "delay"},
                     {"delay_ms", 300},
                     {"times", 0}});
  }

  void EditBoth(int round) {
    const std::string word = std::to_string(round);
    customers_.EditContact(kPriya, {{"company_name", "Company " + word}});
    customers_.Ask("update public.customers set first_name = 'Customer " + word +
                   " again' where phone = '+33612345000'");
  }

  /// Until the sync has made so many links.
  bool AwaitLinks(int wanted) {
    return Eventually(
        60s,
        [&] { return std::stoi(database_.Ask("select count(*) || '' from eng.link")) >= wanted; },
        50ms);
  }

  testing::TestDatabase crm_{testing::TestDatabase::Schema::kEmpty};
  testing::TestDatabase database_;
  LiveSystem system_;
  Customers customers_{system_, crm_};
  std::string account_;
};

TEST_F(KillTwoWay, LeavesBothSidesTheSameAndNobodyTwice) {
  SlowDown();
  customers_.Start(account_);
  for (int kill = 0; kill < kKillsOfTwoWay; ++kill) {
    ASSERT_TRUE(AwaitLinks(3 * kill + 1)) << system_.ServeLog();
    EditBoth(2 * kill);  // heard, or not any more
    InsertCustomer("Late " + std::to_string(kill), 7000 + kill);
    system_.KillServe();
    EditBoth(2 * kill + 1);  // while nobody listens
    AddContact("Unheard " + std::to_string(kill), 8000 + kill);
    Serve();
  }
  system_.Control("DELETE", "faults");
  ASSERT_TRUE(customers_.IsLive()) << system_.ServeLog();
  customers_.Sync({"compare", "customers"});  // nothing told of contacts that were made silently
  ASSERT_TRUE(customers_.Agree()) << customers_.InTable() << "\n\n"
                                  << customers_.AtAircall() << system_.ServeLog();
  EXPECT_EQ(customers_.Ask("select count(*) || '' from public.customers"),
            customers_.Ask("select count(distinct phone) || '' from public.customers"));
  const std::string last = std::to_string(2 * kKillsOfTwoWay - 1);
  EXPECT_THAT(customers_.InTable(), HasSubstr("|Priya|Company " + last));
  EXPECT_THAT(customers_.AtAircall(), HasSubstr("+33612345000|Customer " + last + " again|"));
}

}  // namespace
}  // namespace sb::live
