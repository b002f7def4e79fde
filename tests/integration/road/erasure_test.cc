// A person is forgotten by real processes over a real database, and the engine is killed meanwhile.

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kJane = "+33612345678";
constexpr const char* kMary = "+33611111111";
constexpr const char* kEmail = "jane.doe@example.com";

class Forgetting : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    Serve();
    account_ = system_.ConnectWithKey();
  }

  void Serve() { system_.StartServe({"--database-url", database_.url()}); }

  void Publish(const std::string& id, const Json& data, const std::string& subject = "notes/1") {
    system_.Cli({"event", "publish", "--account", account_, "--id", id, "--type",
                 "com.example.noted", "--subject", subject, "--data", DumpJson(data)});
  }

  /// Every value of every table, as text, bodies of events included.
  std::string Dump() {
    const std::string all = database_.Ask(
        "select string_agg(format('select string_agg(t::text, '' '') as rows from eng.%I t', "
        "table_name), ' union all ') from information_schema.tables where table_schema = 'eng'");
    return database_.Ask("select string_agg(rows, ' ') from (" + all + ") dump") + " " +
           database_.Ask("select string_agg(convert_from(body, 'UTF8'), ' ') from eng.inbox");
  }

  /// Without what stands between digits: "06 12-34..." too.
  static std::string DigitsOf(const std::string& text) {
    std::string digits;
    for (const char c : text) {
      if (std::string_view(" -.()/").find(c) == std::string_view::npos) digits += c;
    }
    return digits;
  }

  bool AllRunsHaveEnded(const std::string& how_many) {
    return database_.AskUntil("select count(*) || '' from eng.run_done", how_many);
  }

  testing::TestDatabase database_{testing::TestDatabase::Schema::kEmpty};
  LiveSystem system_;
  std::string account_;
};

TEST_F(Forgetting, APersonIsNowhereAnyMoreAndOthersAreUntouched) {
  system_.SwitchOn("workflows/missed-call-follow-up.yaml", "switchboard/missed-call-follow-up");
  system_.MissedCallFrom(kJane);
  system_.MissedCallFrom(kMary);
  ASSERT_TRUE(AllRunsHaveEnded("2")) << system_.ServeLog();
  Publish("a", {{"text", "call 06 12 34 56 78 or (0)6.12.34.56.78"}, {"number", 33612345678}});
  Publish("b", {{"0033-6-12-34-56-78", "Jane.Doe@Example.com"}}, std::string("people/") + kEmail);
  EXPECT_THAT(DigitsOf(Dump()), HasSubstr("612345678"));

  const Json counted = system_.Cli(
      {"erasure", "person", "--tenant", "acme", "--phone", kJane, "--email", kEmail, "--dry-run"});
  ASSERT_TRUE(Member(counted, "counts").contains("inbox")) << counted;
  EXPECT_GE(std::stoi(TextMember(Member(counted, "counts"), "inbox")), 3) << counted;
  EXPECT_THAT(Dump(), HasSubstr(kJane));
  const Json done = system_.Cli({"erasure", "person", "--tenant", "acme", "--phone",
                                 "0033 6 12 34 56 78", "--email", kEmail, "--yes"});

  EXPECT_EQ(Member(done, "state"), "STATE_DONE");
  EXPECT_EQ(Member(done, "counts"), Member(counted, "counts"));
  const std::string dump = Dump();
  EXPECT_THAT(DigitsOf(dump), Not(HasSubstr("612345678")));
  EXPECT_THAT(DigitsOf(dump), Not(HasSubstr("33612345678")));
  EXPECT_THAT(dump, Not(HasSubstr("jane.doe")));
  EXPECT_THAT(dump, Not(HasSubstr("Jane.Doe")));
  EXPECT_THAT(dump, HasSubstr(kMary));
  const Json runs = system_.Cli({"run", "list"});
  EXPECT_EQ(Member(runs, "runs").size(), 2U);
  for (const Json& run : Member(runs, "runs"))
    EXPECT_EQ(system_.TryCli({"run", "get", TextMember(run, "id")}).exit_status, 0);
}

TEST_F(Forgetting, AKilledEngineGoesOnWhereItWas) {
  Publish("a", {{"phone", kJane}});
  ASSERT_TRUE(database_.AskUntil("select count(*) || '' from eng.inbox", "1"));
  database_.Ask(
      "insert into eng.inbox (slot, account_id, event_id, dedupe, source, event, entity, "
      "entity_id, "
      "received_at, body) select slot, account_id, event_id + n, dedupe, source, event, entity, "
      "entity_id, received_at, body from eng.inbox, generate_series(1, 40000) n");
  const auto begun = system_.TryCli(
      {"erasure", "person", "--tenant", "acme", "--phone", kJane, "--yes", "--no-wait"});
  ASSERT_EQ(begun.exit_status, 0) << begun.err;
  ASSERT_TRUE(database_.AskUntil(
      "select (count(*) filter (where counts ? 'inbox') > 0)::text from eng.erasure", "true"));
  system_.KillServe();
  EXPECT_EQ(database_.Ask("select state || '' from eng.erasure"), "1")
      << "it was too fast to be cut";
  Serve();
  EXPECT_TRUE(
      Eventually(60s, [&] { return database_.Ask("select state || '' from eng.erasure") == "3"; }));
  EXPECT_EQ(database_.Ask("select counts->>'inbox' from eng.erasure"), "40001");
  EXPECT_THAT(Dump(), Not(HasSubstr("612345678")));
}

TEST_F(Forgetting, AnErasedAccountLeavesItsTombstoneOnly) {
  Publish("a", {{"phone", kJane}});
  const Json done = system_.Cli({"account", "disconnect", account_, "--erase", "--yes"});
  EXPECT_EQ(Member(done, "state"), "STATE_DONE");
  EXPECT_EQ(Member(done, "subject"), "SUBJECT_ACCOUNT");
  EXPECT_THAT(Dump(), Not(HasSubstr("612345678")));
  const Json account = system_.Cli({"account", "get", account_});
  EXPECT_EQ(Member(account, "state"), "STATE_DISCONNECTED");
  EXPECT_EQ(Member(account, "display_name"), "");
  EXPECT_EQ(database_.Ask("select count(*) || '' from eng.inbox"), "0");
}

TEST_F(Forgetting, ACheckedAccountSaysWhatItNeeds) {
  const auto checked =
      system_.TryCli({"account", "check", account_, "--known-emails", "-", "-o", "json"},
                     "nobody@example.com # a stranger\n");
  EXPECT_EQ(checked.exit_status, 1) << "its agents are strangers";
  const auto report = Json::parse(checked.out);
  std::map<std::string, std::string> verdicts;
  for (const Json& finding : Member(report, "findings"))
    verdicts[TextMember(finding, "code")] = TextMember(finding, "verdict");
  EXPECT_EQ(verdicts["CREDENTIAL"], "VERDICT_OK");
  EXPECT_EQ(verdicts["CREATOR"], "VERDICT_UNKNOWN");
  EXPECT_EQ(verdicts["COMPANY"], "VERDICT_OK");
  EXPECT_EQ(verdicts["NUMBERS"], "VERDICT_OK");
  EXPECT_EQ(verdicts["AGENTS"], "VERDICT_WARNING");
  EXPECT_EQ(verdicts["DATABASE_CLOCK"], "VERDICT_OK");
  EXPECT_EQ(verdicts["PROVIDER_CLOCK"], "VERDICT_OK");
  EXPECT_GT(Member(report, "requests").get<int>(), 2);
  EXPECT_LT(Member(report, "requests").get<int>(), 10);
}

}  // namespace
}  // namespace sb::live
