#include "tests/sim/wire.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sb::sim {

Status Wire::Reach() {
  if (life_.dead) return Gone();
  if (timeline_.Chance(database_.slow_percent)) {
    const Millis longest(timeline_.Chance(25) ? 15'000 : 2'000);
    timeline_.Wait(timeline_.Between(Millis(1), longest));
  }
  if (timeline_.Now() < database_.away_until)
    return Unavailable("DATABASE_UNAVAILABLE", "the database is away");
  return {};
}

void Wire::MayFreeze() {
  if (!std::exchange(database_.catches_a_writer, false)) return;
  const Millis asleep = timeline_.Between(Millis(1'000), Millis(20'000));
  life_.frozen_until = std::max(life_.frozen_until, timeline_.Now() + asleep);
  timeline_.Wait(asleep);
}

// ---- Ownership
// -------------------------------------------------------------------------------------------------

Result<ports::Registration> WiredOwnership::Register(InstanceId instance, int writers,
                                                     WallTime now) {
  return wire_.Write([&] { return store_.Register(instance, writers, now); });
}

Result<bool> WiredOwnership::Heartbeat(InstanceId instance, std::int64_t incarnation) {
  if (wire_.life().dead) return false;
  return wire_.Write([&] { return store_.Heartbeat(instance, incarnation); });
}

Result<std::vector<Slot>> WiredOwnership::ClaimSlots(InstanceId instance,
                                                     std::int64_t incarnation) {
  auto claimed = wire_.Write([&] { return store_.ClaimSlots(instance, incarnation); });
  instance_ = instance;
  incarnation_ = incarnation;
  if (claimed.ok()) owned_ = *claimed;
  return claimed;
}

Result<int> WiredOwnership::FairShare() {
  auto share = wire_.Read([&] { return store_.FairShare(); });
  if (share.ok() && wire_.database().flaw == Flaw::kSlotsGivenBackEarly) GiveBackBeyond(*share);
  return share;
}

void WiredOwnership::GiveBackBeyond(int share) {
  const std::size_t kept = std::min(owned_.size(), static_cast<std::size_t>(share));
  std::sort(owned_.begin(), owned_.end());
  const std::vector<Slot> surplus(owned_.begin() + static_cast<std::ptrdiff_t>(kept), owned_.end());
  (void)store_.ReleaseSlots(instance_, incarnation_, surplus).ok();
}

Status WiredOwnership::ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                                    const std::vector<Slot>& slots) {
  return wire_.Write([&] { return store_.ReleaseSlots(instance, incarnation, slots); });
}

Result<int> WiredOwnership::FenceDead(InstanceId self, Millis time_to_live) {
  return wire_.Write([&] { return store_.FenceDead(self, time_to_live); });
}

Status WiredOwnership::Release(InstanceId instance, std::int64_t incarnation) {
  return wire_.Write([&] { return store_.Release(instance, incarnation); });
}

// ---- Inbox
// -----------------------------------------------------------------------------------------------------

Result<std::vector<bool>> WiredInbox::Append(const std::vector<ports::InboxItem>& items) {
  if (wire_.database().flaw == Flaw::kAnswersBeforeStoring && !wire_.life().dead) {
    const Life& life = wire_.life();
    wire_.timeline().After(Millis(500), [items, &life, &store = store_] {
      if (!life.dead) (void)store.Append(items).ok();
    });
    return std::vector<bool>(items.size(), true);
  }
  if (wire_.database().flaw == Flaw::kDuplicatesTaken) {
    std::vector<ports::InboxItem> unlike = items;
    for (ports::InboxItem& item : unlike)
      item.dedupe += std::to_string(item.id.number()) + std::to_string(unlike_++);
    return wire_.Write([&] { return store_.Append(unlike); });
  }
  return wire_.Write([&] { return store_.Append(items); });
}

