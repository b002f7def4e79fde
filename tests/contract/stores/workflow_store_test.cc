#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::WorkflowVersion;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

WorkflowVersion Version(std::int64_t number, const std::string& version,
                        const std::string& source = "do: []") {
  return {WorkflowId(number),  "acme",    "follow-up", version, source,
          "hash of " + source, kStoryTime};
}

template <typename World>
class WorkflowStoreContract : public ::testing::Test {
 protected:
  /// "<version id>: all" or "<version id>: <account> <account>".
  std::vector<std::string> Enabled() {
    std::vector<std::string> lines;
    const auto enabled = workflows_.ListEnabled();
    for (const ports::Enablement& entry : *enabled) {
      std::string line = std::to_string(entry.workflow.number()) + ":";
      if (entry.all_accounts) line += " all";
      for (const AccountId account : entry.accounts) line += " " + std::to_string(account.number());
      lines.push_back(line);
    }
    return lines;
  }

  World world_;
  ports::WorkflowStore& workflows_ = world_.workflows;
  const AccountId all_;
};

TYPED_TEST_SUITE(WorkflowStoreContract, Worlds, WorldNames);

TYPED_TEST(WorkflowStoreContract, GivesBackAVersionAsItWasDeployed) {
  const WorkflowVersion first = Version(1, "1.0.0", "do:\n  - note: \"ü\\\"\"\n");
  const auto deployed = this->workflows_.Deploy(first);
  ASSERT_THAT(deployed, IsOk());

  for (const auto& found : {deployed, this->workflows_.Get(first.id),
                            this->workflows_.Find("acme", "follow-up", "1.0.0")}) {
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->id, first.id);
    EXPECT_EQ(found->workspace, "acme");
    EXPECT_EQ(found->name, "follow-up");
    EXPECT_EQ(found->version, "1.0.0");
    EXPECT_EQ(found->source, first.source);
    EXPECT_EQ(found->source_hash, first.source_hash);
    EXPECT_EQ(found->deployed_at, first.deployed_at);
  }
}

TYPED_TEST(WorkflowStoreContract, DeploysTheSameSourceOnce) {
  ASSERT_THAT(this->workflows_.Deploy(Version(1, "1.0.0")), IsOk());
  const auto again = this->workflows_.Deploy(Version(2, "1.0.0"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->id, WorkflowId(1));
  EXPECT_THAT(this->workflows_.Get(WorkflowId(2)),
              FailsWith(ErrorKind::kNotFound, "WORKFLOW_NOT_FOUND"));
}

TYPED_TEST(WorkflowStoreContract, RefusesAnotherSourceUnderTheSameVersion) {
  ASSERT_THAT(this->workflows_.Deploy(Version(1, "1.0.0")), IsOk());
  EXPECT_THAT(this->workflows_.Deploy(Version(2, "1.0.0", "do: [changed]")),
              FailsWith(ErrorKind::kConflict, "WORKFLOW_VERSION_EXISTS"));
}

TYPED_TEST(WorkflowStoreContract, FindsTheNewestWhenNoVersionIsNamed) {
  ASSERT_THAT(this->workflows_.Deploy(Version(1, "1.0.0")), IsOk());
  ASSERT_THAT(this->workflows_.Deploy(Version(2, "0.9.0")), IsOk());
  EXPECT_EQ(this->workflows_.Find("acme", "follow-up", "")->version, "0.9.0");
}

TYPED_TEST(WorkflowStoreContract, SaysWhenThereIsNoSuchWorkflow) {
  const auto not_found = FailsWith(ErrorKind::kNotFound, "WORKFLOW_NOT_FOUND");
  EXPECT_THAT(this->workflows_.Get(WorkflowId(404)), not_found);
  EXPECT_THAT(this->workflows_.Find("acme", "nothing", ""), not_found);
  EXPECT_THAT(this->workflows_.Find("acme", "nothing", "1.0.0"), not_found);
  EXPECT_THAT(this->workflows_.Enable(WorkflowId(404), this->all_), not_found);
}

TYPED_TEST(WorkflowStoreContract, ListsNewestFirstPageByPage) {
  for (const int number : {1, 2, 3}) {
    ASSERT_THAT(this->workflows_.Deploy(Version(number, std::to_string(number) + ".0.0")), IsOk());
  }
  const auto first = this->workflows_.List({0, 2});
  ASSERT_EQ(first->items.size(), 2U);
  EXPECT_EQ(first->items[0].id, WorkflowId(3));
  const auto second = this->workflows_.List({first->next_before, 2});
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_EQ(second->items[0].id, WorkflowId(1));
  EXPECT_EQ(second->next_before, 0);
}

TYPED_TEST(WorkflowStoreContract, SwitchesAVersionOnForAllOrForChosenAccounts) {
  ASSERT_THAT(this->workflows_.Deploy(Version(1, "1.0.0")), IsOk());
  EXPECT_THAT(this->Enabled(), IsEmpty());
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), AccountId(20)), IsOk());
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), AccountId(10)), IsOk());
  EXPECT_THAT(this->Enabled(), ElementsAre("1: 10 20"));
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), this->all_), IsOk());
  EXPECT_THAT(this->Enabled(), ElementsAre("1: all 10 20"));
}

TYPED_TEST(WorkflowStoreContract, PutsOneVersionInThePlaceOfAnother) {
  for (const int number : {1, 2}) {
    ASSERT_THAT(this->workflows_.Deploy(Version(number, std::to_string(number) + ".0.0")), IsOk());
  }
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), this->all_), IsOk());
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), AccountId(10)), IsOk());
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(2), AccountId(10)), IsOk());
  EXPECT_THAT(this->Enabled(), ElementsAre("1: all", "2: 10"))
      << "account 10 has a version of its own";

  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), this->all_), IsOk());
  EXPECT_THAT(this->Enabled(), ElementsAre("1: all")) << "all accounts include account 10";
}

TYPED_TEST(WorkflowStoreContract, SwitchesOffWhateverVersionIsOn) {
  ASSERT_THAT(this->workflows_.Deploy(Version(1, "1.0.0")), IsOk());
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), this->all_), IsOk());
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), AccountId(10)), IsOk());

  ASSERT_THAT(this->workflows_.Disable("acme", "follow-up", this->all_), IsOk());
  EXPECT_THAT(this->Enabled(), ElementsAre("1: 10"));
  ASSERT_THAT(this->workflows_.Disable("acme", "follow-up", AccountId(10)), IsOk());
  EXPECT_THAT(this->Enabled(), IsEmpty());
  EXPECT_THAT(this->workflows_.Disable("acme", "follow-up", AccountId(10)), IsOk())
      << "off already";
}

TYPED_TEST(WorkflowStoreContract, TellsThatSomethingWasSwitched) {
  ASSERT_THAT(this->workflows_.Deploy(Version(1, "1.0.0")), IsOk());
  const auto before = *this->workflows_.EnablementNumber();
  ASSERT_THAT(this->workflows_.Enable(WorkflowId(1), this->all_), IsOk());
  const auto on = *this->workflows_.EnablementNumber();
  EXPECT_GT(on, before);
  ASSERT_THAT(this->workflows_.Disable("acme", "follow-up", this->all_), IsOk());
  EXPECT_GT(*this->workflows_.EnablementNumber(), on);
}

}  // namespace
}  // namespace sb::testing
