// Receipts of comparisons: kept as they were written, the newest of each sync, for its account.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using core::sync::StreamProof;
using core::sync::VerifyReceipt;
using core::sync::Window;
using core::sync::WindowFindings;
using ports::SyncProof;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kProofSlot = 17;

/// One with something of everything.
VerifyReceipt RichReceipt() {
  StreamProof calls;
  calls.stream = "calls";
  WindowFindings findings;
  findings.counts.window = {kStoryTime, kStoryTime + hours(1)};
  findings.counts.counted = 3;
  findings.counts.shown = 3;
  findings.counts.rows = 2;
  findings.Missing("4190000017");
  findings.Differs("4190000018", {"duration", "call_tags"});
  core::sync::AddWindow(calls, std::move(findings), true);
  calls.unreachable = Window{WallTime(), kStoryTime};
  calls.miscounted = {Window{kStoryTime, kStoryTime}};
  calls.miscounts = 1;
  calls.requests = 12;
  StreamProof users;
  users.stream = "users";
  users.error = "DATABASE_UNAVAILABLE";
  VerifyReceipt receipt;
  receipt.sync = "warehouse";
  receipt.version = "1.0.0";
  receipt.schema = "Olá \"acme\"";
  receipt.until = kStoryTime + hours(2);
  receipt.begun_at = kStoryTime;
  receipt.ended_at = kStoryTime + hours(1);
  receipt.streams = {calls, users};
  core::sync::Conclude(receipt);
  return receipt;
}

template <typename World>
class SyncProofStoreContract : public ::testing::Test {
 protected:
  SyncProof Proof(std::int64_t id, std::int64_t sync = 1, std::int64_t account = 1001) {
    SyncProof proof;
    proof.id = ports::SyncProofId(id);
    proof.slot = kProofSlot;
    proof.account = AccountId(account);
    proof.sync = ports::SyncId(sync);
    proof.receipt = RichReceipt();
    return proof;
  }

  std::vector<std::int64_t> Listed(std::int64_t sync, std::int64_t account = 1001) {
    const auto proofs = proofs_.List(kProofSlot, AccountId(account), ports::SyncId(sync), 10);
    std::vector<std::int64_t> ids;
    for (const SyncProof& each : proofs.value()) ids.push_back(each.id.number());
    return ids;
  }

  World world_;
  ports::SyncProofStore& proofs_ = world_.sync_proofs;
};

TYPED_TEST_SUITE(SyncProofStoreContract, Worlds, WorldNames);

TYPED_TEST(SyncProofStoreContract, GivesBackAReceiptAsItWasWritten) {
  const SyncProof proof = this->Proof(7);
  ASSERT_THAT(this->proofs_.Keep(proof, 100), IsOk());
  ASSERT_THAT(this->proofs_.Keep(proof, 100), IsOk()) << "once more changes nothing";
  const auto kept = this->proofs_.Get(proof.account, proof.id);
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(*kept, proof);
  EXPECT_EQ(core::sync::DigestOf(kept->receipt), proof.receipt.digest);
  EXPECT_THAT(this->Listed(1), ElementsAre(7));
}

TYPED_TEST(SyncProofStoreContract, KeepsTheNewestOfEachSync) {
  for (const std::int64_t id : {1, 2, 3, 4})
    ASSERT_THAT(this->proofs_.Keep(this->Proof(id), 3), IsOk());
  ASSERT_THAT(this->proofs_.Keep(this->Proof(5, 2), 3), IsOk());
  EXPECT_THAT(this->Listed(1), ElementsAre(4, 3, 2));
  EXPECT_THAT(this->Listed(2), ElementsAre(5));
  EXPECT_THAT(this->proofs_.Get(AccountId(1001), ports::SyncProofId(1)),
              FailsWith(ErrorKind::kNotFound, "SYNC_PROOF_NOT_FOUND"));
  EXPECT_THAT(this->proofs_.List(kProofSlot, AccountId(1001), ports::SyncId(1), 2).value(),
              SizeIs(2));
}

TYPED_TEST(SyncProofStoreContract, ShowsAReceiptToItsAccountOnly) {
  ASSERT_THAT(this->proofs_.Keep(this->Proof(7), 100), IsOk());
  EXPECT_THAT(this->proofs_.Get(AccountId(1002), ports::SyncProofId(7)),
              FailsWith(ErrorKind::kNotFound, "SYNC_PROOF_NOT_FOUND"));
  EXPECT_THAT(this->Listed(1, 1002), IsEmpty());
}

}  // namespace
}  // namespace sb::testing
