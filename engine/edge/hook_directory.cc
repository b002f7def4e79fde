#include "engine/edge/hook_directory.h"

#include <utility>

namespace sb::edge {

void HookDirectory::Find(const std::string& hook_id, Found found) {
  std::optional<Hook> hook;
  {
    const std::lock_guard lock(mutex_);
    const auto known = remembered_.find(hook_id);
    if (known != remembered_.end() && known->second.until > clock_.Now()) hook = known->second.hook;
  }
  if (hook) return found(std::move(*hook));
  FindAfresh(hook_id, std::move(found));
}

void HookDirectory::FindAfresh(const std::string& hook_id, Found found) {
  if (Joins(hook_id, found)) return workers_.Post([this, hook_id] { LookUp(hook_id); });
  if (found)
    found(Unavailable("DATABASE_UNAVAILABLE",
                      "too many webhooks are being looked up at once; try again"));
}

/// True: it is the first to ask and the look-up is to be made. False: somebody is asking already
/// and `found` was taken, or there is no room and it was not.
bool HookDirectory::Joins(const std::string& hook_id, Found& found) {
  const std::lock_guard lock(mutex_);
  const bool first = !waiting_.contains(hook_id);
  if (first && waiting_.size() >= kMaxLookUps) return false;
  waiting_[hook_id].push_back(std::exchange(found, nullptr));
  return first;
}

void HookDirectory::LookUp(const std::string& hook_id) {
  std::uint64_t asked_in = 0;
  {
    const std::lock_guard lock(mutex_);
    asked_in = changes_;
  }
  const auto account = accounts_.FindByHook(hook_id);
  Result<Hook> hook = account.ok()
                          ? Result<Hook>(Hook{account->id, account->slot, account->connector,
                                              account->webhook.token_hash, account->state})
                          : Result<Hook>(account.error());
  std::vector<Found> waiting;
  {
    const std::lock_guard lock(mutex_);
    Remember(hook_id, hook, asked_in);
    const bool away = !hook.ok() && hook.error().kind != ErrorKind::kNotFound;
    const auto known = remembered_.find(hook_id);
    if (away && known != remembered_.end()) hook = known->second.hook;
    auto node = waiting_.extract(hook_id);
    if (!node.empty()) waiting = std::move(node.mapped());
  }
  for (const Found& found : waiting) found(hook);
}

void HookDirectory::Remember(const std::string& hook_id, const Result<Hook>& hook,
                             std::uint64_t asked_in) {
  // Unknown hooks are not remembered: guessing them must not fill the memory.
  if (!hook.ok() && hook.error().kind == ErrorKind::kNotFound) remembered_.erase(hook_id);
  if (!hook.ok() || asked_in != changes_) return;
  const WallTime now = clock_.Now();
  if (remembered_.size() >= kMaxRemembered) {
    std::erase_if(remembered_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  if (remembered_.size() < kMaxRemembered)
    remembered_.insert_or_assign(hook_id, Remembered{*hook, now + kTimeToLive});
}

void HookDirectory::Forget(AccountId account) {
  const std::lock_guard lock(mutex_);
  ++changes_;
  for (auto& [hook_id, known] : remembered_) {
    if (known.hook.account == account) known.until = {};
  }
}

}  // namespace sb::edge
