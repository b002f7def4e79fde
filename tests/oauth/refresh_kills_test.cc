// The engine is killed with SIGKILL at every point of a token's renewal, and started again.
//
// With a window of grace at the provider no account may be lost. Without one, exactly those are
// lost whose answer was lost: the provider has made the old refresh token worthless, and the new
// one died with the process.
//
// KILLS (default: 12) says how many, KILLS_SEED which.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/connection>
#include <pqxx/transaction>

#include "tests/oauth/notebook_world.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::StartsWith;

constexpr const char* kUser = "ada";

/// Where the process dies.
enum class Point {
  kWaitingToClaim,  ///< It wants to note that it renews: held up in the database. Nothing was sent.
  kSent,            ///< The provider has the request and does nothing with it.
  kProcessed,       ///< The provider has made new tokens; its answer never leaves.
  kAnswered,        ///< The answer has left; whether it was stored is a matter of milliseconds.
  kStored,
  kAnywhere,
};

constexpr std::pair<Point, const char*> kPoints[] = {
    {Point::kWaitingToClaim, "before it is sent"}, {Point::kSent, "when it is sent"},
    {Point::kProcessed, "when it was processed"},  {Point::kAnswered, "around the answer"},
    {Point::kStored, "once it is stored"},         {Point::kAnywhere, "anywhere"}};

unsigned Variable(const char* name, unsigned otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0'
             ? otherwise
             : static_cast<unsigned>(std::strtoul(value, nullptr, 10));
}

class RefreshKills {
 public:
  explicit RefreshKills(int grace_seconds)
      : seed_(Variable("KILLS_SEED", std::random_device{}() % 1'000'000 + 1)), random_(seed_) {
    std::cout << "KILLS_SEED=" << seed_ << std::endl;
    world_.provider.Set({{"grace_seconds", grace_seconds}});
    account_ = world_.Connect(kUser);
  }

  /// One kill and what came of it.
  void Round(Point point) {
    const auto generation = world_.GenerationOf(kUser);
    const auto issued = Issued();
    world_.provider.ExpireAccessTokensOf(kUser);
    Die(point);
    AwaitTheEndOfItsSessions();
    const bool lost = Issued() - issued > world_.GenerationOf(kUser) - generation;
    ++kills_[point];
    answers_lost_ += lost ? 1 : 0;
    world_.StartAll();
    const bool works =
        Eventually(60s, [&] { return world_.Use(0, account_).empty() || IsShutOut(); }) &&
        !IsShutOut();
    if (works) return;
    ++(lost ? shut_out_rightly_ : shut_out_wrongly_);
    reason_ = world_.StateOf(account_);
    world_.Connect(kUser);
  }

  std::string Figures() const {
    int kills = 0;
    std::string where;
    for (const auto& [point, name] : kPoints) {
      const auto known = kills_.find(point);
      const int number = known == kills_.end() ? 0 : known->second;
      kills += number;
      where += (where.empty() ? "" : ", ") + std::to_string(number) + " " + name;
    }
    return std::to_string(kills) + " kills (" + where + "): " + std::to_string(answers_lost_) +
           " answers lost, " + std::to_string(shut_out_rightly_) + " accounts shut out for it, " +
           std::to_string(shut_out_wrongly_) + " healthy accounts shut out";
  }

  int answers_lost() const { return answers_lost_; }

  int shut_out_rightly() const { return shut_out_rightly_; }

  int shut_out_wrongly() const { return shut_out_wrongly_; }

  /// Of the latest account that was shut out.
  const std::string& reason() const { return reason_; }

  NotebookWorld& world() { return world_; }

 private:
  /// How many new refresh tokens the provider has given.
  std::int64_t Issued() {
    const auto refreshes = world_.provider.Refreshes();
    return std::count_if(refreshes.begin(), refreshes.end(), [](const auto& refresh) {
      return refresh.status == 200 && !refresh.repeated;
    });
  }

