// Forgetting a person, and an account: what goes, what stays, and what a crash in between does.

#include "engine/accounts/erasures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "tests/support/fake_clock.h"
#include "tests/support/glass_vault.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_dead_letter_store.h"
#include "tests/support/memory_erasure_store.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/seeded_random.h"

namespace sb {
namespace {

using accounts::Erasures;
using ports::Erasure;
using ports::ErasureState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr Slot kSlot = 17;
const core::personal::Person kJane{{{"33", "612345678"}}, {"jane@example.com"}};

/// The shipped connectors, read once for the whole program.
const connector::Library& ShippedConnectors() {
  static const adapters::jq::JqExpressions kJq;
  static const auto kLibrary =
      connector::Library::Load(embedded::ConnectorFiles(), {}, kJq).value();
  return *kLibrary;
}

class Erasing : public ::testing::Test {
 protected:
  AccountId Account(const std::string& tenant) {
    ports::Account account;
    account.id = ids_.Next<AccountTag>(clock_.Now());
    account.slot = kSlot;
    account.tenant = tenant;
    account.connector = "aircall";
    account.display_name = "Lumen Tools";
    account.external_id = ToText(account.id);
    account.profile = {{"users", {{{"name", "Jane Doe"}, {"email", "Jane@Example.com"}}}}};
    EXPECT_TRUE(accounts_.Insert(account).ok());
    return account.id;
  }

  EventId Event(AccountId account, const std::string& body) {
    ports::InboxItem item;
    item.slot = kSlot;
    item.account = account;
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = ToText(item.id);
    item.event = "io.aircall.call.ended";
    item.body = body;
    EXPECT_TRUE(inbox_.Append({item}).ok());
    return item.id;
  }

  RunId Run(AccountId account, const std::string& phone, bool finished) {
    const RunId id = ids_.Next<RunTag>(clock_.Now());
    MemoryDatabase::Run& run = database_.runs[id];
    run.stored.summary.key = {kSlot, account, id};
    run.stored.summary.status = finished ? "SUCCEEDED" : "RUNNING";
    run.stored.summary.note = "called " + phone;
    run.stored.journal.push_back(
        {{kSlot, account, id}, 1, {}, "", 0, "", Json::array({{{"input", phone}}}), clock_.Now()});
    run.finished = finished;
    return id;
  }

  void Finish(RunId id) {
    database_.runs[id].finished = true;
    database_.runs[id].stored.summary.status = "SUCCEEDED";
  }

  Erasures NewErasures() {
    return Erasures({.store = store_,
                     .accounts = accounts_,
                     .runs = runs_,
                     .vault = vault_,
                     .connectors = ShippedConnectors(),
                     .clock = clock_,
                     .random = random_,
                     .ids = ids_,
                     .metrics = metrics_,
                     .cancel_run = [this](RunId run) { Finish(run); },
                     .deliveries_wait = [this] { return deliveries_wait_; },
                     .begun = [] {},
                     .files_wait = [this](AccountId) { return Result<bool>(files_wait_); }});
  }

  Erasures::Pace WorkOff() {
    Erasures::Pace pace = Erasures::Pace::kMore;
    while (pace == Erasures::Pace::kMore) pace = erasures_.RunOnce();
    return pace;
  }

  Erasure Begin(bool count_only = false) {
    return erasures_.ErasePerson({"acme", AccountId(), kJane, count_only}).value();
  }

  std::string BodyOf(EventId id) { return inbox_.Get(id)->body; }

