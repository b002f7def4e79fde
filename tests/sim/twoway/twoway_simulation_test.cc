// Histories of a two-way sync in virtual time, each decided by a seed. SIM_SEEDS=100000 tells that
// many, SIM_SEEDS=17..17 one again.
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/log.h"
#include "tests/sim/twoway/history.h"
#include "tests/sim/twoway/telling.h"

namespace sb::sim::twoway {
namespace {

/// The engine's own log would drown the story.
class WithoutLog : public ::testing::Environment {
 public:
  void SetUp() override { Log::SetLevel(LogLevel::kOff); }
};

const auto* const kWithoutLog = ::testing::AddGlobalTestEnvironment(new WithoutLog);

TEST(TwoWaySimulation, HoldsEveryInvariantWhateverGoesWrong) {
  constexpr int kMostFailures = 10;
  const Seeds seeds = SeedsOf("SIM_SEEDS", {});
  const auto began = std::chrono::steady_clock::now();
  History::Account all;
  int failures = 0;
  std::uint64_t told = 0;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last && failures < kMostFailures; ++seed) {
    History::Options options;
    options.seed = seed;
    const History::Account account = History(options).Tell();
    failures += Holds(options, account) ? 0 : 1;
    ++told;
    all.people += account.people;
    all.writes += account.writes;
    all.deaths += account.deaths;
    all.links += account.links;
    all.parked += account.parked;
    all.conflicts += account.conflicts;
  }
  const std::chrono::duration<double, std::ratio<60>> took =
      std::chrono::steady_clock::now() - began;
  std::cout << "seeds " << seeds.first << ".." << seeds.last << ": " << told << " histories, "
            << std::llround(static_cast<double>(told) / took.count()) << " a minute; " << all.people
            << " deeds of people, " << all.writes << " writes, " << all.deaths << " deaths, "
            << all.links << " links, " << all.parked << " parked, " << all.conflicts
            << " conflicts\n";
}

// Histories that once broke an invariant, of the engine or of what the checks could see.
TEST(TwoWaySimulation, HoldsWhatOnceBroke) {
  constexpr std::array<std::uint64_t, 12> kSeeds = {5208,  5888,  11014, 11266, 23762, 24689,
                                                    25844, 29898, 38177, 44433, 75479, 82646};
  for (const std::uint64_t seed : kSeeds) {
    History::Options options;
    options.seed = seed;
    Holds(options, History(options).Tell());
  }
}

TEST(TwoWaySimulation, TellsTheSameHistoryForTheSameSeed) {
  History::Options options;
  options.seed = 7;
  const History::Account first = History(options).Tell();
  EXPECT_EQ(first.fingerprint, History(options).Tell().fingerprint);
  options.seed = 8;
  EXPECT_NE(first.fingerprint, History(options).Tell().fingerprint);
}

TEST(TwoWaySimulation, SurvivesDeathAtEveryCall) {
  constexpr std::uint64_t kSeed = 2;
  constexpr int kMostFailures = 3;
  int failures = 0;
  History::Options options;
  options.seed = kSeed;
  options.faultless = true;
  const std::int64_t calls = History(options).Tell().calls;
  for (std::int64_t call = 1; call <= calls && failures < kMostFailures; ++call) {
    for (const bool after : {false, true}) {
      options.death = Death{call, after};
      const History::Account account = History(options).Tell();
      if (!account.violations.empty()) std::cout << "death at call " << call << "\n";
      failures += Holds(options, account) ? 0 : 1;
    }
  }
  std::cout << "seed " << kSeed << ": death at each of " << calls << " calls\n";
}

struct KnownFlaw {
  Flaw flaw;
  const char* name;
};

class TwoWayFlaws : public ::testing::TestWithParam<KnownFlaw> {};

TEST_P(TwoWayFlaws, AreNoticed) {
  constexpr std::uint64_t kMostHistories = 1000;
  for (std::uint64_t seed = 1; seed <= kMostHistories; ++seed) {
    History::Options options;
    options.seed = seed;
    options.flaw = GetParam().flaw;
    const History::Account account = History(options).Tell();
    if (account.violations.empty()) continue;
    History::Options sound;
    sound.seed = seed;
    if (!History(sound).Tell().violations.empty()) continue;  // it says nothing of the flaw
    std::cout << "after " << seed << " histories: " << account.violations.front() << "\n";
    return;
  }
  ADD_FAILURE() << kMostHistories << " histories with this flaw, and no invariant was broken";
}

INSTANTIATE_TEST_SUITE_P(
    OfEnginesLikeThis, TwoWayFlaws,
    ::testing::Values(KnownFlaw{Flaw::kEchoByTime, "EchoByTime"},
                      KnownFlaw{Flaw::kNewestWithoutBase, "NewestWithoutBase"},
                      KnownFlaw{Flaw::kAbsenceIsDelete, "AbsenceIsDelete"},
                      KnownFlaw{Flaw::kCreatesRepeated, "CreatesRepeated"},
                      KnownFlaw{Flaw::kIntentNotStored, "IntentNotStored"},
                      KnownFlaw{Flaw::kHintsClearedBlindly, "HintsClearedBlindly"},
                      KnownFlaw{Flaw::kKeysNotTaken, "KeysNotTaken"},
                      KnownFlaw{Flaw::kTombstonesIgnored, "TombstonesIgnored"},
                      KnownFlaw{Flaw::kBrakeIgnored, "BrakeIgnored"},
                      KnownFlaw{Flaw::kStaleRecordWritten, "StaleRecordWritten"},
                      KnownFlaw{Flaw::kListGapIsDelete, "ListGapIsDelete"},
                      KnownFlaw{Flaw::kCursorBeforeHints, "CursorBeforeHints"},
                      KnownFlaw{Flaw::kBrakePerProcess, "BrakePerProcess"},
                      KnownFlaw{Flaw::kStepIgnored, "StepIgnored"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace sb::sim::twoway
