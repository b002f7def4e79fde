// `switchboard sync` for two-way syncs, as somebody uses it who looks after customers' data.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using testing::CustomersSync;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::WarehouseSync;

constexpr const char* kPhone = "+33142685300";

class LinkCommand : public ::testing::Test {
 protected:
  CommandHouse::Result Sync(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "sync");
    arguments.insert(arguments.end(), {"--account", account_});
    return shell_.Run(arguments, input);
  }

  std::string File() { return shell_.File("customers.sync.yaml", CustomersSync()); }

  void Deploy() {
    const auto deployed = Sync({"deploy", File(), "--start"});
    ASSERT_EQ(deployed.exit_code, kOk) << deployed.err << deployed.out;
  }

  /// A pair about whose company both sides disagree; the conflict's id.
  std::string Disagree() {
    testing::ApiHouse& house = shell_.house;
    ports::LinkCommit commit;
    commit.place = syncs::PlaceOf(house.syncs.List(id_).value().front());
    commit.link.emplace();
    commit.link->id = house.ids.Next<ports::LinkTag>(house.clock.Now());
    commit.link->place = commit.place;
    commit.link->state.key_a = contact_;
    commit.link->state.key_b = customer_;
    commit.link->created_at = house.clock.Now();
    commit.history = {{house.clock.Now(), "linked", "the records were found to be one", {}}};
    ports::LinkConflict conflict;
    conflict.id = house.ids.Next<ports::ConflictTag>(house.clock.Now());
    conflict.link = commit.link->id;
    conflict.key = contact_;
    conflict.code = "LINK_FIELD_ASKS";
    conflict.field = "company_name";
    conflict.a = "Babbage & Co";
    conflict.b = "Analytical Engines";
    conflict.at = house.clock.Now();
    commit.conflicts = {conflict};
    EXPECT_TRUE(house.links.Commit(commit).ok());
    return ports::ToText(conflict.id);
  }

  /// Questions of records that several fit.
  void FindSeveralFor(int records) {
    testing::ApiHouse& house = shell_.house;
    ports::LinkCommit commit;
    commit.place = syncs::PlaceOf(house.syncs.List(id_).value().front());
    for (int record = 0; record < records; ++record) {
      ports::LinkConflict conflict;
      conflict.id = house.ids.Next<ports::ConflictTag>(house.clock.Now());
      conflict.key = "419777" + std::to_string(record);
      conflict.code = "LINK_AMBIGUOUS";
      conflict.rivals = {customer_, "c99"};
      conflict.at = house.clock.Now();
      commit.conflicts.push_back(conflict);
    }
    EXPECT_TRUE(house.links.Commit(commit).ok());
  }

  CommandHouse shell_;
  AccountId id_ = shell_.house.AddAccount("acme", "Lumen Tools");
  const std::string account_ = ToText(id_);
  const std::string contact_ = shell_.house.aircall_contacts.Add(
      {{"first_name", "Ada"}, {"phone_numbers", {{{"value", kPhone}, {"label", "Work"}}}}});
  const std::string customer_ = shell_.house.customers.Add(
      {{"first_name", "Ada"}, {"company", "Engines"}, {"phone", kPhone}});
};

TEST_F(LinkCommand, APlanShowsBothSidesCostsAndWhatToTypeNext) {
  shell_.width = 100;
  const auto plan = Sync({"plan", File()});
  EXPECT_EQ(plan.exit_code, kOk) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("aircall and crm"), HasSubstr("WOULD STAND"),
                              HasSubstr("nothing was written"), HasSubstr("sync deploy")));
  EXPECT_EQ(Sync({"plan", File(), "--format", "json"}).json()["two_way"]["linked"], "1");
  EXPECT_THAT(Sync({"list"}).out, HasSubstr("no syncs"));
}

TEST_F(LinkCommand, AFaultOfADefinitionEndsADeployment) {
  std::string faulty = CustomersSync();
  faulty.replace(faulty.find("object: contact"), 15, "object: contakt");
  const auto refused = Sync({"deploy", shell_.File("faulty.yaml", faulty)});
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("SYNC_INVALID"), HasSubstr("line 3, column 42")));
}

TEST_F(LinkCommand, ItsStatusTellsHowFarItIs) {
  Deploy();
  const auto status = Sync({"status", "customers"});
  EXPECT_EQ(status.exit_code, kOk) << status.err;
  EXPECT_THAT(status.out,
              AllOf(HasSubstr("aircall and crm"), HasSubstr("first"), Not(HasSubstr("tables in"))));
  EXPECT_THAT(Sync({"list"}).out, HasSubstr("two-way"));
}

TEST_F(LinkCommand, AConflictIsListedAnsweredAndExplained) {
  Deploy();
  const std::string conflict = Disagree();
  const auto listed = Sync({"conflicts", "--open"});
  EXPECT_THAT(listed.out,
              AllOf(HasSubstr(conflict), HasSubstr("Babbage & Co"), HasSubstr("Analytical Engines"),
                    HasSubstr("sync resolve " + conflict + " --take crm")));
  EXPECT_THAT(Sync({"conflict", conflict}).out, HasSubstr("agreed before"));
  const auto wrong = Sync({"resolve", conflict, "--take", "warehouse"});
  EXPECT_EQ(wrong.exit_code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("aircall, crm, newest or fill-blank"));
  const auto resolved = Sync({"resolve", conflict, "--take", "crm"});
  EXPECT_EQ(resolved.exit_code, kOk) << resolved.err;
  EXPECT_THAT(Sync({"conflicts", "--open"}).out, HasSubstr("nothing waits for you"));
  EXPECT_THAT(Sync({"explain", customer_}).out, AllOf(HasSubstr("linked"), HasSubstr("chosen")));
}

