#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::Account;
using ports::AccountState;
using std::chrono::minutes;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <typename World>
class AccountHistoryContract : public ::testing::Test {
 protected:
  Account Inserted(std::int64_t number, Slot slot = 17) {
    Account account;
    account.id = AccountId(number);
    account.slot = slot;
    account.tenant = "acme";
    account.connector = "aircall";
    account.external_id = std::to_string(number);
    account.state_code = "CONNECT_BEGUN";
    account.state_by = "customer";
    account.created_at = account.updated_at = kStoryTime;
    EXPECT_THAT(accounts_.Insert(account), IsOk());
    return account;
  }

  void Update(Account& account, AccountState state, const std::string& code) {
    account.state = state;
    account.state_code = code;
    account.state_reason = "because";
    account.state_by = "provider";
    account.updated_at += minutes(1);
    account.revision = *accounts_.Update(account);
  }

  World world_;
  ports::AccountStore& accounts_ = world_.accounts;
  ports::AccountHistory& history_ = world_.history;
};

TYPED_TEST_SUITE(AccountHistoryContract, Worlds, WorldNames);

TYPED_TEST(AccountHistoryContract, BeginsWithTheAccount) {
  this->Inserted(1001);
  const auto changes = this->history_.List(AccountId(1001), {});
  ASSERT_THAT(changes, IsOk());
  ASSERT_THAT(changes->items, SizeIs(1));
  EXPECT_FALSE(changes->items[0].from);
  EXPECT_EQ(changes->items[0].to, AccountState::kConnecting);
  EXPECT_EQ(changes->items[0].code, "CONNECT_BEGUN");
  EXPECT_EQ(changes->items[0].by, "customer");
  EXPECT_EQ(changes->items[0].at, kStoryTime);
  EXPECT_EQ(changes->items[0].slot, 17);
  EXPECT_EQ(changes->next_before, 0);
}

TYPED_TEST(AccountHistoryContract, NotesEveryOtherStateNewestFirstAndNothingElse) {
  Account account = this->Inserted(1001);
  this->Update(account, AccountState::kActive, "CONNECTED");
  account.display_name = "Acme & Sons";
  account.revision = *this->accounts_.Update(account);
  this->Update(account, AccountState::kNeedsReauth, "CREDENTIAL_REFUSED");
  this->Inserted(1002);

  const auto changes = this->history_.List(account.id, {0, 2});
  ASSERT_THAT(changes->items, SizeIs(2));
  EXPECT_EQ(changes->items[0].from, AccountState::kActive);
  EXPECT_EQ(changes->items[0].to, AccountState::kNeedsReauth);
  EXPECT_EQ(changes->items[0].code, "CREDENTIAL_REFUSED");
  EXPECT_EQ(changes->items[0].reason, "because");
  EXPECT_EQ(changes->items[0].by, "provider");
  EXPECT_EQ(changes->items[0].at, kStoryTime + minutes(2));
  EXPECT_EQ(changes->items[0].revision, account.revision);
  EXPECT_EQ(changes->items[1].to, AccountState::kActive);
  const auto rest = this->history_.List(account.id, {changes->next_before, 2});
  ASSERT_THAT(rest->items, SizeIs(1));
  EXPECT_FALSE(rest->items[0].from);
}

TYPED_TEST(AccountHistoryContract, NotesNothingOfAnUpdateThatCameTooLate) {
  Account account = this->Inserted(1001);
  Account late = account;
  this->Update(account, AccountState::kActive, "CONNECTED");
  late.state = AccountState::kRevoked;
  EXPECT_THAT(this->accounts_.Update(late), FailsWith(ErrorKind::kConflict, "ACCOUNT_CHANGED"));
  EXPECT_THAT(this->history_.List(account.id, {})->items, SizeIs(2));
}

TYPED_TEST(AccountHistoryContract, KnowsWhatHasNotBecomeAnEventYet) {
  Account account = this->Inserted(1001);
  this->Update(account, AccountState::kActive, "CONNECTED");
  this->Inserted(1002, 18);
  const auto untold = this->history_.Untold({17}, 10);
  ASSERT_THAT(untold, IsOk());
  ASSERT_THAT(*untold, SizeIs(2));
  EXPECT_EQ((*untold)[0].code, "CONNECT_BEGUN") << "the oldest first";
  EXPECT_THAT(*this->history_.Untold({17}, 1), SizeIs(1));
  ASSERT_THAT(this->history_.MarkTold(account.id, (*untold)[0].revision), IsOk());
  ASSERT_THAT(this->history_.MarkTold(account.id, (*untold)[0].revision), IsOk());
  EXPECT_THAT(*this->history_.Untold({17}, 10), SizeIs(1));
  EXPECT_THAT(*this->history_.Untold({}, 10), IsEmpty());
}

}  // namespace
}  // namespace sb::testing
