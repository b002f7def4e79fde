#include "tests/support/memory_sync_store.h"

#include <algorithm>
#include <functional>

namespace sb::testing {
namespace {

using ports::Sync;
using ports::SyncReceipt;
using ports::SyncReject;
using ports::SyncState;
using ports::SyncStream;

bool IsThere(const Sync& sync) {
  return sync.state != SyncState::kDeleted;
}

bool IsSameName(const Sync& a, const Sync& b) {
  return a.account == b.account && a.workspace == b.workspace && a.name == b.name;
}

bool IsSameSchema(const Sync& a, const Sync& b) {
  return a.connection == b.connection && a.schema == b.schema;
}

Error SyncHasMoved() {
  return Conflict("SYNC_MOVED", "somebody else has changed this sync");
}

template <typename T>
void Limit(std::vector<T>& list, int limit) {
  if (list.size() > static_cast<std::size_t>(limit)) list.resize(static_cast<std::size_t>(limit));
}

}  // namespace

Status MemorySyncStore::Open(const Sync& sync, const std::vector<SyncStream>& streams) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, other] : syncs_) {
    if (IsThere(other) && IsSameName(other, sync))
      return Conflict("SYNC_EXISTS", "the account has a sync of this name");
  }
  for (const auto& [id, other] : syncs_) {
    if (IsThere(other) && IsSameSchema(other, sync))
      return Conflict("SYNC_SCHEMA_TAKEN", "another sync keeps its tables in this schema");
  }
  syncs_[sync.id] = sync;
  for (const SyncStream& stream : streams) streams_[{stream.sync, stream.stream}] = stream;
  return {};
}

Result<Sync> MemorySyncStore::Get(AccountId account, ports::SyncId id) {
  const std::lock_guard lock(mutex_);
  const auto found = syncs_.find(id);
  if (found == syncs_.end() || found->second.account != account)
    return NotFound("SYNC_NOT_FOUND", "there is no such sync");
  return found->second;
}

Result<std::vector<Sync>> MemorySyncStore::List(AccountId account) {
  const std::lock_guard lock(mutex_);
  std::vector<Sync> syncs;
  for (const auto& [id, sync] : syncs_) {
    if (sync.account == account && IsThere(sync)) syncs.push_back(sync);
  }
  std::ranges::sort(syncs, {},
                    [](const Sync& each) { return std::pair(each.workspace, each.name); });
  return syncs;
}

Result<int> MemorySyncStore::Save(const Sync& sync) {
  const std::lock_guard lock(mutex_);
  const auto found = syncs_.find(sync.id);
  if (found == syncs_.end() || found->second.step != sync.step) return SyncHasMoved();
  Sync& stored = found->second;
  stored.version = sync.version;
  stored.definition = sync.definition;
  stored.state = sync.state;
  stored.reason = sync.reason;
  return ++stored.step;
}

Result<std::vector<SyncStream>> MemorySyncStore::Streams(Slot slot, AccountId account,
                                                         ports::SyncId sync) {
  const std::lock_guard lock(mutex_);
  std::vector<SyncStream> streams;
  for (const auto& [key, stream] : streams_) {
    if (stream.slot == slot && stream.account == account && stream.sync == sync)
      streams.push_back(stream);
  }
  return streams;
}

Status MemorySyncStore::AddStreams(const std::vector<SyncStream>& streams) {
  const std::lock_guard lock(mutex_);
  for (const SyncStream& stream : streams)
    streams_.try_emplace({stream.sync, stream.stream}, stream);
  return {};
}

Result<int> MemorySyncStore::SaveStream(const SyncStream& stream) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find({stream.sync, stream.stream});
  if (found == streams_.end() || found->second.step != stream.step) return SyncHasMoved();
  found->second = stream;
  return ++found->second.step;
}

Result<std::vector<Sync>> MemorySyncStore::Running(const std::vector<Slot>& slots,
                                                   ports::SyncKind kind) {
  const std::lock_guard lock(mutex_);
  std::vector<Sync> running;
  for (const auto& [id, sync] : syncs_) {
    const bool ours = std::ranges::find(slots, sync.slot) != slots.end();
    if (ours && sync.kind == kind && sync.state == SyncState::kRunning) running.push_back(sync);
  }
  return running;
}

Result<std::vector<Sync>> MemorySyncStore::Left(const std::vector<Slot>& slots, int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Sync> left;
  for (const auto& [id, sync] : syncs_) {
    const bool ours = std::ranges::find(slots, sync.slot) != slots.end();
    const bool waits = sync.kind == ports::SyncKind::kTwoWay && sync.state == SyncState::kDeleted &&
                       sync.reason == ports::kSyncSideLeft;
    if (ours && waits) left.push_back(sync);
  }
  Limit(left, limit);
  return left;
}

Status MemorySyncStore::SaveHeard(const Sync& sync, const ports::FeedPosition& heard) {
  const std::lock_guard lock(mutex_);
  const auto found = syncs_.find(sync.id);
  const auto same = [](const ports::FeedPosition& a, const ports::FeedPosition& b) {
    return a.commit == b.commit && a.id == b.id;
  };
  if (found == syncs_.end() || !same(found->second.heard, sync.heard)) return SyncHasMoved();
  found->second.heard = {heard.commit, heard.id, 0};
  return {};
}

