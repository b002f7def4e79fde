// Names in the input of an action, which are looked up before its request.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/runtime/action_runner.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/glass_vault.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A provider with two pages of tags, one on each.
Result<ports::HttpResponse> TagsAndCalls(const ports::HttpRequest& request) {
  if (request.method == "POST") return ports::HttpResponse{201, {}, ""};
  const bool second = request.url.find("page=2") != std::string::npos;
  const Json meta = {{"count", 1},
                     {"total", 2},
                     {"current_page", second ? 2 : 1},
                     {"per_page", 50},
                     {"next_page_link", second ? Json() : Json("https://api.example/next")}};
  const Json tag = second ? Json{{"id", 31}, {"name", "VIP"}} : Json{{"id", 30}, {"name", "Hot"}};
  return ports::HttpResponse{200, {}, Json({{"tags", Json::array({tag})}, {"meta", meta}}).dump()};
}

class NamesOfTags : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};

  NamesOfTags()
      : connectors_(*connector::Library::Load(embedded::ConnectorFiles(), {}, expressions_)) {
    ports::Account account;
    account.id = AccountId(1001);
    account.slot = 17;
    account.connector = "aircall";
    account.state = ports::AccountState::kActive;
    EXPECT_TRUE(accounts_.Insert(account).ok());
    const connector::Credential credential{"oauth", {{"access_token", Secret("t")}}};
    const auto sealed =
        vault_.Seal(credential.ToSecret(), connector::CredentialContext(account.id, "aircall", 1));
    EXPECT_TRUE(accounts_.PutCredential(account.id, {1, *sealed}).ok());
    commits_.SetFence({kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation});
  }

  void Tag(const Json& tags) {
    ports::ActionCall call;
    call.account = AccountId(1001);
    call.action = "aircall.calls.tag";
    call.input = {{"call_id", 17}, {"tags", tags}};
    call.on_admitted = [this](const std::function<void(bool)>& go) {
      ++intents_;
      go(true);
    };
    runner_.Perform(std::move(call), [this](const Result<Json>& result) {
      answers_.push_back(result.ok() ? "ok" : result.error().code);
      if (!result.ok()) message_ = result.error().message;
    });
    executor_.RunReady();
  }

  std::vector<std::string> Asked() const {
    std::vector<std::string> asked;
    for (const ports::HttpRequest& each : http_.sent())
      asked.push_back(each.method + " " + each.url.substr(each.url.find("/v1/")) + each.body);
    return asked;
  }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::SeededRandom random_;
  Metrics metrics_;
  adapters::jq::JqExpressions expressions_;
  std::unique_ptr<connector::Library> connectors_;
  testing::GlassVault vault_;
  testing::MemoryDatabase database_;
  testing::MemoryAccountStore accounts_;
  testing::MemoryRunStore runs_{database_};
  testing::MemoryOwnershipStore ownership_{database_, clock_};
  testing::FakeHttpClient http_{TagsAndCalls};
  CommitWriter commits_{{runs_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  int intents_ = 0;
  std::vector<std::string> answers_;
  std::string message_;
  ActionRunner runner_{{.accounts = accounts_,
                        .runs = runs_,
                        .vault = vault_,
                        .http = http_,
                        .connectors = *connectors_,
                        .expressions = expressions_,
                        .clock = clock_,
                        .home = executor_,
                        .pool = executor_,
                        .commits = commits_,
                        .metrics = metrics_,
                        .may_act = {},
                        .credential_refused = {}}};
};

TEST_F(NamesOfTags, BecomeIdsBeforeTheRequest) {
  Tag({"vip", 44});
  EXPECT_THAT(answers_, ElementsAre("ok"));
  EXPECT_THAT(Asked(),
              ElementsAre("GET /v1/tags?page=1&per_page=50", "GET /v1/tags?page=2&per_page=50",
                          R"(POST /v1/calls/17/tags{"tags":[31,44]})"));
  EXPECT_EQ(intents_, 1) << "reading needs no intent";
}

TEST_F(NamesOfTags, CostNothingWhereThereAreIdsOnly) {
  Tag({30, 31});
  EXPECT_THAT(answers_, ElementsAre("ok"));
  EXPECT_THAT(Asked(), ElementsAre(EndsWith(R"({"tags":[30,31]})")));
}

TEST_F(NamesOfTags, ThatNoTagHasEndTheCallBeforeItsIntent) {
  Tag({"Hot", "Cold"});
  EXPECT_THAT(answers_, ElementsAre("ACTION_INPUT_INVALID"));
  EXPECT_THAT(message_, HasSubstr("there is no tag \"Cold\""));
  EXPECT_EQ(intents_, 0);
}

TEST_F(NamesOfTags, WhoseListIsLostLeaveNoDoubt) {
  http_.SetWorld([](const ports::HttpRequest&) -> Result<ports::HttpResponse> {
    return InDoubt("HTTP_NO_ANSWER", "no answer came");
  });
  Tag(Json::array({"Hot"}));
  EXPECT_THAT(answers_, ElementsAre("ACTION_NOT_STARTED")) << "nothing was written";
  EXPECT_EQ(intents_, 0);
}

TEST_F(NamesOfTags, WaitForNobodyOnceTheEngineStops) {
  runner_.Stop();
  Tag(Json::array({"Hot"}));
  EXPECT_THAT(answers_, ElementsAre("ENGINE_STOPPING"));
  EXPECT_THAT(Asked(), IsEmpty());
}

}  // namespace
}  // namespace sb::runtime
