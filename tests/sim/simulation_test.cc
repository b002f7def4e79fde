// Histories of three engines in virtual time, each decided by a seed: thousands of deaths, freezes
// and lost answers in seconds. SIM_SEED=n tells one again, SIM_HISTORIES=n tells that many.
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

std::uint64_t Variable(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

TEST(Simulation, HoldsEveryInvariantWhateverGoesWrong) {
  const std::uint64_t only = Variable("SIM_SEED", 0);
  const std::uint64_t first = only > 0 ? only : 1;
  const std::uint64_t last = only > 0 ? only : Variable("SIM_HISTORIES", 40);
  Account all;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const Account account = History(seed).Tell();
    EXPECT_THAT(account.violations, IsEmpty()) << "again with SIM_SEED=" << seed;
    all.runs += account.runs;
    all.requests += account.requests;
    all.deaths += account.deaths;
    all.freezes += account.freezes;
  }
  std::cout << last - first + 1 << " histories: " << all.runs << " runs, " << all.requests
            << " requests, " << all.deaths << " deaths, " << all.freezes << " freezes\n";
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
                      KnownFlaw{Flaw::kQuotaCountedPerProcess, "QuotaCountedPerProcess"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace sb::sim
