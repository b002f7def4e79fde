// Three engines on one database under load, while processes are killed and frozen and the database
// crashes, by a seed. Then the faults stop, everything drains, and nothing may be lost or doubled.
//
// FAULTS_MINUTES (default: three quarters of one) says for how long, FAULTS_SEED which.
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "tests/faults/fleet.h"
#include "tests/faults/invariants.h"
#include "tests/faults/load.h"
#include "tests/faults/relay.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kContact = R"(
document: { dsl: '1.0.3', namespace: fleet, name: contact, version: '1.0.0' }
do:
  - rest: { wait: { seconds: 2 } }
  - add:
      call: aircall.contacts.create
      with:
        first_name: Ada
        phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ]
)";

/// Waits so long that it is in the database only, and comes back at another instance as like as
/// not.
constexpr const char* kPatient = R"(
document: { dsl: '1.0.3', namespace: fleet, name: patient, version: '1.0.0' }
do:
  - rest: { wait: { seconds: 75 } }
  - add:
      call: aircall.contacts.create
      with:
        first_name: Grace
        phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ]
)";

double Variable(const char* name, double otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtod(value, nullptr);
}

unsigned ChooseSeed() {
  const double chosen = Variable("FAULTS_SEED", 0);
  return chosen > 0 ? static_cast<unsigned>(chosen) : std::random_device{}() % 1'000'000 + 1;
}

/// One fault at a time, each with its recovery.
class Faults {
 public:
  Faults(Fleet& fleet, unsigned seed, bool is_long)
      : fleet_(fleet), random_(seed), long_freeze_(is_long ? 30'000ms : 7'000ms) {}

  /// Until `end`; revives, as a supervisor would, what ended by itself.
  void Run(Clock::time_point end) {
    while (Clock::now() < end) {
      Wait(Between(1'500, 6'000));
      Strike();
    }
  }

 private:
  std::chrono::milliseconds Between(int least, int most) {
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(least, most)(random_));
  }

  void Wait(std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
      fleet_.Revive();
      Eventually(
          std::min(200ms,
                   std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()) + 1ms),
          [] { return false; });
    }
  }

  void Tell(const std::string& what) { std::cout << "fault: " << what << std::endl; }

  void Strike() {
    const int victim = static_cast<int>(random_() % static_cast<unsigned>(fleet_.size()));
    const std::string name = "instance " + std::to_string(victim + 1);
    switch (random_() % 6) {
      case 0:
      case 1:
        Tell("kill -9 of " + name);
        fleet_.Kill(victim);
        return;  // the supervisor starts it again
      case 2:
      case 3: {
        const auto time = random_() % 3 == 0 ? Between(500, 2'500) : long_freeze_;
        Tell(name + " is frozen for " + std::to_string(time.count()) + " ms");
        fleet_.Freeze(victim);
        Wait(time);
        return fleet_.Thaw(victim);
      }
      case 4:
        Tell("the database crashes");
        fleet_.CrashDatabase();
        Wait(Between(100, 3'000));
        return fleet_.StartDatabase();
      default:
        Tell(name + " is asked to stop");
        if (fleet_.IsRunning(victim)) fleet_.Stop(victim);
    }
  }

  Fleet& fleet_;
  std::mt19937 random_;
  const std::chrono::milliseconds long_freeze_;
};

TEST(ThreeInstances, LoseNothingAndDoubleNothingWhateverDies) {
  const double minutes = Variable("FAULTS_MINUTES", 0.75);
  const unsigned seed = ChooseSeed();
  std::cout << "SEED=" << seed << " MINUTES=" << minutes << std::endl;
  Fleet fleet({.instances = 3, .companies = 4, .time_to_live = 3});
  Relay relay(
      fleet.size(), [&fleet](int instance) { return fleet.HttpAddress(instance); }, seed);
  fleet.SetPublicUrl(relay.url());
  fleet.StartAll();
  const auto accounts = fleet.ConnectAll();
  ASSERT_EQ(accounts.size(), 4U);
  fleet.SwitchOn(*ReadFile("workflows/missed-call-follow-up.yaml"),
                 "switchboard/missed-call-follow-up");
  fleet.SwitchOn(kContact, "fleet/contact");
  fleet.SwitchOn(kPatient, "fleet/patient");
  ASSERT_TRUE(Eventually(20s, [&] {
    return fleet.Ask(
               "select count(*) from eng.account where 'call.ended' = "
               "any(hook_events)") == "4";
  }));
  BeginAudit(fleet);

  Load load(fleet, accounts, seed);
  load.Start();
  const auto span =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(minutes * 60));
  Faults(fleet, seed, minutes > 2).Run(Clock::now() + span);
  fleet.StartAll();
  load.Stop();

  std::cout << "faults have ended: " << WorkLeft(fleet) << std::endl;
  const bool drained = Eventually(120s + std::chrono::seconds(static_cast<int>(minutes * 45)),
                                  [&] { return WorkLeft(fleet).starts_with("0 runs, 0 events"); });
  EXPECT_TRUE(drained) << "I10: " << WorkLeft(fleet);
  std::cout << fleet.Ask(
                   "select count(*) || ' runs, ' || (select count(*) from eng.inbox) || ' "
                   "events, ' || (select sum(epoch) from eng.slot) || ' slot moves' from "
                   "eng.run_done")
            << std::endl;
  EXPECT_THAT(load.complaints(), ::testing::IsEmpty()) << "I2";
  ExpectNoDeliveryLostOrDoubled(fleet, relay);
  ExpectWholeJournals(fleet);
  ExpectOneOwnerAtATime(fleet);
  ExpectEveryRunSucceeded(fleet);
  ExpectEachEffectOnce(fleet, load);
  ExpectWithinTheQuota(fleet);
  if (::testing::Test::HasFailure())
    std::cout << "again with SEED=" << seed << "\nlogs in " << fleet.folder() << std::endl;
}

}  // namespace
}  // namespace sb::live
