// The same histories with links in a real PostgreSQL. TWO_WAY_HISTORIES=500 tells that many,
// TWO_WAY_HISTORIES=17..17 one again.
#include <iostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/postgres_link_store.h"
#include "tests/sim/twoway/history.h"
#include "tests/sim/twoway/telling.h"
#include "tests/support/postgres_cluster.h"

namespace sb::sim::twoway {
namespace {

class TwoWayOnPostgres : public ::testing::Test {
 protected:
  History::Account TellHere(History::Options options) {
    options.store = &links_;
    return History(options).Tell();
  }

  testing::TestDatabase database_;
  adapters::postgres::Database connections_{database_.settings()};
  adapters::postgres::PostgresLinkStore links_{connections_};
};

// Everything that the seeds of the simulation do: people on both sides, hints that are lost, late
// or told twice, answers that are lost, a process that dies at any call. What both sides are in the
// end must be what it is with links in memory, or the fake is not what it stands for.
TEST_F(TwoWayOnPostgres, HoldsEveryInvariantAndEndsAsInMemory) {
  constexpr int kMostBroken = 5;
  const Seeds seeds = SeedsOf("TWO_WAY_HISTORIES", {1, 5});
  int broken = 0;
  std::int64_t deaths = 0;
  std::int64_t writes = 0;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last && broken < kMostBroken; ++seed) {
    History::Options options;
    options.seed = seed;
    const History::Account account = TellHere(options);
    bool holds = Holds(options, account);
    const std::string in_memory = History(options).Tell().fingerprint;
    EXPECT_EQ(account.fingerprint, in_memory) << "seed " << seed;
    holds = holds && account.fingerprint == in_memory;
    broken += holds ? 0 : 1;
    deaths += account.deaths;
    writes += account.writes;
  }
  std::cout << "seeds " << seeds.first << ".." << seeds.last << " on PostgreSQL: " << writes
            << " writes, " << deaths << " deaths\n";
}

}  // namespace
}  // namespace sb::sim::twoway