  bool IsShutOut() { return world_.StateOf(account_).starts_with("STATE_NEEDS_REAUTH"); }

  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  void Die(Point point) {
    using Moment = StrictProvider::Moment;
    const pid_t process = world_.fleet.Pid(0);
    if (point == Point::kWaitingToClaim) return DieWaitingToClaim();
    if (point == Point::kSent) world_.provider.KillAt(Moment::kReceived, process);
    if (point == Point::kProcessed) world_.provider.KillAt(Moment::kProcessed, process);
    if (point == Point::kAnswered) world_.provider.KillAt(Moment::kAnswered, process, Below(12));
    const auto generation = world_.GenerationOf(kUser);
    auto use = UseInBackground();
    if (point == Point::kStored) {
      EXPECT_TRUE(Eventually(20s, [&] { return world_.GenerationOf(kUser) > generation; }));
    } else if (point == Point::kAnywhere) {
      Eventually(std::chrono::milliseconds(Below(60)), [] { return false; });
    } else {
      EXPECT_TRUE(Eventually(20s, [&] { return !world_.fleet.IsRunning(0); }))
          << "nobody refreshed; " << world_.fleet.LogOf(0);
    }
    world_.fleet.Kill(0);
    use.wait();
  }

  void DieWaitingToClaim() {
    pqxx::connection connection(world_.fleet.database_url());
    pqxx::work held(connection);
    held.exec("lock table eng.credential in share mode");
    auto use = UseInBackground();
    EXPECT_TRUE(Eventually(20s,
                           [&] {
                             return world_.fleet.Ask(
                                        "select 1 from pg_locks where not granted limit 1") == "1";
                           }))
        << "nobody claims anything; " << world_.fleet.LogOf(0);
    world_.fleet.Kill(0);
    use.wait();
    held.commit();
  }

  std::future<std::string> UseInBackground() {
    return std::async(std::launch::async, [this] { return world_.Use(0, account_); });
  }

  /// A statement that its process had sent is still carried out after its death.
  void AwaitTheEndOfItsSessions() {
    EXPECT_TRUE(Eventually(20s, [&] {
      return world_.fleet.Ask(
                 "select count(*) from pg_stat_activity where backend_type = 'client backend' and "
                 "pid <> pg_backend_pid()") == "0";
    }));
  }

  const unsigned seed_;
  std::mt19937 random_;
  NotebookWorld world_{1};
  std::string account_;
  std::map<Point, int> kills_;
  int answers_lost_ = 0;
  int shut_out_rightly_ = 0;
  int shut_out_wrongly_ = 0;
  std::string reason_;
};

void KillAllOver(RefreshKills& kills) {
  const unsigned number = Variable("KILLS", 12);
  for (unsigned i = 0; i < number && !::testing::Test::HasFailure(); ++i)
    kills.Round(kPoints[i % std::size(kPoints)].first);
}

TEST(KillsWhileATokenIsRenewed, LoseNoAccountWhereTheProviderAnswersARepeatedRefreshAgain) {
  RefreshKills kills(/*grace_seconds=*/120);
  KillAllOver(kills);
  EXPECT_GT(kills.answers_lost(), 0) << "no answer was lost: the test shows nothing";
  EXPECT_EQ(kills.shut_out_rightly() + kills.shut_out_wrongly(), 0) << kills.reason();
  std::cout << "with grace: " << kills.Figures() << std::endl;
}

TEST(KillsWhileATokenIsRenewed, LoseExactlyTheAccountsWhoseAnswerWasLostWhereItDoesNot) {
  RefreshKills kills(/*grace_seconds=*/0);
  KillAllOver(kills);
  EXPECT_GT(kills.answers_lost(), 0) << "no answer was lost: the test shows nothing";
  EXPECT_EQ(kills.shut_out_rightly(), kills.answers_lost());
  EXPECT_EQ(kills.shut_out_wrongly(), 0) << kills.reason();
  EXPECT_THAT(kills.reason(), StartsWith("STATE_NEEDS_REAUTH "));
  std::cout << "without grace: " << kills.Figures() << "; reason: " << kills.reason() << std::endl;
}

}  // namespace
}  // namespace sb::live
