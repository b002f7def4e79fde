// Many that want the same token renewed, on a real database, before a provider that revokes
// everything when a refresh token is used twice.

#include <atomic>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "embedded/ConnectorFiles.h"
#include "engine/accounts/credential_shelf.h"
#include "engine/accounts/token_refresher.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/postgres/postgres_account_store.h"
#include "engine/adapters/postgres/postgres_refresh_store.h"
#include "engine/adapters/system/child_process.h"
#include "engine/adapters/system/system_clock.h"
#include "engine/adapters/system/system_random.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/glass_vault.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/sandbox_port.h"

namespace sb {
namespace {

using accounts::RefreshOutcome;
using accounts::TokenRefresher;
using std::chrono::seconds;

constexpr const char* kReturnAddress = "https://switchboard.example/oauth/callback";

/// A flaw put in on purpose: whoever wants to renew a token may, whatever generation is stored and
/// whoever else is at it.
class WithoutGenerations : public ports::RefreshStore {
 public:
  explicit WithoutGenerations(ports::RefreshStore& store) : store_(store) {}

  Result<ports::RefreshableCredential> Read(AccountId id) override { return store_.Read(id); }

  Result<bool> Claim(const ports::RefreshClaim& claim, Millis time) override {
    const auto claimed = store_.Claim(claim, time);
    return claimed.ok() ? Result(true) : claimed;
  }

  Status Renew(const ports::RefreshClaim& claim, const ports::StoredCredential& next,
               const std::string& previous, Millis keep_previous) override {
    return store_.Renew(claim, next, previous, keep_previous);
  }

  Status GiveUp(const ports::RefreshClaim& claim, std::optional<WallTime> due_at) override {
    return store_.GiveUp(claim, due_at);
  }

  Status Postpone(AccountId id, std::int64_t generation, std::optional<WallTime> due_at) override {
    return store_.Postpone(id, generation, due_at);
  }

  Result<std::vector<AccountId>> Due(const std::vector<Slot>& slots, WallTime now,
                                     int limit) override {
    return store_.Due(slots, now, limit);
  }

  Status ForgetPrevious() override { return store_.ForgetPrevious(); }

 private:
  ports::RefreshStore& store_;
};

/// The sandbox with tokens that end, and no patience with a refresh token that comes twice.
class StrictProvider {
 public:
  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request) {
    auto answer = testing::AskSandbox(emulator_, request);
    if (answer.ok() && answer->status == 200) ++granted;
    if (answer.ok() && answer->status != 200) ++refused;
    return answer;
  }

  accounts::OAuthClient client() {
    const auto client = emulator_.oauth_client();
    return {client.id, Secret(client.secret)};
  }

  /// What an administrator's consent gives.
  connector::TokenGrant Consent() {
    std::string code;
    emulator_.Look(
        [&](aircall::sandbox::World& world) { code = world.AllowApp(kReturnAddress, 1, {}); });
    const auto& oauth = *connectors_->FindConnector("aircall")->oauth;
    const auto answer = testing::AskSandbox(
        emulator_, connector::RenderTokenRequest(
                       oauth, {code, kReturnAddress, client().client_id, client().client_secret}));
    return connector::ReadTokenResponse(*answer).value();
  }

  const connector::Connector& aircall() { return *connectors_->FindConnector("aircall"); }

  std::atomic<int> granted = 0;
  std::atomic<int> refused = 0;

 private:
  static aircall::sandbox::WorldSettings Settings() {
    aircall::sandbox::WorldSettings settings;
    settings.redirect_uris = {kReturnAddress};
    EXPECT_TRUE(settings.switches.Set("oauth.tokens", "expiring").ok());
    EXPECT_TRUE(settings.switches.Set("oauth.grace_seconds", "0").ok());
    return settings;
  }

  class RealClock final : public aircall::sandbox::Clock {
   public:
    WallTime Now() const override { return clock_.Now(); }

   private:
    adapters::system::SystemClock clock_;
  };

