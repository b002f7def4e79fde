// One company's quota: shared by its accounts, kept across a crash, and refusals that nobody
// notices.

#include <deque>

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

using core::quota::Lane;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Each;

class SharedQuota : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};
  static constexpr AccountId kAcme{1001};
  static constexpr AccountId kGlobex{1002};

  SharedQuota()
      : connectors_(*connector::Library::Load(embedded::ConnectorFiles(), {}, expressions_)) {
    commits_.SetFence({kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation});
    Restart();
  }

  /// The process dies at once, and another one begins where it was.
  void Restart() {
    if (runner_) {
      runner_->Stop();
      dead_.push_back(std::move(runner_));
    }
    runner_ = std::make_unique<ActionRunner>(
        ActionRunner::Dependencies{.accounts = accounts_,
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
                                   .credential_refused = {},
                                   .most_in_flight = most_in_flight_});
  }

  void Connect(AccountId id, Slot slot = 17, const std::string& company = "61001") {
    ports::Account account;
    account.id = id;
    account.slot = slot;
    account.tenant = ToText(id);
    account.connector = "aircall";
    account.external_id = company;
    account.state = ports::AccountState::kActive;
    account.webhook.hook_id = ToText(id);
    ASSERT_TRUE(accounts_.Insert(account).ok());
    const connector::Credential credential{"oauth", {{"access_token", Secret("token")}}};
    const auto sealed =
        vault_.Seal(credential.ToSecret(), connector::CredentialContext(id, account.connector, 1));
    ASSERT_TRUE(accounts_.PutCredential(id, {1, *sealed}).ok());
  }

  Result<ports::HttpResponse> Answer() {
    const bool refuses = refusals_ > 0;
    if (refuses) --refusals_;
    (refuses ? refused_at_ : served_at_).push_back(clock_.Now());
    if (refuses) return ports::HttpResponse{429, {{"retry-after", "60"}}, "{}"};
    return ports::HttpResponse{200, {}, R"({"ping":"pong"})"};
  }

  void Ping(AccountId account, Lane lane = Lane::kInteractive, int times = 1) {
    for (int i = 0; i < times; ++i) {
      ports::ActionCall call;
      call.account = account;
      call.action = "aircall.ping";
      call.lane = lane;
      call.run = RunId(account.number());
      call.task = "/do/0/ping";
      runner_->Perform(std::move(call), [this](const Result<Json>& result) {
        answers_.push_back(result.ok() ? "ok" : result.error().code);
      });
    }
    executor_.RunReady();
  }

  QuotaReport Report(AccountId account, RunId run = {}) {
    QuotaReport told;
    runner_->Report(*accounts_.Get(account), run,
                    [&](const Result<QuotaReport>& report) { told = *report; });
    executor_.RunReady();
    return told;
  }

  int MostServedInAMinute() const {
    std::size_t most = 0;
    for (std::size_t from = 0, to = 0; to < served_at_.size(); ++to) {
      while (served_at_[to] - served_at_[from] >= minutes(1)) ++from;
      most = std::max(most, to - from + 1);
    }
    return static_cast<int>(most);
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
  testing::FakeHttpClient http_{[this](const ports::HttpRequest&) { return Answer(); }};
  CommitWriter commits_{{runs_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  int most_in_flight_ = 512;
  int refusals_ = 0;  ///< So many of the next requests are refused.
  std::vector<WallTime> served_at_;
  std::vector<WallTime> refused_at_;
  std::vector<std::string> answers_;
  std::vector<std::unique_ptr<ActionRunner>> dead_;
  std::unique_ptr<ActionRunner> runner_;
};

TEST_F(SharedQuota, IsOneForTwoTenantsAccountsOfACompany) {
  Connect(kAcme);
  Connect(kGlobex);
  Ping(kAcme, Lane::kInteractive, 80);
  Ping(kGlobex, Lane::kInteractive, 80);
  executor_.AdvanceBy(seconds(50));
  EXPECT_EQ(MostServedInAMinute(), 100);
  EXPECT_EQ(Report(kAcme).used, 100);
  EXPECT_EQ(Report(kGlobex).used, 100);
  executor_.AdvanceBy(seconds(60));
  EXPECT_EQ(answers_.size(), 160U);
  EXPECT_LE(MostServedInAMinute(), 100);
}

TEST_F(SharedQuota, IsAnotherForAnotherCompany) {
  Connect(kAcme);
  Connect(kGlobex, 17, "61002");
  Ping(kAcme, Lane::kInteractive, 100);
  Ping(kGlobex, Lane::kInteractive, 100);
  executor_.AdvanceBy(seconds(5));
  EXPECT_EQ(answers_.size(), 200U);
}

TEST_F(SharedQuota, ServesAnAccountBesideAnothersLongImport) {
  Connect(kAcme);
  Connect(kGlobex);
  Ping(kAcme, Lane::kBackfill, 2000);
  executor_.AdvanceBy(minutes(2));
  answers_.clear();
  const std::size_t before = served_at_.size();
  Ping(kGlobex, Lane::kBackfill, 20);
  executor_.AdvanceBy(minutes(1));
  EXPECT_EQ(Report(kGlobex).lanes[3].waiting, 0) << "of 60 in a minute every second one was its";
  EXPECT_GT(served_at_.size() - before, 40U);
  EXPECT_GT(Report(kAcme).lanes[3].waiting, 1700);
}

TEST_F(SharedQuota, SurvivesTheDeathOfItsProcess) {
  Connect(kAcme);
  for (int i = 0; i < 5; ++i) {
    Ping(kAcme, Lane::kInteractive, 60);
    executor_.AdvanceBy(seconds(7));
    Restart();
  }
  Ping(kAcme, Lane::kInteractive, 100);
  executor_.AdvanceBy(minutes(3));
  EXPECT_LE(MostServedInAMinute(), 100);
  EXPECT_GT(served_at_.size(), 150U);
}

TEST_F(SharedQuota, RefusalsAreNobodysFailure) {
  Connect(kAcme);
  refusals_ = 10;
  Ping(kAcme, Lane::kLive, 3);
  for (int minute = 0; minute < 15; ++minute) executor_.AdvanceBy(minutes(1));
  EXPECT_EQ(answers_.size(), 3U);
  EXPECT_THAT(answers_, Each("ok"));
  EXPECT_EQ(refused_at_.size(), 10U);
}

TEST_F(SharedQuota, ARefusalHoldsTheWholeCompanyBack) {
  Connect(kAcme);
  Connect(kGlobex);
  refusals_ = 1;
  Ping(kAcme);
  Ping(kGlobex);
  executor_.AdvanceBy(seconds(59));
  EXPECT_TRUE(served_at_.empty());
  EXPECT_TRUE(Report(kGlobex).cool_until);
  executor_.AdvanceBy(seconds(3));
  EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(SharedQuota, ACoolDownOutlivesTheProcess) {
  Connect(kAcme);
  refusals_ = 1;
  Ping(kAcme);
  executor_.AdvanceBy(seconds(1));
  Restart();
  Ping(kAcme);
  executor_.AdvanceBy(seconds(55));
  EXPECT_TRUE(served_at_.empty());
  executor_.AdvanceBy(seconds(8));
  EXPECT_EQ(served_at_.size(), 1U);
}

TEST_F(SharedQuota, IsSharedOutWhereAccountsOfACompanyLieInSeveralSlots) {
  Connect(kAcme, 17);
  Ping(kAcme, Lane::kInteractive, 100);
  executor_.AdvanceBy(seconds(5));
  EXPECT_EQ(served_at_.size(), 100U);
  Connect(kGlobex, 600);  // connected before anybody knew whose company it is
  runner_->ShareAnew(*accounts_.Get(kGlobex));
  Ping(kAcme, Lane::kInteractive, 100);
  Ping(kGlobex, Lane::kInteractive, 100);
  executor_.AdvanceBy(minutes(4));
  EXPECT_EQ(answers_.size(), 300U);
  EXPECT_EQ(Report(kAcme).limit, 50);
  EXPECT_EQ(Report(kGlobex).limit, 50);
  EXPECT_LE(MostServedInAMinute(), 100);
}

TEST_F(SharedQuota, GoesOnWhenTheCompanyOfAnAccountBecomesKnown) {
  Connect(kAcme, 17, "key:1234");
  Ping(kAcme, Lane::kInteractive, 70);
  executor_.AdvanceBy(seconds(5));
  ports::Account account = *accounts_.Get(kAcme);
  account.external_id = "61001";
  ASSERT_TRUE(accounts_.Update(account).ok());
  runner_->Forget(kAcme);
  Ping(kAcme, Lane::kInteractive, 70);
  executor_.AdvanceBy(seconds(30));
  EXPECT_EQ(MostServedInAMinute(), 100);
}

TEST_F(SharedQuota, TellsWhatOfARunWaits) {
  Connect(kAcme);
  Ping(kAcme, Lane::kInteractive, 100);
  executor_.AdvanceBy(seconds(1));
  Ping(kAcme, Lane::kLive, 2);
  const QuotaReport report = Report(kAcme, RunId(kAcme.number()));
  EXPECT_EQ(report.used, 100);
  EXPECT_EQ(report.lanes[1].waiting, 2);
  ASSERT_EQ(report.waits.size(), 2U);
  EXPECT_EQ(report.waits[0].task, "/do/0/ping");
  EXPECT_GE(report.waits[0].until, clock_.Now() + seconds(59));
  EXPECT_TRUE(Report(kAcme, RunId(4711)).waits.empty());
}

TEST_F(SharedQuota, OfAnAccountThatAskedForNothingIsReadFromWhatIsStored) {
  Connect(kAcme);
  EXPECT_EQ(Report(kAcme).limit, 100);
  EXPECT_EQ(Report(kAcme).used, 0);
  Ping(kAcme, Lane::kInteractive, 10);
  executor_.AdvanceBy(seconds(1));
  Restart();
  EXPECT_GE(Report(kAcme).used, 10);
  EXPECT_LE(Report(kAcme).used, 15) << "what was reserved ahead counts as spent";
}

TEST_F(SharedQuota, IsSpentByTheNextOwnerOfTheSlotFromWhatIsStored) {
  Connect(kAcme);
  Ping(kAcme, Lane::kInteractive, 60);
  executor_.AdvanceBy(seconds(1));
  runner_->Close({17});
  runner_->DropClosed();
  Ping(kAcme, Lane::kInteractive, 1);
  runner_->Open({17});
  Ping(kAcme, Lane::kInteractive, 60);
  executor_.AdvanceBy(seconds(30));
  EXPECT_LE(MostServedInAMinute(), 100);
  EXPECT_GE(MostServedInAMinute(), 90);
}

class CrowdedInstance : public SharedQuota {
 protected:
  CrowdedInstance() {
    most_in_flight_ = 1;
    Restart();
    http_.SetWorld([](const ports::HttpRequest&) {
      return Unavailable("HTTP_UNREACHABLE", "nobody is there");
    });
  }
};

TEST_F(CrowdedInstance, GivesEveryCompanyItsTurn) {
  Connect(kAcme);
  Connect(kGlobex, 600, "61002");
  Ping(kAcme, Lane::kInteractive, 20);
  Ping(kGlobex, Lane::kInteractive, 20);
  executor_.AdvanceBy(seconds(1));
  EXPECT_EQ(answers_.size(), 40U);
}

}  // namespace
}  // namespace sb::runtime