Result<std::vector<ports::PendingItem>> WiredInbox::Pending(const std::vector<Slot>& slots,
                                                            WallTime now, int limit) {
  return wire_.Read([&]() -> Result<std::vector<ports::PendingItem>> {
    auto pending = store_.Pending(slots, now, limit);
    if (!pending.ok() || wire_.database().flaw != Flaw::kEventsByCursor) return pending;
    std::erase_if(*pending, [&](const auto& each) { return each.item.id <= newest_seen_; });
    for (const auto& each : *pending) newest_seen_ = std::max(newest_seen_, each.item.id);
    return pending;
  });
}

Status WiredInbox::Postpone(Slot slot, EventId id, int tries, WallTime not_before) {
  return wire_.Write([&] { return store_.Postpone(slot, id, tries, not_before); });
}

Status WiredInbox::CountCrash(Slot slot, EventId id, int tries) {
  return wire_.Write([&] { return store_.CountCrash(slot, id, tries); });
}

Status WiredInbox::Bury(Slot slot, EventId id, const std::string& reason) {
  return wire_.Write([&] { return store_.Bury(slot, id, reason); });
}

Result<ports::InboxItem> WiredInbox::Get(EventId id) {
  return wire_.Read([&] { return store_.Get(id); });
}

Result<EventId> WiredInbox::Find(Slot slot, AccountId account, const std::string& dedupe) {
  return wire_.Read([&] { return store_.Find(slot, account, dedupe); });
}

Result<ports::Page<ports::InboxItem>> WiredInbox::List(const ports::EventFilter& filter,
                                                       const ports::PageRequest& page) {
  return wire_.Read([&] { return store_.List(filter, page); });
}

// ---- Runs
// ------------------------------------------------------------------------------------------------------

Result<ports::CommitReceipt> WiredRuns::Commit(const ports::WriterFence& fence,
                                               const ports::CommitBatch& batch) {
  const bool looked = wire_.database().flaw == Flaw::kFenceCheckedBeforehand;
  const bool fenced_before = looked && IsFenced(fence);
  auto result = wire_.Write([&]() -> Result<ports::CommitReceipt> {
    wire_.MayFreeze();
    if (fenced_before) return Conflict("WRITER_FENCED", "another incarnation took over");
    return CommitNow(fence, batch);
  });
  const bool doubt = !result.ok() && result.error().kind == ErrorKind::kInDoubt;
  if (doubt && wire_.database().flaw == Flaw::kDoubtTakenForSuccess) return ports::CommitReceipt{};
  return result;
}

Result<ports::CommitReceipt> WiredRuns::CommitNow(ports::WriterFence fence,
                                                  ports::CommitBatch batch) {
  const Flaw flaw = wire_.database().flaw;
  if (flaw == Flaw::kCommitsUnfenced || flaw == Flaw::kFenceCheckedBeforehand)
    fence.incarnation = wire_.database().tables.writers[{fence.instance, fence.writer}].incarnation;
  if (flaw == Flaw::kRequestIdsIgnored) {
    for (ports::NewRun& run : batch.new_runs) run.trigger_key.clear();
  }
  if (flaw == Flaw::kQuotaCountedPerProcess) batch.budgets.clear();
  auto result = store_.Commit(fence, batch);
  if (result.ok()) Audit(batch);
  return result;
}

bool WiredRuns::IsFenced(const ports::WriterFence& fence) const {
  const auto& writers = wire_.database().tables.writers;
  const auto writer = writers.find({fence.instance, fence.writer});
  return writer == writers.end() || writer->second.incarnation != fence.incarnation;
}

void WiredRuns::Audit(const ports::CommitBatch& batch) {
  SharedDatabase& database = wire_.database();
  const auto instance = database.tables.instances.find(instance_);
  if (instance == database.tables.instances.end() || !instance->second.live)
    database.violations.emplace_back("I5: written by an instance that was fenced");
  for (const ports::RunStep& step : batch.steps) {
    const auto owner = database.tables.owners.find(step.key.slot);
    if (owner == database.tables.owners.end() || owner->second != instance_)
      database.violations.emplace_back("I6: written for a slot of another instance");
  }
}

Result<ports::RunStore::Settlement> WiredRuns::SettleCommit(const ports::WriterFence& fence,
                                                            const ports::CommitBatch& batch) {
  if (wire_.life().dead) return Conflict("PROCESS_DEAD", "nobody is there any more");
  return wire_.Read([&] { return store_.SettleCommit(fence, batch); });
}

