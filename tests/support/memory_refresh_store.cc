#include "tests/support/memory_refresh_store.h"

#include <algorithm>

namespace sb::testing {
namespace {

using Row = MemoryAccountStore::CredentialRow;

bool IsHeld(const Row& row, const ports::RefreshClaim& claim) {
  return row.current.generation == claim.generation && row.claim && row.claim->nonce == claim.nonce;
}

}  // namespace

Result<ports::RefreshableCredential> MemoryRefreshStore::Read(AccountId id) {
  const std::lock_guard lock(accounts_.mutex_);
  const Row row = accounts_.credentials_[id];
  const bool kept = row.previous_until && *row.previous_until > clock_.Now();
  return ports::RefreshableCredential{row.current, kept ? row.previous : std::string()};
}

Result<bool> MemoryRefreshStore::Claim(const ports::RefreshClaim& claim, Millis time) {
  const std::lock_guard lock(accounts_.mutex_);
  Row& row = accounts_.credentials_[claim.account];
  if (row.current.generation != claim.generation) return false;
  const bool taken = row.claim && row.claim->by != claim.by && row.claimed_until > clock_.Now();
  if (taken) return false;
  row.claim = claim;
  row.claimed_until = clock_.Now() + time;
  return true;
}

Status MemoryRefreshStore::Renew(const ports::RefreshClaim& claim,
                                 const ports::StoredCredential& next, const std::string& previous,
                                 Millis keep_previous) {
  const std::lock_guard lock(accounts_.mutex_);
  Row& row = accounts_.credentials_[claim.account];
  if (!IsHeld(row, claim)) {
    return Conflict("CREDENTIAL_CHANGED", "the credential was replaced meanwhile");
  }
  row = {next, previous, clock_.Now() + keep_previous, {}, {}};
  row.current.generation = claim.generation + 1;
  accounts_.changed_in_[claim.account] = ++accounts_.changes_;
  return {};
}

Status MemoryRefreshStore::GiveUp(const ports::RefreshClaim& claim,
                                  std::optional<WallTime> due_at) {
  const std::lock_guard lock(accounts_.mutex_);
  Row& row = accounts_.credentials_[claim.account];
  if (!IsHeld(row, claim)) return {};
  row.claim.reset();
  row.current.due_at = due_at;
  return {};
}

Status MemoryRefreshStore::Postpone(AccountId id, std::int64_t generation,
                                    std::optional<WallTime> due_at) {
  const std::lock_guard lock(accounts_.mutex_);
  Row& row = accounts_.credentials_[id];
  if (row.current.generation == generation) row.current.due_at = due_at;
  return {};
}

Result<std::vector<AccountId>> MemoryRefreshStore::Due(const std::vector<Slot>& slots, WallTime now,
                                                       int limit) {
  const std::lock_guard lock(accounts_.mutex_);
  std::vector<std::pair<WallTime, AccountId>> found;
  for (const auto& [id, row] : accounts_.credentials_) {
    const auto account = accounts_.accounts_.find(id);
    const bool ours =
        account != accounts_.accounts_.end() && std::ranges::count(slots, account->second.slot) > 0;
    if (ours && row.current.due_at && *row.current.due_at <= now)
      found.emplace_back(*row.current.due_at, id);
  }
  std::ranges::sort(found);
  std::vector<AccountId> due;
  for (const auto& [due_at, id] : found) {
    if (static_cast<int>(due.size()) < limit) due.push_back(id);
  }
  return due;
}

Status MemoryRefreshStore::ForgetPrevious() {
  const std::lock_guard lock(accounts_.mutex_);
  for (auto& [id, row] : accounts_.credentials_) {
    if (row.previous_until && *row.previous_until <= clock_.Now()) row.previous.clear();
  }
  return {};
}

}  // namespace sb::testing
