#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::RefreshClaim;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const AccountId kAcme(1001);

RefreshClaim ClaimOf(std::int64_t instance, const std::string& nonce, std::int64_t generation = 1) {
  return {kAcme, generation, InstanceId(instance), nonce};
}

template <typename World>
class RefreshStoreContract : public ::testing::Test {
 protected:
  RefreshStoreContract() {
    EXPECT_THAT(accounts_.PutCredential(kAcme, {1, "first", kStoryTime + minutes(60), kStoryTime}),
                IsOk());
  }

  void Insert(std::int64_t number, Slot slot) {
    ports::Account account;
    account.id = AccountId(number);
    account.slot = slot;
    account.tenant = "acme";
    account.connector = "aircall";
    account.external_id = std::to_string(number);
    ASSERT_THAT(accounts_.Insert(account), IsOk());
  }

  World world_;
  ports::AccountStore& accounts_ = world_.accounts;
  ports::RefreshStore& refreshes_ = world_.refreshes;
};

TYPED_TEST_SUITE(RefreshStoreContract, Worlds, WorldNames);

TYPED_TEST(RefreshStoreContract, ReadsACredentialWithItsTerm) {
  const auto read = this->refreshes_.Read(kAcme);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->current.generation, 1);
  EXPECT_EQ(read->current.sealed, "first");
  EXPECT_EQ(read->current.expires_at, kStoryTime + minutes(60));
  EXPECT_EQ(read->current.due_at, kStoryTime);
  EXPECT_EQ(read->previous, "");
  EXPECT_EQ(this->refreshes_.Read(AccountId(7))->current.generation, 0);
}

TYPED_TEST(RefreshStoreContract, ARenewalNotesTheApplicationThatItWasMadeWith) {
  EXPECT_EQ(this->refreshes_.Read(kAcme)->current.application, ports::ApplicationKey());
  const ports::ApplicationKey ours{"", "client-1"};
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "a"), seconds(20)));
  ASSERT_THAT(this->refreshes_.Renew(ClaimOf(1, "a"), {2, "second", {}, {}, ours}, "", seconds(0)),
              IsOk());
  EXPECT_EQ(this->refreshes_.Read(kAcme)->current.application, ours);
}

TYPED_TEST(RefreshStoreContract, OneInstanceAtATimeHasTheClaim) {
  EXPECT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "a"), seconds(20)));
  EXPECT_FALSE(*this->refreshes_.Claim(ClaimOf(2, "b"), seconds(20)));
  this->world_.PassTime(seconds(21));
  EXPECT_TRUE(*this->refreshes_.Claim(ClaimOf(2, "b"), seconds(20))) << "its time has passed";
}

TYPED_TEST(RefreshStoreContract, AnInstanceIsNotHinderedByItsOwnFormerClaim) {
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "before it died"), seconds(20)));
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "afterwards"), seconds(20)));
  EXPECT_THAT(this->refreshes_.Renew(ClaimOf(1, "before it died"), {2, "late"}, "", seconds(1)),
              FailsWith(ErrorKind::kConflict, "CREDENTIAL_CHANGED"));
  EXPECT_THAT(this->refreshes_.Renew(ClaimOf(1, "afterwards"), {2, "second"}, "", seconds(1)),
              IsOk());
}

TYPED_TEST(RefreshStoreContract, OnlyTheStoredGenerationCanBeClaimed) {
  for (const std::int64_t generation : {0, 2})
    EXPECT_FALSE(*this->refreshes_.Claim(ClaimOf(1, "a", generation), seconds(20)));
  EXPECT_FALSE(*this->refreshes_.Claim({AccountId(7), 1, InstanceId(1), "a"}, seconds(20)));
}

TYPED_TEST(RefreshStoreContract, ARenewalReplacesTheGenerationOnceAndEndsTheClaim) {
  const RefreshClaim claim = ClaimOf(1, std::string("\0\xff", 2));
  ASSERT_TRUE(*this->refreshes_.Claim(claim, seconds(20)));
  ASSERT_THAT(this->refreshes_.Renew(
                  claim, {2, "second", kStoryTime + minutes(120), kStoryTime + minutes(100)},
                  "first refresh token", minutes(10)),
              IsOk());
  const auto read = this->refreshes_.Read(kAcme);
  EXPECT_EQ(read->current.generation, 2);
  EXPECT_EQ(read->current.sealed, "second");
  EXPECT_EQ(read->current.expires_at, kStoryTime + minutes(120));
  EXPECT_EQ(read->current.due_at, kStoryTime + minutes(100));
  EXPECT_EQ(read->previous, "first refresh token");
  EXPECT_THAT(this->refreshes_.Renew(claim, {2, "again"}, "", minutes(10)),
              FailsWith(ErrorKind::kConflict, "CREDENTIAL_CHANGED"));
  EXPECT_TRUE(*this->refreshes_.Claim(ClaimOf(2, "next", 2), seconds(20)));
}

TYPED_TEST(RefreshStoreContract, ARenewalMayComeLateButNotAfterAnotherClaim) {
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "late"), seconds(20)));
  this->world_.PassTime(seconds(60));
  ASSERT_THAT(this->refreshes_.Renew(ClaimOf(1, "late"), {2, "second"}, "", seconds(1)), IsOk());

  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "too late", 2), seconds(20)));
  this->world_.PassTime(seconds(60));
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(2, "other", 2), seconds(20)));
  EXPECT_THAT(this->refreshes_.Renew(ClaimOf(1, "too late", 2), {3, "third"}, "", seconds(1)),
              FailsWith(ErrorKind::kConflict, "CREDENTIAL_CHANGED"));
}