TEST_F(LinkCommand, AFieldIsMadeBlankAndARecordIsLinkedByItsKey) {
  Deploy();
  const auto blank = Sync({"resolve", Disagree(), "--value", "null"});
  EXPECT_EQ(blank.exit_code, kOk) << blank.err;
  FindSeveralFor(1);
  const auto listed = Sync({"conflicts", "--open", "--code", "LINK_AMBIGUOUS"});
  EXPECT_THAT(listed.out, AllOf(HasSubstr("several"), HasSubstr(" --link " + customer_)));
  const auto json = Sync({"conflicts", "--open", "-o", "json"}).json();
  const auto conflict = json["conflicts"][0]["id"].get<std::string>();
  const auto linked = Sync({"resolve", conflict, "--link", "c99"});
  EXPECT_EQ(linked.exit_code, kRefused);
  EXPECT_THAT(linked.err, HasSubstr("LINK_RECORD_NOT_FOUND"));
  const auto made = Sync({"resolve", conflict, "--create"});
  EXPECT_EQ(made.exit_code, kOk) << made.err;
}

TEST_F(LinkCommand, AListOfWhatWasOverwrittenIsOfNothingElse) {
  Deploy();
  Disagree();
  const auto none = Sync({"conflicts", "--overwritten"});
  EXPECT_THAT(none.out, AllOf(HasSubstr("no such conflicts"), Not(HasSubstr("waits for you"))));
  const auto both = Sync({"conflicts", "--overwritten", "--code", "LINK_TAKEN"});
  EXPECT_EQ(both.exit_code, kUsage) << "neither is dropped in silence";
}

TEST_F(LinkCommand, WhatWasAnsweredBeforeATroubleIsTold) {
  Deploy();
  FindSeveralFor(1001);
  int answered = 0;
  shell_.house.links.hooks.fate = [&](std::string_view call, bool) {
    if (call == "Commit") ++answered;
    return call == "Conflicts" && answered > 0 ? testing::Fate::kUnavailable : testing::Fate::kDone;
  };
  const auto some = Sync({"resolve", "--all", "--ignore", "--yes"});
  shell_.house.links.hooks.fate = {};
  EXPECT_NE(some.exit_code, kOk);
  EXPECT_THAT(some.err, HasSubstr("were answered before"));
}

TEST_F(LinkCommand, ADefinitionThatCannotBeReadIsToldAndNotTakenForASideThatIsUnknown) {
  Deploy();
  auto sync = shell_.house.syncs.List(id_).value().front();
  sync.definition = "sync: { namespace: acme, name: customers, version: '2.0.0' }\n";
  sync.version = "2.0.0";
  ASSERT_TRUE(shell_.house.syncs.Save(sync).ok());
  const auto refused = Sync({"resolve", "cfl_01hv3k7q8s0g", "--take", "crm"});
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("SYNC_UNREADABLE"), Not(HasSubstr("--take takes"))));
}

TEST_F(LinkCommand, ManyAreCountedBeforeTheyAreAnswered) {
  Deploy();
  Disagree();
  const std::vector<std::string> all = {"resolve",      "--all",  "--field",
                                        "company_name", "--take", "aircall"};
  const auto refused = Sync(all, "n\n");
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.err, HasSubstr("answer 1 conflict like this?"));
  auto with_yes = all;
  with_yes.push_back("--yes");
  EXPECT_THAT(Sync(with_yes).out, HasSubstr("1 answered"));
  EXPECT_THAT(Sync(with_yes).out, HasSubstr("no conflict fits"));
}

TEST_F(LinkCommand, AnAnswerIsOneAnswerToOneConflictOrToAll) {
  Deploy();
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"resolve", "cfl_01hv3k7q8s0g"},
                                             {"resolve", "--create"},
                                             {"resolve", "--all", "--create", "--ignore"},
                                             {"resolve", "cfl_1", "--field", "x", "--create"}})
    EXPECT_EQ(Sync(words).exit_code, kUsage);
  const auto no_json = Sync({"resolve", "cfl_01hv3k7q8s0g", "--value", "{Acme"});
  EXPECT_EQ(no_json.exit_code, kUsage);
  EXPECT_THAT(no_json.err, HasSubstr("--value takes JSON"));
}

TEST_F(LinkCommand, DeletesOfASideAreApprovedByItsName) {
  Deploy();
  const auto refused = Sync({"approve-deletes", "customers", "crm"});
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.err, HasSubstr("SYNC_DELETES_NOT_HELD"));
}

TEST_F(LinkCommand, TheSyncIsNamedOnlyWhereThereAreSeveral) {
  const auto none = Sync({"links"});
  EXPECT_EQ(none.exit_code, kRefused);
  EXPECT_THAT(none.err, HasSubstr("no two-way sync"));
  Deploy();
  ASSERT_EQ(Sync({"deploy", shell_.File("warehouse.yaml", WarehouseSync())}).exit_code, kOk);
  Disagree();
  const auto links = Sync({"links"});
  EXPECT_EQ(links.exit_code, kOk) << links.err;
  EXPECT_THAT(links.out, AllOf(HasSubstr("lnk_"), HasSubstr(customer_)));
  const std::string other = CustomersSync();
  std::string second = other;
  second.replace(second.find("name: customers"), 15, "name: suppliers");
  ASSERT_EQ(Sync({"deploy", shell_.File("second.yaml", second)}).exit_code, kOk);
  const auto which = Sync({"links"});
  EXPECT_EQ(which.exit_code, kUsage);
  EXPECT_THAT(which.err, HasSubstr("acme/suppliers"));
}

}  // namespace
}  // namespace sb::app::cli
