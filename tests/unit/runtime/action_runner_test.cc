// A credential that a provider refuses while work waits for it.

#include "engine/runtime/action_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/glass_vault.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using core::quota::Lane;
using ports::CredentialVerdict;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RefusedCredential : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};

  RefusedCredential()
      : connectors_(*connector::Library::Load(embedded::ConnectorFiles(), {}, expressions_)) {
    account_.id = AccountId(1001);
    account_.slot = 17;
    account_.connector = "aircall";
    account_.state = ports::AccountState::kActive;
    EXPECT_TRUE(accounts_.Insert(account_).ok());
    PutToken(1, "old");
    commits_.SetFence({kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation});
  }

  void PutToken(std::int64_t generation, const std::string& token) {
    const connector::Credential credential{"oauth", {{"access_token", Secret(token)}}};
    const auto sealed =
        vault_.Seal(credential.ToSecret(),
                    connector::CredentialContext(account_.id, account_.connector, generation));
    EXPECT_TRUE(accounts_.PutCredential(account_.id, {generation, *sealed}).ok());
  }

  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
      if (name != "Authorization") continue;
      sent_with_.push_back(value.substr(std::string("Bearer ").size()));
      const bool good = accepted_ == sent_with_.back();
      return ports::HttpResponse{good ? 200 : 403, {}, good ? R"({"ping":"pong"})" : "{}"};
    }
    return Unavailable("HTTP_UNREACHABLE", "no credential");
  }

  void Ping(Lane lane = Lane::kLive) {
    ports::ActionCall call;
    call.account = account_.id;
    call.action = "aircall.ping";
    call.lane = lane;
    runner_.Perform(std::move(call), [this](const Result<Json>& result) {
      answers_.push_back(result.ok() ? "ok" : result.error().code);
      if (!result.ok()) last_message_ = result.error().message;
    });
    executor_.RunReady();
  }

  void Say(CredentialVerdict verdict) {
    auto answer = std::move(questions_.front());
    questions_.pop_front();
    answer(verdict);
    executor_.RunReady();
  }

  void ShutOut() {
    account_ = *accounts_.Get(account_.id);
    account_.state = ports::AccountState::kNeedsReauth;
    ASSERT_TRUE(accounts_.Update(account_).ok());
    runner_.Forget(account_.id);
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
  testing::FakeHttpClient http_{
      [this](const ports::HttpRequest& request) { return Answer(request); }};
  CommitWriter commits_{{runs_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  ports::Account account_;
  std::string accepted_ = "new";
  std::vector<std::string> sent_with_;  ///< The tokens of the requests that were sent.
  std::vector<std::string> answers_;
  std::string last_message_;
  std::deque<std::function<void(CredentialVerdict)>> questions_;
  std::vector<std::int64_t> asked_about_;
  ActionRunner runner_{
      {.accounts = accounts_,
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
       .credential_refused = [this](AccountId, std::int64_t generation,
                                    std::function<void(CredentialVerdict)> answer) {
         asked_about_.push_back(generation);
         questions_.push_back(std::move(answer));
       }}};
};

TEST_F(RefusedCredential, TheLanesHoldUntilItIsKnownWhy) {
  Ping();
  Ping();
  EXPECT_THAT(sent_with_, ElementsAre("old")) << "the second one waits";
  EXPECT_THAT(asked_about_, ElementsAre(1));
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(RefusedCredential, WhatWasRefusedIsTriedAgainWithANewerOne) {
  Ping();
  Ping();
  PutToken(2, "new");
  Say(CredentialVerdict::kReplaced);
  EXPECT_THAT(sent_with_, ElementsAre("old", "new", "new"));
  EXPECT_THAT(answers_, ElementsAre("ok", "ok"));
}

TEST_F(RefusedCredential, ButOnlyOnce) {
  accepted_ = "neither";
  Ping();
  PutToken(2, "new");
  Say(CredentialVerdict::kReplaced);
  EXPECT_THAT(asked_about_, ElementsAre(1, 2));
  PutToken(3, "newer");
  Say(CredentialVerdict::kReplaced);
  EXPECT_THAT(sent_with_, ElementsAre("old", "new"));
  EXPECT_THAT(answers_, ElementsAre("CREDENTIAL_UNCERTAIN"));
}

TEST_F(RefusedCredential, WithAGoodOneItIsThisRequestThatIsNotPermitted) {
  Ping();
  Say(CredentialVerdict::kGood);
  EXPECT_THAT(answers_, ElementsAre("AIRCALL_FORBIDDEN"));
  EXPECT_THAT(last_message_, HasSubstr("not permitted"));
  EXPECT_THAT(sent_with_, SizeIs(1));
}

TEST_F(RefusedCredential, ADeadOneEndsWhatWaits) {
  Ping();
  Ping();
  ShutOut();
  Say(CredentialVerdict::kDead);
  EXPECT_THAT(answers_,
              ::testing::UnorderedElementsAre("ACCOUNT_NEEDS_REAUTH", "AIRCALL_UNAUTHORIZED"));
  EXPECT_THAT(sent_with_, SizeIs(1));
}

TEST_F(RefusedCredential, WorkWaitsWhileNobodyKnows) {
  Ping(Lane::kLive);
  Say(CredentialVerdict::kUnknown);
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_THAT(asked_about_, SizeIs(1));
  executor_.AdvanceBy(seconds(2));
  EXPECT_THAT(asked_about_, SizeIs(2)) << "it is asked again";
  PutToken(2, "new");
  Say(CredentialVerdict::kReplaced);
  EXPECT_THAT(answers_, ElementsAre("ok"));
}

TEST_F(RefusedCredential, WhoeverAskedInPersonIsToldWhileNobodyKnows) {
  Ping(Lane::kInteractive);
  Say(CredentialVerdict::kUnknown);
  EXPECT_THAT(answers_, ElementsAre("CREDENTIAL_UNCERTAIN"));
}

TEST_F(RefusedCredential, WhatWaitsForAVerdictIsHandedOnWithItsSlot) {
  Ping();
  Ping();
  runner_.Close({17});
  EXPECT_THAT(answers_, ElementsAre("SLOT_MOVED", "SLOT_MOVED"));
  Say(CredentialVerdict::kReplaced);
  EXPECT_THAT(sent_with_, SizeIs(1));
}

TEST_F(RefusedCredential, AnIntentHasItsEndWhenItsSlotGoes) {
  ports::ActionCall call;
  call.account = account_.id;
  call.action = "aircall.ping";
  call.on_admitted = [](const std::function<void(bool)>& go) { go(true); };
  runner_.Perform(std::move(call), [this](const Result<Json>& result) {
    answers_.push_back(result.ok() ? "ok" : result.error().code);
  });
  executor_.RunReady();
  runner_.Close({17});
  EXPECT_THAT(answers_, ElementsAre("ACTION_NOT_STARTED"));
}

TEST_F(RefusedCredential, StoppingAnswersWhatWaitsForAVerdict) {
  Ping();
  runner_.Stop();
  EXPECT_THAT(answers_, ElementsAre("ENGINE_STOPPING"));
}

}  // namespace
}  // namespace sb::runtime
