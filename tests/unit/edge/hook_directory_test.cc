#include "engine/edge/hook_directory.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/support/memory_account_store.h"

namespace sb {
namespace {

using edge::Hook;
using edge::HookDirectory;

/// Counts the queries.
class CountingStore : public testing::MemoryAccountStore {
 public:
  Result<ports::Account> FindByHook(const std::string& hook_id) override {
    ++queries;
    if (down) return Unavailable("DATABASE_UNAVAILABLE", "down");
    return MemoryAccountStore::FindByHook(hook_id);
  }

  int queries = 0;
  bool down = false;
};

class Hooks : public ::testing::Test {
 protected:
  Hooks() {
    account_.id = AccountId(5);
    account_.slot = 17;
    account_.connector = "aircall";
    account_.state = ports::AccountState::kActive;
    account_.webhook = {"h1", "remote", "hash", {}};
    EXPECT_TRUE(store_.Insert(account_).ok());
  }

  void Ask(const std::string& hook_id) {
    directory_.Find(hook_id, [this](Result<Hook> hook) { answers_.push_back(std::move(hook)); });
  }

  Result<Hook> Find(const std::string& hook_id) {
    answers_.clear();
    Ask(hook_id);
    workers_.RunReady();
    return answers_.empty() ? Result<Hook>(Internal("TEST_NO_ANSWER", "")) : answers_.back();
  }

  void Change() { ASSERT_TRUE(store_.Update(account_).ok()); }

  testing::FakeClock clock_;
  testing::ManualExecutor workers_{clock_};
  CountingStore store_;
  HookDirectory directory_{store_, workers_, clock_};
  ports::Account account_;
  std::vector<Result<Hook>> answers_;
};

TEST_F(Hooks, AreFoundWithWhatTheDoorNeeds) {
  const auto hook = Find("h1");
  ASSERT_TRUE(hook.ok());
  EXPECT_EQ(hook->account, account_.id);
  EXPECT_EQ(hook->slot, 17);
  EXPECT_EQ(hook->connector, "aircall");
  EXPECT_EQ(hook->token_hash, "hash");
  EXPECT_EQ(hook->state, ports::AccountState::kActive);
}

TEST_F(Hooks, AreRememberedForAFewSeconds) {
  ASSERT_TRUE(Find("h1").ok());
  clock_.Advance(HookDirectory::kTimeToLive - Millis(1));
  ASSERT_TRUE(Find("h1").ok());
  EXPECT_EQ(store_.queries, 1);
  clock_.Advance(Millis(1));
  ASSERT_TRUE(Find("h1").ok());
  EXPECT_EQ(store_.queries, 2);
}

TEST_F(Hooks, AskedForAtOnceShareOneQuery) {
  for (int i = 0; i < 100; ++i) Ask("h1");
  workers_.RunReady();
  EXPECT_EQ(answers_.size(), 100U);
  EXPECT_EQ(store_.queries, 1);
}

TEST_F(Hooks, AreForgottenWhenTheirAccountChanges) {
  ASSERT_TRUE(Find("h1").ok());
  account_.state = ports::AccountState::kDisconnected;
  Change();
  directory_.Forget(account_.id);
  EXPECT_EQ(Find("h1")->state, ports::AccountState::kDisconnected);
}

TEST_F(Hooks, OfAnotherAccountStayRememberedThen) {
  ASSERT_TRUE(Find("h1").ok());
  directory_.Forget(AccountId(6));
  ASSERT_TRUE(Find("h1").ok());
  EXPECT_EQ(store_.queries, 1);
}

TEST_F(Hooks, ReadBeforeAChangeAreNotRememberedAfterIt) {
  // The account changes while the look-up is on its way back: remembering its answer would undo
  // Forget.
  class SlowStore : public testing::MemoryAccountStore {
   public:
    Result<ports::Account> FindByHook(const std::string& hook_id) override {
      ++queries;
      auto found = MemoryAccountStore::FindByHook(hook_id);
      if (directory != nullptr) directory->Forget(AccountId(5));
      return found;
    }

    HookDirectory* directory = nullptr;
    int queries = 0;
  };

  SlowStore store;
  ASSERT_TRUE(store.Insert(account_).ok());
  HookDirectory directory(store, workers_, clock_);
  store.directory = &directory;
  int answers = 0;
  for (int i = 0; i < 2; ++i) {
    directory.Find("h1", [&answers](const Result<Hook>& hook) { answers += hook.ok() ? 1 : 0; });
    workers_.RunReady();
  }
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(store.queries, 2);
}

TEST_F(Hooks, CanBeAskedForAfreshPastWhatIsRemembered) {
  ASSERT_TRUE(Find("h1").ok());
  directory_.FindAfresh("h1", [](const Result<Hook>&) {});
  workers_.RunReady();
  EXPECT_EQ(store_.queries, 2);
}

TEST_F(Hooks, ThatDoNotExistAreNotFoundAndNotRemembered) {
  EXPECT_EQ(Find("guess").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(Find("guess").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store_.queries, 2);
}

TEST_F(Hooks, AreUnavailableWhileTheDatabaseIs) {
  store_.down = true;
  EXPECT_EQ(Find("h1").error().kind, ErrorKind::kUnavailable);
  store_.down = false;
  EXPECT_TRUE(Find("h1").ok());
}

TEST_F(Hooks, KnownFromBeforeStayKnownWhileTheDatabaseIsAway) {
  ASSERT_TRUE(Find("h1").ok());
  clock_.Advance(HookDirectory::kTimeToLive * 100);
  store_.down = true;
  const auto hook = Find("h1");
  ASSERT_TRUE(hook.ok());
  EXPECT_EQ(hook->account, account_.id);
}

TEST_F(Hooks, OfAnAccountThatChangedAMomentAgoStayKnownWhileTheDatabaseIsAway) {
  ASSERT_TRUE(Find("h1").ok());
  directory_.Forget(account_.id);
  store_.down = true;
  EXPECT_TRUE(Find("h1").ok()) << "a delivery would be refused that could be spooled";
  store_.down = false;
  account_.webhook.token_hash = "newer";
  Change();
  EXPECT_EQ(Find("h1")->token_hash, "newer");
}

TEST_F(Hooks, ThatAreGoneAreNotKnownFromBefore) {
  ASSERT_TRUE(Find("h1").ok());
  directory_.Forget(account_.id);
  account_.webhook.hook_id = "h2";
  Change();
  EXPECT_EQ(Find("h1").error().kind, ErrorKind::kNotFound);
  store_.down = true;
  EXPECT_EQ(Find("h1").error().kind, ErrorKind::kUnavailable);
}

TEST_F(Hooks, AreTurnedAwayWhenTooManyDifferentOnesAreLookedUp) {
  for (std::size_t i = 0; i < HookDirectory::kMaxLookUps; ++i) Ask("guess" + std::to_string(i));
  EXPECT_TRUE(answers_.empty());
  Ask("h1");
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().kind, ErrorKind::kUnavailable);
  workers_.RunReady();
  EXPECT_TRUE(Find("h1").ok());
}

}  // namespace
}  // namespace sb
