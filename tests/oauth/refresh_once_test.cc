// One token, many users: whoever comes first renews it, the others wait for the outcome.
#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oauth/notebook_world.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr int kUsers = 50;

/// All users at once, spread over the instances; the complaints of those who got no answer.
std::vector<std::string> UseTogether(NotebookWorld& world, const std::string& account) {
  std::mutex mutex;
  std::vector<std::string> complaints;
  std::vector<std::thread> users;
  std::atomic<int> ready = 0;
  for (int i = 0; i < kUsers; ++i) {
    users.emplace_back([&, i] {
      ++ready;
      while (ready < kUsers) std::this_thread::yield();
      const auto complaint = world.Use(i % world.fleet.size(), account);
      const std::lock_guard lock(mutex);
      if (!complaint.empty()) complaints.push_back(complaint);
    });
  }
  for (std::thread& user : users) user.join();
  return complaints;
}

/// How often each refresh token was presented: once is right, with rotation.
void ExpectEachTokenWasPresentedOnce(StrictProvider& provider) {
  std::map<std::string, int> times;
  for (const auto& refresh : provider.Refreshes()) {
    EXPECT_EQ(refresh.status, 200) << refresh.token;
    EXPECT_EQ(++times[refresh.token], 1) << refresh.token;
  }
}

TEST(FiftyUsersOfOneToken, CauseOneRefreshPerGenerationAtThreeInstances) {
  constexpr int kRounds = 8;
  NotebookWorld world(3);
  const std::string account = world.Connect("ada");
  const auto before = world.GenerationOf("ada");
  for (int round = 1; round <= kRounds; ++round) {
    world.provider.ExpireAccessTokensOf("ada");
    EXPECT_THAT(UseTogether(world, account), ::testing::IsEmpty()) << "round " << round;
    EXPECT_EQ(world.provider.Refreshes().size(), static_cast<std::size_t>(round));
    EXPECT_EQ(world.GenerationOf("ada") - before, round);
  }
  ExpectEachTokenWasPresentedOnce(world.provider);
  std::cout << kUsers << " users at 3 instances, " << kRounds
            << " expired tokens: " << world.provider.Refreshes().size() << " refreshes"
            << std::endl;
}

TEST(FiftyUsersOfOneToken, OutliveTokensThatLastSeconds) {
  NotebookWorld world(2);
  world.provider.Set({{"access_token_seconds", 3}});
  const std::string account = world.Connect("ada");
  const auto before = world.GenerationOf("ada");
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < end)
    EXPECT_THAT(UseTogether(world, account), ::testing::IsEmpty());
  ExpectEachTokenWasPresentedOnce(world.provider);
  const auto refreshes = world.provider.Refreshes().size();
  EXPECT_GE(refreshes, 2U);
  EXPECT_EQ(world.GenerationOf("ada") - before, static_cast<std::int64_t>(refreshes));
}

}  // namespace
}  // namespace sb::live
