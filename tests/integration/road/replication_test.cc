// The sandbox's company in tables, by real processes over a real database: all of it, and what
// happens next within seconds.
#include <fstream>
#include <httplib.h>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/live/replica.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCallerInTables = "+33612345678";

class Replicating : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox({"--rate-limit", "0"});
    for (int i = 0; i < 60; ++i) system_.MissedCallFrom(kCallerInTables);
    const auto file = system_.folder() / "destinations";
    std::ofstream(file) << "# where analysts look\nlake=" << lake_.url() << "\n";
    system_.StartServe({"--database-url", home_.url(), "--destinations", file.string()});
    account_ = system_.ConnectWithKey();
  }

  void ExpectWholeCompany(Replica& replica) {
    EXPECT_EQ(replica.CallsInTable(), replica.CallsAtProvider());
    for (const char* list : {"contacts", "users", "numbers", "tags", "teams"})
      EXPECT_EQ(replica.IdsInTable(list), replica.IdsAtProvider(list)) << list;
    EXPECT_EQ(replica.Ask("select count(*) || '' from company"), "1");
  }

  /// Until the provider sends what tables are told by.
  void AwaitSubscription() {
    ASSERT_TRUE(Eventually(
        20s,
        [this] {
          const Json hooks = system_.Aircall("/v1/webhooks");
          const std::string all = DumpJson(hooks);
          return all.find("contact.deleted") != std::string::npos &&
                 all.find("call.tagged") != std::string::npos;
        },
        500ms))
        << system_.ServeLog();
  }

  void DeleteAtAircall(const std::string& path) {
    httplib::Client client(TextMember(system_.sandbox(), "base_url"));
    client.set_basic_auth(TextMember(system_.sandbox(), "api_id"),
                          TextMember(system_.sandbox(), "api_token"));
    const auto answer = client.Delete(path);
    ASSERT_TRUE(answer && answer->status < 300) << path;
  }

  testing::TestDatabase home_;
  testing::TestDatabase lake_;
  LiveSystem system_;
  std::string account_;
};

TEST_F(Replicating, EverythingIsThereAndWhatHappensNextFollowsWithinSeconds) {
  Replica replica(system_, account_, home_);
  replica.Start();
  ASSERT_TRUE(replica.IsLive()) << system_.ServeLog();
  AwaitSubscription();
  ExpectWholeCompany(replica);

  const std::string call = std::to_string(system_.MissedCallFrom(kCallerInTables));
  EXPECT_TRUE(replica.AskUntil("select count(*) || '' from calls where id = " + call, "1"));
  EXPECT_TRUE(replica.AskUntil(
      "select count(*) || '' from call_ended where entity_id = '" + call + "'", "1"))
      << "a view for each type of event";

  const std::string contact = replica.Ask("select min(id) || '' from contacts");
  DeleteAtAircall("/v1/contacts/" + contact);
  EXPECT_TRUE(replica.AskUntil(
      "select (_deleted_at is not null) || '' from contacts where id = " + contact, "true"));
  EXPECT_EQ(replica.CallsInTable(), replica.CallsAtProvider());
}

TEST_F(Replicating, IntoADatabaseOfItsOwn) {
  Replica replica(system_, account_, lake_);
  replica.Start("lake");
  ASSERT_TRUE(replica.IsLive()) << system_.ServeLog();
  AwaitSubscription();
  ExpectWholeCompany(replica);
  const std::string call = std::to_string(system_.MissedCallFrom(kCallerInTables));
  EXPECT_TRUE(replica.AskUntil("select count(*) || '' from calls where id = " + call, "1"));
}

TEST_F(Replicating, APersonWhoIsErasedIsTakenOutOfTheTables) {
  Replica replica(system_, account_, home_);
  replica.Start();
  ASSERT_TRUE(replica.IsLive()) << system_.ServeLog();
  const std::string rows =
      "select coalesce(string_agg(t::text, ' '), '') from calls t where raw::text like "
      "'%612345678%' or raw::text like '%6 12 34 56 78%'";
  ASSERT_NE(replica.Ask(rows), "");
  const Json done =
      system_.Cli({"erasure", "person", "--tenant", "acme", "--phone", kCallerInTables, "--yes"});
  EXPECT_EQ(TextMember(done, "state"), "STATE_DONE");
  EXPECT_TRUE(Member(done, "counts").contains("replicated")) << done;
  EXPECT_EQ(replica.Ask(rows), "");
  EXPECT_THAT(replica.Ask("select string_agg(t::text, ' ') from call_participants t"),
              Not(HasSubstr("612345678")));
}

}  // namespace
}  // namespace sb::live