Result<std::vector<ports::StoredRun>> WiredRuns::LoadLive(const std::vector<Slot>& slots,
                                                          RunId after, int limit) {
  return wire_.Read([&] { return store_.LoadLive(slots, after, limit); });
}

Result<std::vector<ports::StoredRun>> WiredRuns::LoadDue(const std::vector<Slot>& slots,
                                                         WallTime until, RunId after, int limit) {
  return wire_.Read([&] { return store_.LoadDue(slots, until, after, limit); });
}

Result<std::vector<RunId>> WiredRuns::FindDue(const std::vector<Slot>& slots, WallTime until,
                                              RunId after, int limit) {
  return wire_.Read([&] { return store_.FindDue(slots, until, after, limit); });
}

Result<std::vector<ports::StoredRun>> WiredRuns::LoadThese(const std::vector<RunId>& ids) {
  return wire_.Read([&] { return store_.LoadThese(ids); });
}

Result<std::vector<ports::Turn>> WiredRuns::LoadTurns(const std::vector<Slot>& slots) {
  return wire_.Read([&]() -> Result<std::vector<ports::Turn>> {
    auto turns = store_.LoadTurns(slots);
    if (turns.ok() && wire_.database().flaw == Flaw::kTurnsNotKept) turns->clear();
    return turns;
  });
}

Status WiredRuns::CountCrash(RunId id) {
  return wire_.Write([&] { return store_.CountCrash(id); });
}

Status WiredRuns::ForgetCrashes(RunId id) {
  return wire_.Write([&] { return store_.ForgetCrashes(id); });
}

Result<ports::StoredRun> WiredRuns::Get(RunId id) {
  return wire_.Read([&] { return store_.Get(id); });
}

Result<ports::Page<ports::RunSummary>> WiredRuns::List(const ports::RunFilter& filter,
                                                       const ports::PageRequest& page) {
  return wire_.Read([&] { return store_.List(filter, page); });
}

Result<RunId> WiredRuns::FindByTrigger(Slot slot, AccountId account, WorkflowId workflow,
                                       const std::string& trigger_key) {
  return wire_.Read([&] { return store_.FindByTrigger(slot, account, workflow, trigger_key); });
}

Result<std::optional<core::quota::BudgetRecord>> WiredRuns::LoadBudget(Slot slot,
                                                                       ports::CompanyId company) {
  return wire_.Read([&] { return store_.LoadBudget(slot, company); });
}

// ---- Commands
// --------------------------------------------------------------------------------------------------

Status WiredCommands::Ask(const std::vector<ports::Command>& commands) {
  return wire_.Write([&] { return store_.Ask(commands); });
}

Result<std::vector<ports::Command>> WiredCommands::Take(InstanceId taker, std::int64_t incarnation,
                                                        const std::vector<Slot>& slots,
                                                        WallTime now, int limit) {
  return wire_.Write([&] { return store_.Take(taker, incarnation, slots, now, limit); });
}

Status WiredCommands::PutBack(InstanceId taker, std::int64_t incarnation, Slot slot,
                              ports::CommandId id) {
  return wire_.Write([&] { return store_.PutBack(taker, incarnation, slot, id); });
}

Status WiredCommands::Answer(const ports::CommandAnswer& answer) {
  return wire_.Write([&] { return store_.Answer(answer); });
}

Result<std::vector<ports::CommandAnswer>> WiredCommands::Answers(InstanceId asker) {
  return wire_.Read([&] { return store_.Answers(asker); });
}

Status WiredCommands::Discard(const std::vector<ports::CommandAnswer>& answered) {
  return wire_.Write([&] { return store_.Discard(answered); });
}

Result<bool> WiredCommands::Withdraw(Slot slot, ports::CommandId id) {
  return wire_.Write([&] { return store_.Withdraw(slot, id); });
}

Result<int> WiredCommands::RemoveExpired(WallTime when) {
  return wire_.Write([&] { return store_.RemoveExpired(when); });
}

}  // namespace sb::sim
