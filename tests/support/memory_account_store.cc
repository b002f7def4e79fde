#include "tests/support/memory_account_store.h"

#include <set>

#include "tests/support/memory_pages.h"

namespace sb::testing {
namespace {

Error AccountNotFound() {
  return NotFound("ACCOUNT_NOT_FOUND", "there is no such account");
}

Error AccountExists() {
  return Conflict("ACCOUNT_EXISTS", "this company is connected already");
}

}  // namespace

const ports::Account* MemoryAccountStore::LiveCompany(const std::string& tenant,
                                                      const std::string& connector,
                                                      const std::string& external_id) const {
  if (external_id.empty()) return nullptr;
  for (const auto& [id, account] : accounts_) {
    const bool same = account.tenant == tenant && account.connector == connector &&
                      account.external_id == external_id;
    if (same && account.state != ports::AccountState::kDisconnected) return &account;
  }
  return nullptr;
}

bool MemoryAccountStore::IsTaken(const ports::Account& account) const {
  if (account.state == ports::AccountState::kDisconnected) return false;
  const ports::Account* other = LiveCompany(account.tenant, account.connector, account.external_id);
  return other != nullptr && other->id != account.id;
}

void MemoryAccountStore::Remember(const ports::Account& account,
                                  std::optional<ports::AccountState> before) {
  if (before == account.state) return;
  history_.push_back({{account.id, account.slot, account.revision, account.updated_at, before,
                       account.state, account.state_code, account.state_reason, account.state_by},
                      false});
}

Status MemoryAccountStore::Insert(const ports::Account& account) {
  const std::lock_guard lock(mutex_);
  if (IsTaken(account)) return AccountExists();
  if (!accounts_.emplace(account.id, account).second) {
    return Internal("DATABASE_REFUSED", "an account id is used twice");
  }
  changed_in_[account.id] = ++changes_;
  Remember(account, {});
  history_.back().change.at = account.created_at;
  return {};
}

Result<ports::Account> MemoryAccountStore::Get(AccountId id) {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(id);
  if (found == accounts_.end()) return AccountNotFound();
  return found->second;
}

Result<ports::Page<ports::Account>> MemoryAccountStore::List(const ports::AccountFilter& filter,
                                                             const ports::PageRequest& page) {
  const std::lock_guard lock(mutex_);
  const auto matches = [&](const ports::Account& account) {
    return (filter.tenant.empty() || account.tenant == filter.tenant) &&
           (filter.connector.empty() || account.connector == filter.connector) &&
           (filter.with_disconnected || account.state != ports::AccountState::kDisconnected);
  };
  return PageOf<ports::Account>(accounts_, page, matches,
                                [](const auto& account) { return account; });
}

Result<int> MemoryAccountStore::Update(const ports::Account& account) {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(account.id);
  if (found == accounts_.end()) return AccountNotFound();
  ports::Account& stored = found->second;
  if (stored.revision != account.revision) {
    return Conflict("ACCOUNT_CHANGED", "the account was changed meanwhile");
  }
  if (IsTaken(account)) return AccountExists();
  const ports::AccountState before = stored.state;
  const Slot slot = stored.slot;
  const WallTime created_at = stored.created_at;
  stored = account;
  stored.slot = slot;
  stored.created_at = created_at;
  ++stored.revision;
  changed_in_[account.id] = ++changes_;
  Remember(stored, before);
  return stored.revision;
}

Result<ports::Account> MemoryAccountStore::FindByHook(const std::string& hook_id) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, account] : accounts_) {
    if (!hook_id.empty() && account.webhook.hook_id == hook_id) return account;
  }
  return AccountNotFound();
}

Result<ports::Account> MemoryAccountStore::FindByExternal(const std::string& tenant,
                                                          const std::string& connector,
                                                          const std::string& external_id) {
  const std::lock_guard lock(mutex_);
  const ports::Account* account = LiveCompany(tenant, connector, external_id);
  if (account == nullptr) return AccountNotFound();
  return *account;
}

Result<std::vector<Slot>> MemoryAccountStore::SlotsOfCompany(const std::string& connector,
                                                             const std::string& external_id) {
  const std::lock_guard lock(mutex_);
  std::set<Slot> slots;
  for (const auto& [id, account] : accounts_) {
    const bool same = account.connector == connector && account.external_id == external_id;
    if (same && !external_id.empty() && account.state != ports::AccountState::kDisconnected)
      slots.insert(account.slot);
  }
  return std::vector<Slot>(slots.begin(), slots.end());
}

Result<ports::AccountChanges> MemoryAccountStore::ChangedAfter(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  ports::AccountChanges changes{changes_, {}};
  for (const auto& [id, changed_in] : changed_in_) {
    if (changed_in > number) changes.accounts.push_back(id);
  }
  return changes;
}

Result<ports::StoredCredential> MemoryAccountStore::GetCredential(AccountId id) {
  const std::lock_guard lock(mutex_);
  const auto found = credentials_.find(id);
  return found == credentials_.end() ? ports::StoredCredential() : found->second.current;
}

Status MemoryAccountStore::PutCredential(AccountId id, const ports::StoredCredential& next) {
  const std::lock_guard lock(mutex_);
  CredentialRow& row = credentials_[id];
  if (row.current.generation != next.generation - 1) {
    return Conflict("CREDENTIAL_CHANGED", "the credential was replaced meanwhile");
  }
  row = {next, {}, {}, {}, {}};
  changed_in_[id] = ++changes_;
  return {};
}

std::vector<ports::Account> MemoryAccountStore::All() {
  const std::lock_guard lock(mutex_);
  std::vector<ports::Account> all;
  for (const auto& [id, account] : accounts_) all.push_back(account);
  return all;
}

bool MemoryAccountStore::SealAnew(AccountId id, const ports::StoredCredential& before,
                                  const std::string& sealed) {
  const std::lock_guard lock(mutex_);
  ports::StoredCredential& stored = credentials_[id].current;
  if (stored.generation != before.generation || stored.sealed != before.sealed) return false;
  stored.sealed = sealed;
  return true;
}

}  // namespace sb::testing