  using MemoryDatabase = testing::MemoryDatabase;
  testing::FakeClock clock_;
  testing::SeededRandom random_;
  IdGenerator ids_{1};
  Metrics metrics_;
  MemoryDatabase database_;
  testing::MemoryAccountStore accounts_;
  testing::MemoryInboxStore inbox_{database_};
  testing::MemoryRunStore runs_{database_};
  testing::MemoryErasureStore store_{database_, accounts_};
  testing::GlassVault vault_;
  bool deliveries_wait_ = false;
  bool files_wait_ = false;
  Erasures erasures_ = NewErasures();
  AccountId acme_ = Account("acme");
  AccountId globex_ = Account("globex");
};

TEST_F(Erasing, TakesThePersonOutOfEverythingOfTheTenant) {
  const EventId call = Event(acme_, R"({"raw_digits":"+33 6 12 34 56 78","id":7})");
  const RunId run = Run(acme_, "0612345678", true);
  const Erasure begun = Begin();
  EXPECT_EQ(WorkOff(), Erasures::Pace::kIdle);
  EXPECT_EQ(BodyOf(call), R"({"id":7,"raw_digits":"[erased]"})");
  EXPECT_EQ(runs_.Get(run)->summary.note, "called [erased]");
  EXPECT_EQ(runs_.Get(run)->journal[0].facts[0]["input"], "[erased]");
  EXPECT_EQ(accounts_.Get(acme_)->profile["users"][0],
            (Json{{"name", "[erased]"}, {"email", "[erased]"}}));
  const Erasure done = *store_.Get(begun.id);
  EXPECT_EQ(done.state, ErasureState::kDone);
  EXPECT_TRUE(done.finished_at);
  EXPECT_THAT(done.counts, ElementsAre(Pair("account", 1), Pair("inbox", 1), Pair("journal", 1),
                                       Pair("run_done", 1)));
}

TEST_F(Erasing, LeavesOtherPeopleAndOtherTenantsAlone) {
  const std::string mary = R"({"raw_digits": "+33612345679"})";
  const std::string jane = R"({"raw_digits": "+33612345678"})";
  const EventId of_mary = Event(acme_, mary);
  const EventId of_globex = Event(globex_, jane);
  Begin();
  WorkOff();
  EXPECT_EQ(BodyOf(of_mary), mary);
  EXPECT_EQ(BodyOf(of_globex), jane);
  EXPECT_EQ(accounts_.Get(globex_)->profile["users"][0]["name"], "Jane Doe");
}

TEST_F(Erasing, CanBeHeldToOneAccount) {
  const AccountId other = Account("acme");
  const EventId here = Event(acme_, "+33612345678");
  const EventId there = Event(other, "+33612345678");
  ASSERT_TRUE(erasures_.ErasePerson({"acme", acme_, kJane, false}).ok());
  WorkOff();
  EXPECT_EQ(BodyOf(here), "[erased]");
  EXPECT_EQ(BodyOf(there), "+33612345678");
}

TEST_F(Erasing, ATombstoneDoesNotTellWhoItWas) {
  const Erasure first = Begin();
  EXPECT_THAT(store_.Get(first.id)->sealed, Not(IsEmpty()));
  WorkOff();
  const Erasure done = *store_.Get(first.id);
  EXPECT_THAT(done.sealed, IsEmpty());
  EXPECT_THAT(done.fingerprint, ::testing::SizeIs(32));
  const Erasure again = Begin();
  EXPECT_NE(again.id, first.id);
  EXPECT_EQ(again.fingerprint, first.fingerprint);
  EXPECT_NE(erasures_.ErasePerson({"globex", {}, kJane, false})->fingerprint, first.fingerprint);
}

TEST_F(Erasing, AskingTwiceIsAskingOnce) {
  const Erasure first = Begin();
  EXPECT_EQ(Begin().id, first.id);
  EXPECT_NE(Begin(/*count_only=*/true).id, first.id);
}

TEST_F(Erasing, CountingChangesNothing) {
  const EventId call = Event(acme_, "+33612345678");
  const RunId live = Run(acme_, "+33612345678", false);
  const Erasure counted = Begin(/*count_only=*/true);
  EXPECT_EQ(WorkOff(), Erasures::Pace::kIdle);
  EXPECT_EQ(BodyOf(call), "+33612345678");
  const Erasure done = *store_.Get(counted.id);
  EXPECT_EQ(done.state, ErasureState::kDone);
  EXPECT_EQ(done.counts.at("inbox"), 1);
  EXPECT_EQ(done.counts.at("journal"), 1);
  EXPECT_THAT(done.live_runs, ElementsAre(live));
}

TEST_F(Erasing, WaitsForLiveRunsAndNamesThem) {
  const RunId live = Run(acme_, "+33612345678", false);
  const Erasure begun = Begin();
  EXPECT_EQ(WorkOff(), Erasures::Pace::kLater);
  EXPECT_EQ(store_.Get(begun.id)->state, ErasureState::kWaiting);
  EXPECT_THAT(store_.Get(begun.id)->live_runs, ElementsAre(live));
  EXPECT_EQ(runs_.Get(live)->journal[0].facts[0]["input"], "+33612345678");
  Finish(live);
  EXPECT_EQ(WorkOff(), Erasures::Pace::kIdle);
  EXPECT_EQ(store_.Get(begun.id)->state, ErasureState::kDone);
  EXPECT_EQ(runs_.Get(live)->journal[0].facts[0]["input"], "[erased]");
  EXPECT_EQ(runs_.Get(live)->summary.note, "called [erased]");
}

TEST_F(Erasing, GoesOnAfterACrashWhereItWas) {
  for (int i = 0; i < 1200; ++i) Event(acme_, "+33612345678");
  const Erasure begun = Begin();
  for (int i = 0; i < 4; ++i) erasures_.RunOnce();
  const auto before = store_.Get(begun.id)->counts.at("inbox");
  EXPECT_GT(before, 0);
  EXPECT_LT(before, 1200);
  Erasures restarted = NewErasures();
  while (restarted.RunOnce() == Erasures::Pace::kMore) {
  }
  EXPECT_EQ(store_.Get(begun.id)->counts.at("inbox"), 1200);
  for (const auto& [id, item] : database_.inbox) EXPECT_EQ(item.body, "[erased]");
}

TEST_F(Erasing, LetsDeliveriesThatWaitOnDiskComeInFirst) {
  deliveries_wait_ = true;
  const Erasure begun = Begin();
  EXPECT_EQ(WorkOff(), Erasures::Pace::kLater);
  const EventId late = Event(acme_, "+33612345678");
  deliveries_wait_ = false;
  WorkOff();
  EXPECT_EQ(BodyOf(late), "[erased]");
  EXPECT_EQ(store_.Get(begun.id)->state, ErasureState::kDone);
}

TEST_F(Erasing, IsNotDoneBeforeTheFilesAreGone) {
  files_wait_ = true;
  const Erasure person = Begin();
  const Erasure account = *erasures_.EraseAccount(*accounts_.Get(globex_));
  EXPECT_EQ(WorkOff(), Erasures::Pace::kLater);
  WorkOff();
  EXPECT_NE(store_.Get(person.id)->state, ErasureState::kDone);
  EXPECT_NE(store_.Get(account.id)->state, ErasureState::kDone);
  EXPECT_EQ(accounts_.Get(globex_)->display_name, "Lumen Tools");
  files_wait_ = false;
  WorkOff();
  EXPECT_EQ(store_.Get(person.id)->state, ErasureState::kDone);
  EXPECT_EQ(store_.Get(account.id)->state, ErasureState::kDone);
}

TEST_F(Erasing, AnAccountLosesAllItsDataAndItsLiveRunsAreCancelled) {
  const EventId event = Event(acme_, "{}");
  const EventId foreign = Event(globex_, "{}");
  const RunId live = Run(acme_, "+33612345678", false);
  const Erasure begun = *erasures_.EraseAccount(*accounts_.Get(acme_));
  WorkOff();
  WorkOff();
  EXPECT_EQ(store_.Get(begun.id)->state, ErasureState::kDone);
  EXPECT_FALSE(inbox_.Get(event).ok());
  EXPECT_FALSE(runs_.Get(live).ok());
  EXPECT_TRUE(inbox_.Get(foreign).ok());
  const ports::Account account = *accounts_.Get(acme_);
  EXPECT_EQ(account.profile, Json::object());
  EXPECT_EQ(account.display_name, "");
  EXPECT_EQ(account.external_id, "");
  EXPECT_THAT(account.state_reason, HasSubstr("erased"));
  EXPECT_THAT(store_.Get(begun.id)->counts,
              ElementsAre(Pair("account", 1), Pair("inbox", 1), Pair("run_done", 1)));
}

}  // namespace
}  // namespace sb
