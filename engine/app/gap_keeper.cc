#include "engine/app/gap_keeper.h"

#include "engine/base/log.h"

namespace sb::app {
namespace {

/// Until gaps are looked for again that a process has left, or another instance has found.
constexpr Millis kBetweenSearches = std::chrono::seconds(2);
constexpr Millis kAfterHindrance = std::chrono::seconds(30);

}  // namespace

void GapKeeper::Start() {
  Ring();
  LookForGapsLater();
  BeginRound();
}

void GapKeeper::Ring() {
  if (!stopped_) deps_.pool.Post([this] { SeeToGaps(); });
}

Millis GapKeeper::SomeOf(Millis time) {
  const auto high = static_cast<unsigned char>(deps_.random.Bytes(1)[0]);
  const auto low = static_cast<unsigned char>(deps_.random.Bytes(1)[0]);
  return time * (high * 256 + low) / 65536;
}

// ---- Looking

void GapKeeper::BeginRound() {
  deps_.pool.PostAt(deps_.clock.Now() + deps_.interval, [this] {
    if (stopped_) return;
    SpreadLooks();
    BeginRound();
  });
}

void GapKeeper::SpreadLooks() {
  ports::PageRequest page;
  page.size = 200;
  while (!stopped_) {
    const auto accounts = deps_.accounts.List({}, page);
    if (!accounts.ok()) return Log::Warn("gap.accounts_unread", {{"code", accounts.error().code}});
    for (const ports::Account& account : accounts->items) {
      if (!ports::Works(account.state) || !deps_.is_ours(account)) continue;
      deps_.pool.PostAt(deps_.clock.Now() + SomeOf(deps_.interval),
                        [this, id = account.id] { Look(id); });
    }
    if (accounts->next_before == 0) return;
    page.before = accounts->next_before;
  }
}

void GapKeeper::Look(AccountId id) {
  if (stopped_) return;
  const Status looked = deps_.watch.Look(id);
  if (!looked.ok())
    Log::Info("webhook.unseen", {{"account", ToText(id)}, {"code", looked.error().code}});
}

// ---- Closing

void GapKeeper::LookForGapsLater() {
  deps_.pool.PostAt(deps_.clock.Now() + kBetweenSearches, [this] {
    if (stopped_) return;
    SeeToGaps();
    LookForGapsLater();
  });
}

void GapKeeper::SeeToGaps() {
  const auto due = deps_.repair.Due();
  if (!due.ok()) return Log::Warn("gap.unread", {{"code", due.error().code}});
  for (const ports::Gap& gap : *due) {
    const std::lock_guard lock(mutex_);
    const auto hindered = not_before_.find(gap.account);
    if (hindered != not_before_.end() && hindered->second > deps_.clock.Now()) continue;
    if (under_way_.insert(gap.account).second) deps_.pool.Post([this, gap] { Work(gap); });
  }
}

// One step, then the others have the thread.
void GapKeeper::Work(ports::Gap gap) {
  using Pace = accounts::GapRepair::Pace;
  const Pace pace = stopped_ ? Pace::kLater : deps_.repair.Step(gap);
  if (pace == Pace::kMore) return deps_.pool.Post([this, gap] { Work(gap); });
  const std::lock_guard lock(mutex_);
  under_way_.erase(gap.account);
  not_before_.erase(gap.account);
  if (pace == Pace::kLater) not_before_[gap.account] = deps_.clock.Now() + kAfterHindrance;
}

}  // namespace sb::app
