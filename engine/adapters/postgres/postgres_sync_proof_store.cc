#include "engine/adapters/postgres/postgres_sync_proof_store.h"

#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::SyncProof;

Result<SyncProof> ReadSyncProof(const pqxx::row& row) {
  SyncProof proof;
  proof.slot = static_cast<Slot>(NumberOf(row, "slot"));
  proof.account = AccountId(NumberOf(row, "account_id"));
  proof.sync = ports::SyncId(NumberOf(row, "sync_id"));
  proof.id = ports::SyncProofId(NumberOf(row, "proof_id"));
  const auto json = ParseJson(TextOf(row, "receipt"));
  auto receipt = json.ok() ? core::sync::VerifyReceiptFrom(*json) : std::nullopt;
  if (!receipt) {
    return Internal("DATABASE_REFUSED",
                    "a stored receipt cannot be read; it is of another version of the server");
  }
  proof.receipt = *std::move(receipt);
  return proof;
}

}  // namespace

Status PostgresSyncProofStore::Keep(const SyncProof& proof, int most) {
  const auto rows =
      database_.Write(kSyncProofKeep, Params()
                                          .Number(proof.slot)
                                          .Number(proof.account.number())
                                          .Number(proof.sync.number())
                                          .Number(proof.id.number())
                                          .Time(proof.receipt.begun_at)
                                          .Number(static_cast<int>(proof.receipt.verdict))
                                          .Text(DumpJson(core::sync::ToJson(proof.receipt)))
                                          .Number(most));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<SyncProof> PostgresSyncProofStore::Get(AccountId account, ports::SyncProofId id) {
  const auto rows =
      database_.Read(kSyncProofGet, Params().Number(account.number()).Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("SYNC_PROOF_NOT_FOUND", "there is no such receipt");
  return ReadSyncProof(rows->front());
}

Result<std::vector<SyncProof>> PostgresSyncProofStore::List(Slot slot, AccountId account,
                                                            ports::SyncId sync, int limit) {
  const auto rows = database_.Read(
      kSyncProofList,
      Params().Number(slot).Number(account.number()).Number(sync.number()).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<SyncProof> proofs;
  for (const pqxx::row& row : *rows) {
    auto proof = ReadSyncProof(row);
    if (!proof.ok()) return proof.error();
    proofs.push_back(*std::move(proof));
  }
  return proofs;
}

}  // namespace sb::adapters::postgres