TYPED_TEST(RefreshStoreContract, ACredentialThatIsReplacedByAPersonEndsTheClaim) {
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "a"), seconds(20)));
  ASSERT_THAT(this->accounts_.PutCredential(kAcme, {2, "by a person"}), IsOk());
  EXPECT_THAT(this->refreshes_.Renew(ClaimOf(1, "a"), {2, "by refresh"}, "", seconds(1)),
              FailsWith(ErrorKind::kConflict, "CREDENTIAL_CHANGED"));
  EXPECT_EQ(this->accounts_.GetCredential(kAcme)->sealed, "by a person");
  EXPECT_TRUE(*this->refreshes_.Claim(ClaimOf(2, "b", 2), seconds(20)));
}

TYPED_TEST(RefreshStoreContract, ThePreviousRefreshTokenIsKeptForAWhileOnly) {
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "a"), seconds(20)));
  ASSERT_THAT(this->refreshes_.Renew(ClaimOf(1, "a"), {2, "second"}, "previous", minutes(10)),
              IsOk());
  ASSERT_THAT(this->refreshes_.ForgetPrevious(), IsOk());
  EXPECT_EQ(this->refreshes_.Read(kAcme)->previous, "previous");
  this->world_.PassTime(minutes(11));
  EXPECT_EQ(this->refreshes_.Read(kAcme)->previous, "");
  ASSERT_THAT(this->refreshes_.ForgetPrevious(), IsOk());
  this->world_.PassTime(-minutes(11));
  EXPECT_EQ(this->refreshes_.Read(kAcme)->previous, "") << "it is erased";
}

TYPED_TEST(RefreshStoreContract, AClaimCanBeGivenUp) {
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "a"), seconds(20)));
  ASSERT_THAT(this->refreshes_.GiveUp(ClaimOf(2, "another's"), {}), IsOk());
  EXPECT_FALSE(*this->refreshes_.Claim(ClaimOf(2, "b"), seconds(20))) << "that was not it";
  ASSERT_THAT(this->refreshes_.GiveUp(ClaimOf(1, "a"), kStoryTime + minutes(5)), IsOk());
  EXPECT_EQ(this->refreshes_.Read(kAcme)->current.due_at, kStoryTime + minutes(5));
  EXPECT_TRUE(*this->refreshes_.Claim(ClaimOf(2, "b"), seconds(20)));
}

TYPED_TEST(RefreshStoreContract, TellsWhatIsDueForSomeSlotsLongestFirst) {
  this->Insert(1001, 17);
  this->Insert(1002, 17);
  this->Insert(1003, 18);
  this->Insert(1004, 17);
  ASSERT_THAT(this->accounts_.PutCredential(AccountId(1002), {1, "x", {}, kStoryTime - minutes(5)}),
              IsOk());
  ASSERT_THAT(this->accounts_.PutCredential(AccountId(1003), {1, "x", {}, kStoryTime}), IsOk());
  ASSERT_THAT(this->accounts_.PutCredential(AccountId(1004), {1, "x"}), IsOk());
  EXPECT_THAT(*this->refreshes_.Due({17}, kStoryTime, 10), ElementsAre(AccountId(1002), kAcme));
  EXPECT_THAT(*this->refreshes_.Due({17}, kStoryTime, 1), ElementsAre(AccountId(1002)));
  EXPECT_THAT(*this->refreshes_.Due({18}, kStoryTime - seconds(1), 10), IsEmpty());
  EXPECT_THAT(*this->refreshes_.Due({}, kStoryTime, 10), IsEmpty());
}

TYPED_TEST(RefreshStoreContract, PostponesTheGenerationThatItMeans) {
  this->Insert(1001, 17);
  ASSERT_THAT(this->refreshes_.Postpone(kAcme, 2, {}), IsOk());
  EXPECT_THAT(*this->refreshes_.Due({17}, kStoryTime, 10), ElementsAre(kAcme));
  ASSERT_THAT(this->refreshes_.Postpone(kAcme, 1, {}), IsOk());
  EXPECT_THAT(*this->refreshes_.Due({17}, kStoryTime, 10), IsEmpty());
}

TYPED_TEST(RefreshStoreContract, OnlyARenewalIsAChangeOfTheAccount) {
  this->Insert(1001, 17);
  const auto start = this->accounts_.ChangedAfter(0)->number;
  ASSERT_TRUE(*this->refreshes_.Claim(ClaimOf(1, "a"), seconds(20)));
  ASSERT_THAT(this->refreshes_.Postpone(kAcme, 1, kStoryTime), IsOk());
  EXPECT_THAT(this->accounts_.ChangedAfter(start)->accounts, IsEmpty());
  ASSERT_THAT(this->refreshes_.Renew(ClaimOf(1, "a"), {2, "second"}, "", seconds(1)), IsOk());
  EXPECT_THAT(this->accounts_.ChangedAfter(start)->accounts, ElementsAre(kAcme));
}

}  // namespace
}  // namespace sb::testing