Result<std::vector<SyncStream>> MemorySyncStore::Due(const std::vector<Slot>& slots, WallTime now,
                                                     int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<SyncStream> due;
  for (const auto& [key, stream] : streams_) {
    const bool ours = std::ranges::find(slots, stream.slot) != slots.end();
    const bool runs = syncs_.at(stream.sync).state == SyncState::kRunning;
    if (ours && runs && stream.due_at <= now) due.push_back(stream);
  }
  std::ranges::sort(due, {}, [](const SyncStream& each) {
    return std::tuple(each.due_at, each.sync, each.stream);
  });
  Limit(due, limit);
  return due;
}

Status MemorySyncLedger::Receive(const ports::SyncPlace& place, const SyncReceipt& receipt) {
  const std::lock_guard lock(mutex_);
  auto& receipts = receipts_[Of(place)];
  std::erase_if(receipts, [&](const SyncReceipt& each) {
    return each.window.from >= receipt.window.from && each.window.from <= receipt.window.to;
  });
  receipts.push_back(receipt);
  return {};
}

Result<std::vector<SyncReceipt>> MemorySyncLedger::Receipts(const ports::SyncPlace& place,
                                                            int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<SyncReceipt> receipts = receipts_[Of(place)];
  std::ranges::sort(receipts, [](const SyncReceipt& a, const SyncReceipt& b) {
    return std::pair(b.window.from, a.window.to) < std::pair(a.window.from, b.window.to);
  });
  Limit(receipts, limit);
  return receipts;
}

Status MemorySyncLedger::Reject(const ports::SyncPlace& place,
                                const std::vector<SyncReject>& rejects) {
  const std::lock_guard lock(mutex_);
  for (const SyncReject& each : rejects) rejects_[Of(place)][{each.key, each.code}] = each;
  return {};
}

Result<std::vector<SyncReject>> MemorySyncLedger::Rejected(const ports::SyncPlace& place,
                                                           int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<SyncReject> rejects;
  for (const auto& [key, each] : rejects_[Of(place)]) rejects.push_back(each);
  std::ranges::stable_sort(rejects, std::ranges::greater(), &SyncReject::at);
  Limit(rejects, limit);
  return rejects;
}

Result<std::vector<SyncReject>> MemorySyncLedger::RejectsOf(const ports::SyncPlace& place,
                                                            const std::string& key) {
  const std::lock_guard lock(mutex_);
  std::vector<SyncReject> rejects;
  for (const auto& [of, each] : rejects_[Of(place)]) {
    if (of.first == key) rejects.push_back(each);
  }
  std::ranges::stable_sort(rejects, std::ranges::greater(), &SyncReject::at);
  return rejects;
}

Status MemorySyncLedger::Suspect(const ports::SyncPlace& place,
                                 const std::vector<core::sync::Suspect>& watch,
                                 const std::vector<std::string>& clear) {
  const std::lock_guard lock(mutex_);
  auto& suspects = suspects_[Of(place)];
  for (const std::string& key : clear) suspects.erase(key);
  for (const core::sync::Suspect& each : watch) suspects.try_emplace(each.key, each);
  return {};
}

Result<std::vector<core::sync::Suspect>> MemorySyncLedger::Suspects(const ports::SyncPlace& place) {
  const std::lock_guard lock(mutex_);
  std::vector<core::sync::Suspect> suspects;
  for (const auto& [key, each] : suspects_[Of(place)]) suspects.push_back(each);
  return suspects;
}

void MemorySyncStore::Wake(ports::SyncId sync, const std::string& stream, WallTime at) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find({sync, stream});
  if (found == streams_.end()) return;
  found->second.due_at = std::min(found->second.due_at, at);
  ++found->second.step;
}

Status MemorySyncLedger::Name(const ports::SyncPlace& place,
                              const std::vector<ports::SyncNamed>& named) {
  const std::lock_guard lock(mutex_);
  auto& known = named_[Of(place)];
  for (const ports::SyncNamed& each : named) {
    ports::SyncNamed& stored = known.try_emplace(each.key, each).first->second;
    const WallTime named_at = std::max(stored.named_at, each.named_at);
    stored = each;
    stored.named_at = named_at;
    if (syncs_ != nullptr) syncs_->Wake(place.sync, place.stream, each.due_at);
  }
  return {};
}

Result<std::vector<ports::SyncNamed>> MemorySyncLedger::Named(const ports::SyncPlace& place,
                                                              WallTime now, int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<ports::SyncNamed> due;
  for (const auto& [key, each] : named_[Of(place)]) {
    if (each.due_at <= now) due.push_back(each);
  }
  std::ranges::stable_sort(due, {}, &ports::SyncNamed::due_at);
  if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
  return due;
}

Result<std::optional<WallTime>> MemorySyncLedger::NextNamed(const ports::SyncPlace& place) {
  const std::lock_guard lock(mutex_);
  std::optional<WallTime> next;
  for (const auto& [key, each] : named_[Of(place)])
    next = std::min(next.value_or(each.due_at), each.due_at);
  return next;
}

Status MemorySyncLedger::Unname(const ports::SyncPlace& place,
                                const std::vector<ports::SyncNamed>& done,
                                const std::vector<ports::SyncNamed>& later) {
  const std::lock_guard lock(mutex_);
  auto& known = named_[Of(place)];
  const auto same = [&](const ports::SyncNamed& each) {
    const auto found = known.find(each.key);
    return found != known.end() && found->second.named_at == each.named_at;
  };
  for (const ports::SyncNamed& each : done) {
    if (same(each)) known.erase(each.key);
  }
  for (const ports::SyncNamed& each : later) {
    if (same(each)) known[each.key] = each;
  }
  return {};
}

}  // namespace sb::testing
