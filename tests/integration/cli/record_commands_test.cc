// `switchboard record`, as somebody uses it whose platform is a side of two-way syncs.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/syncs/platform_side.h"
#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::Not;

class RecordCommands : public ::testing::Test {
 protected:
  CommandHouse::Result Record(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "record");
    arguments.insert(arguments.end(), {"--account", ToText(account_), "--object", "contact"});
    return shell_.Run(arguments, input);
  }

  void PushAda() {
    const auto pushed =
        Record({"push", "--records", R"([{"key": "c-42", "fields": {"name": "Ada"}}])"});
    ASSERT_EQ(pushed.exit_code, kOk) << pushed.err;
  }

  /// What a sync writes to a record; to a new one where none is named. The change's id.
  std::string SyncWrites(const std::string& key, const Json& values) {
    testing::ApiHouse& house = shell_.house;
    const ports::PlatformPlace place{house.accounts.Get(account_).value().slot, account_,
                                     "contact"};
    syncs::PlatformSide side(
        {house.record_store, house.clock,
         [&house] { return house.ids.Next<ports::RecordChangeTag>(house.clock.Now()).number(); }},
        place, "");
    ports::SideWrite write;
    write.op_key = "op-" + std::to_string(++writes_);
    write.key = key;
    write.values = values;
    const auto written = key.empty() ? side.Create(write, core::quota::Lane::kSync)
                                     : side.Update(write, core::quota::Lane::kSync);
    EXPECT_TRUE(written.ok());
    return ports::ToText(house.record_store.ChangeOf(place, write.op_key).value()->id);
  }

  CommandHouse shell_;
  AccountId account_ = shell_.house.AddAccount("acme");
  int writes_ = 0;
};

TEST_F(RecordCommands, WhatIsPushedIsListedAndShown) {
  const auto pushed = Record({"push", "--records", "-", "--request-id", "batch-1"},
                             R"([{"key": "c-42", "fields": {"name": "Ada"}},
                                 {"key": "c-43", "fields": {"name": "Bo"}}])");
  EXPECT_EQ(pushed.exit_code, kOk) << pushed.err;
  EXPECT_THAT(pushed.out, AllOf(HasSubstr("c-42  STORED"), HasSubstr("c-43  STORED")));
  EXPECT_THAT(Record({"list"}).out, AllOf(HasSubstr("c-42"), HasSubstr("Bo")));
  EXPECT_THAT(Record({"list", "--limit", "1"}).err, HasSubstr("--page-token"));
  EXPECT_THAT(Record({"get", "c-42"}).out, AllOf(HasSubstr("version"), HasSubstr("\"Ada\"")));
  EXPECT_EQ(Record({"get", "c-42", "-o", "json"}).json()["fields"]["name"], "Ada");
  const auto missing = Record({"get", "c-44"});
  EXPECT_EQ(missing.exit_code, kRefused);
  EXPECT_THAT(missing.err, HasSubstr("RECORD_NOT_FOUND"));
}

TEST_F(RecordCommands, ARecordThatIsRefusedIsNamedAndEndsSo) {
  PushAda();
  const auto refused = Record(
      {"push", "--records",
       R"([{"key": "c-42", "fields": {"name": "Bo"}, "expected_version": 0}, {"key": ""}])"});
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.out, AllOf(HasSubstr("c-42  MOVED"), HasSubstr("RECORD_KEY_INVALID")));
  const auto wrong = Record({"push", "--records", "{}"});
  EXPECT_EQ(wrong.exit_code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("JSON array"));
}

TEST_F(RecordCommands, WatchTellsChangesAndWhereToGoOn) {
  PushAda();
  const std::string change = SyncWrites("c-42", {{"name", "Ada L"}});
  const auto watched = Record({"watch", "--count", "1"});
  EXPECT_EQ(watched.exit_code, kOk) << watched.err;
  EXPECT_THAT(watched.out,
              AllOf(HasSubstr(change), HasSubstr("UPDATE"), HasSubstr("c-42"), HasSubstr("Ada L")));
  EXPECT_THAT(watched.err, HasSubstr("--resume-token "));
  EXPECT_EQ(Record({"watch", "--count", "1", "-o", "json"}).json()["changes"][0]["id"], change);
  const auto wrong = Record({"watch", "--resume-token", "nonsense"});
  EXPECT_EQ(wrong.exit_code, kRefused);
  EXPECT_THAT(wrong.err, HasSubstr("RESUME_TOKEN_INVALID"));
}

TEST_F(RecordCommands, AChangeIsCarriedOutOrRefused) {
  PushAda();
  const std::string made = SyncWrites("", {{"name", "Bo"}});
  const auto done = Record({"acknowledge", made, "--key", "c-43"});
  EXPECT_EQ(done.exit_code, kOk) << done.err;
  EXPECT_THAT(done.out, HasSubstr("is DONE"));
  EXPECT_THAT(Record({"get", "c-43"}).out, AllOf(HasSubstr("sb-"), HasSubstr("yours: c-43")));
  const std::string renamed = SyncWrites("c-42", {{"name", "Ada L"}});
  EXPECT_THAT(Record({"get", "c-42"}).out, HasSubstr("1 changes wait for you"));
  EXPECT_THAT(Record({"acknowledge", renamed, "--refused", "no"}).out, HasSubstr("is REFUSED"));
  EXPECT_THAT(Record({"get", "c-42"}).out, AllOf(HasSubstr("\"Ada\""), Not(HasSubstr("wait"))));
  EXPECT_EQ(Record({"acknowledge", renamed, "--refused", "no", "--key", "x"}).exit_code, kUsage);
  EXPECT_EQ(Record({"acknowledge", renamed}).exit_code, kRefused) << "it has another answer";
}

}  // namespace
}  // namespace sb::app::cli
