// Histories of three engines in virtual time, each decided by a seed: thousands of deaths, freezes
// and lost answers in seconds. SIM_SEEDS=1000 tells that many, SIM_SEEDS=17..17 one again.
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/log.h"
#include "tests/sim/history.h"

namespace sb::sim {
namespace {

using ::testing::IsEmpty;

/// Which histories to tell, both ends included.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 40;
};

/// "1000" is how many, "17..40" which.
Seeds SeedsIn(const std::string& text) {
  Seeds seeds;
  if (text.empty()) return seeds;
  const std::size_t dots = text.find("..");
  if (dots != std::string::npos) seeds.first = std::stoull(text.substr(0, dots));
  seeds.last = std::stoull(dots == std::string::npos ? text : text.substr(dots + 2));
  return seeds;
}

TEST(Simulation, HoldsEveryInvariantWhateverGoesWrong) {
  const char* const wanted = std::getenv("SIM_SEEDS");
  const Seeds seeds = SeedsIn(wanted == nullptr ? "" : wanted);
  const auto began = std::chrono::steady_clock::now();
  Account all;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    const Account account = History(seed).Tell();
    EXPECT_THAT(account.violations, IsEmpty())
        << "again with make sim SEEDS=" << seed << ".." << seed;
    all.runs += account.runs;
    all.requests += account.requests;
    all.deaths += account.deaths;
    all.freezes += account.freezes;
  }
  const std::chrono::duration<double, std::ratio<60>> took =
      std::chrono::steady_clock::now() - began;
  const std::uint64_t told = seeds.last - seeds.first + 1;
  std::cout << "seeds " << seeds.first << ".." << seeds.last << ": " << told << " histories, "
            << std::llround(static_cast<double>(told) / took.count()) << " a minute; " << all.runs
            << " runs, " << all.requests << " requests, " << all.deaths << " deaths, "
            << all.freezes << " freezes\n";
}

TEST(Simulation, TellsTheSameHistoryForTheSameSeed) {
  const Account first = History(7).Tell();
  const Account again = History(7).Tell();
  EXPECT_EQ(first.fingerprint, again.fingerprint);
  EXPECT_GT(first.runs, 0);
  EXPECT_NE(first.fingerprint, History(8).Tell().fingerprint);
}

struct KnownFlaw {
  Flaw flaw;
  const char* name;
};

class Flaws : public ::testing::TestWithParam<KnownFlaw> {};

TEST_P(Flaws, AreNoticed) {
  constexpr std::uint64_t kMostHistories = 60;
  for (std::uint64_t seed = 1; seed <= kMostHistories; ++seed) {
    const Account account = History(seed, GetParam().flaw).Tell();
    if (account.violations.empty()) continue;
    std::cout << "after " << seed << " histories: " << account.violations.front() << "\n";
    return;
  }
  ADD_FAILURE() << kMostHistories << " histories with this flaw, and no invariant was broken";
}

INSTANTIATE_TEST_SUITE_P(
    OfEnginesLikeThis, Flaws,
    ::testing::Values(KnownFlaw{Flaw::kCommitsUnfenced, "CommitsUnfenced"},
                      KnownFlaw{Flaw::kFenceCheckedBeforehand, "FenceCheckedBeforehand"},
                      KnownFlaw{Flaw::kEventsByCursor, "EventsByCursor"},
                      KnownFlaw{Flaw::kAnswersBeforeStoring, "AnswersBeforeStoring"},
                      KnownFlaw{Flaw::kDuplicatesTaken, "DuplicatesTaken"},
                      KnownFlaw{Flaw::kRequestIdsIgnored, "RequestIdsIgnored"},
                      KnownFlaw{Flaw::kDoubtTakenForSuccess, "DoubtTakenForSuccess"},
                      KnownFlaw{Flaw::kWritesRepeatedBlindly, "WritesRepeatedBlindly"},
                      KnownFlaw{Flaw::kQuotaCountedPerProcess, "QuotaCountedPerProcess"},
                      KnownFlaw{Flaw::kSlotsGivenBackEarly, "SlotsGivenBackEarly"},
                      KnownFlaw{Flaw::kTurnsNotKept, "TurnsNotKept"},
                      KnownFlaw{Flaw::kQuotaCountedPerAccount, "QuotaCountedPerAccount"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace sb::sim