  RealClock clock_;
  aircall::sandbox::Emulator emulator_{Settings(), clock_};
  adapters::jq::JqExpressions expressions_;
  std::unique_ptr<connector::Library> connectors_ =
      *connector::Library::Load(embedded::ConnectorFiles(), {}, expressions_);
};

class RefreshRace : public ::testing::Test {
 protected:
  static constexpr int kInstances = 5;
  static constexpr int kThreads = 10;

  RefreshRace() {
    account_.id = AccountId(1001);
    account_.connector = "aircall";
    EXPECT_TRUE(accounts_.Insert(account_).ok());
    const auto grant = provider_.Consent();
    EXPECT_TRUE(shelf_.Put(account_, grant.credential).ok());
    provider_.granted = 0;
    StartOver(refreshes_);
  }

  /// Instances that see this store.
  void StartOver(ports::RefreshStore& store) {
    refreshers_.clear();
    for (int i = 1; i <= kInstances; ++i) {
      refreshers_.push_back(std::make_unique<TokenRefresher>(TokenRefresher::Dependencies{
          .refreshes = store,
          .vault = vault_,
          .http = http_,
          .clock = clock_,
          .random = random_,
          .metrics = metrics_,
          .instance = InstanceId(i),
          .client_of = [this](const ports::Account&, const ports::ApplicationKey&) {
            return std::optional<accounts::OAuthClient>(provider_.client());
          }}));
    }
  }

  std::int64_t Generation() { return accounts_.GetCredential(account_.id)->generation; }

  /// Asks until the credential is newer than `generation`.
  void Renew(TokenRefresher& refresher, std::int64_t generation) {
    const bool renewed = adapters::system::PollUntil(seconds(20), [&] {
      const auto report = refresher.Refresh(account_, provider_.aircall(), generation);
      if (!report.ok() || report->outcome == RefreshOutcome::kGrantDead) ++failures_;
      return report.ok() && report->outcome == RefreshOutcome::kRenewed;
    });
    if (!renewed) ++failures_;
  }

  /// All at the same moment, `ask` once each.
  void All(const std::function<void(TokenRefresher&)>& ask) {
    std::vector<std::thread> threads;
    threads.reserve(kInstances * kThreads);
    for (int i = 0; i < kInstances * kThreads; ++i)
      threads.emplace_back([&, i] { ask(*refreshers_[static_cast<std::size_t>(i % kInstances)]); });
    for (std::thread& thread : threads) thread.join();
  }

  testing::TestDatabase database_;
  adapters::postgres::Database connections_{database_.settings()};
  adapters::postgres::PostgresAccountStore accounts_{connections_};
  adapters::postgres::PostgresRefreshStore refreshes_{connections_};
  testing::GlassVault vault_;
  adapters::system::SystemClock clock_;
  adapters::system::SystemRandom random_;
  Metrics metrics_;
  StrictProvider provider_;
  testing::FakeHttpClient http_{
      [this](const ports::HttpRequest& request) { return provider_.Answer(request); }};
  accounts::CredentialShelf shelf_{accounts_, vault_};
  ports::Account account_;
  std::vector<std::unique_ptr<TokenRefresher>> refreshers_;
  std::atomic<int> failures_ = 0;
};

TEST_F(RefreshRace, EachGenerationIsRenewedOnceHoweverManyAskForIt) {
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    const std::int64_t generation = Generation();
    All([&](TokenRefresher& refresher) { Renew(refresher, generation); });
    ASSERT_EQ(Generation(), generation + 1);
  }
  EXPECT_EQ(failures_, 0);
  EXPECT_EQ(provider_.granted, kRounds);
  EXPECT_EQ(provider_.refused, 0);
}

// What the test above would see of the flaw: the same token is used several times.
TEST_F(RefreshRace, WithoutGenerationsItWouldBeNoticed) {
  WithoutGenerations flawed(refreshes_);
  StartOver(flawed);
  // On a busy machine a round may happen to have no race in it.
  int rounds = 0;
  while (provider_.granted + provider_.refused <= rounds && rounds < 50) {
    ++rounds;
    const std::int64_t generation = Generation();
    All([&](TokenRefresher& refresher) {
      (void)refresher.Refresh(account_, provider_.aircall(), generation);
    });
  }
  EXPECT_GT(provider_.granted + provider_.refused, rounds);
}

}  // namespace
}  // namespace sb
