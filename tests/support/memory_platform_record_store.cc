#include "tests/support/memory_platform_record_store.h"

#include <algorithm>
#include <utility>

#include "engine/core/twoway/marks.h"

namespace sb::testing {
namespace {

using ports::PlatformPlace;
using ports::PlatformRecord;
using ports::RecordChange;
using ports::RecordChangeState;
using ports::RecordStanding;

Error RecordMoved() {
  return Conflict("RECORD_MOVED", "somebody else stored this record in the same moment");
}

template <typename T>
void CutTo(std::vector<T>& all, int limit) {
  if (static_cast<int>(all.size()) > limit) all.resize(static_cast<std::size_t>(limit));
}

}  // namespace

Status MemoryPlatformRecordStore::Save(Book& book, PlatformRecord& record) const {
  const auto there = book.records.find(record.key);
  const std::int64_t version = there == book.records.end() ? 0 : there->second.version;
  if (record.version != version) return RecordMoved();
  const bool name_taken =
      !record.own_key.empty() && std::ranges::any_of(book.records, [&](const auto& each) {
        return each.first != record.key && each.second.own_key == record.own_key;
      });
  if (name_taken) return RecordMoved();
  record.version = ++book.last;
  book.records[record.key] = record;
  if (record.standing == RecordStanding::kPresent) {
    book.gone_at.erase(record.key);
  } else {
    book.gone_at.emplace(record.key, clock_.Now());
  }
  return {};
}

Status MemoryPlatformRecordStore::Save(Book& book, RecordChange change) {
  const auto there = book.changes.find(change.id);
  if (change.number != 0) {
    if (there == book.changes.end() || there->second.op_key != change.op_key) return RecordMoved();
    there->second.before = change.before;
    there->second.record = change.record;
    there->second.state = change.state;
    there->second.reason = change.reason;
    there->second.settled_at = change.settled_at;
    return {};
  }
  const bool known = std::ranges::any_of(
      book.changes, [&](const auto& each) { return each.second.op_key == change.op_key; });
  if (known || there != book.changes.end()) return RecordMoved();
  change.number = ++book.last;
  book.changes[change.id] = std::move(change);
  return {};
}

Result<MemoryPlatformRecordStore::Book> MemoryPlatformRecordStore::After(
    Book book, const ports::PlatformCommit& commit, std::vector<PlatformRecord>& stored) const {
  for (const PlatformRecord& record : commit.removed) {
    const auto there = book.records.find(record.key);
    if (there == book.records.end() || there->second.version != record.version)
      return RecordMoved();
    book.records.erase(there);
    book.gone_at.erase(record.key);
  }
  stored = commit.records;
  for (PlatformRecord& record : stored) {
    if (Status saved = Save(book, record); !saved.ok()) return saved.error();
  }
  for (const RecordChange& change : commit.changes) {
    if (Status saved = Save(book, change); !saved.ok()) return saved.error();
  }
  if (!commit.receipt) return book;
  if (!book.receipts.emplace(commit.receipt->request_id, *commit.receipt).second)
    return RecordMoved();
  return book;
}

Result<std::vector<PlatformRecord>> MemoryPlatformRecordStore::Commit(
    const ports::PlatformCommit& commit) {
  const std::lock_guard lock(mutex_);
  std::vector<PlatformRecord> stored;
  auto after = After(books_[commit.place], commit, stored);
  if (!after.ok()) return after.error();
  books_[commit.place] = *std::move(after);
  return stored;
}

// ---- Records

Result<std::optional<PlatformRecord>> MemoryPlatformRecordStore::Get(const PlatformPlace& place,
                                                                     const std::string& key) {
  const std::lock_guard lock(mutex_);
  const Book& book = books_[place];
  const auto found = book.records.find(key);
  return found == book.records.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<PlatformRecord>> MemoryPlatformRecordStore::Named(
    const PlatformPlace& place, const std::vector<std::string>& keys) {
  const std::lock_guard lock(mutex_);
  std::vector<PlatformRecord> named;
  for (const auto& [key, record] : books_[place].records) {
    const bool own = !record.own_key.empty() && std::ranges::count(keys, record.own_key) > 0;
    if (own || std::ranges::count(keys, key) > 0) named.push_back(record);
  }
  return named;
}

Result<std::vector<PlatformRecord>> MemoryPlatformRecordStore::List(const PlatformPlace& place,
                                                                    const std::string& after,
                                                                    int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<PlatformRecord> listed;
  for (const auto& [key, record] : books_[place].records) {
    if (key > after && record.standing == RecordStanding::kPresent) listed.push_back(record);
  }
  CutTo(listed, limit);
  return listed;
}

Result<std::int64_t> MemoryPlatformRecordStore::Count(const PlatformPlace& place) {
  const std::lock_guard lock(mutex_);
  return std::ranges::count_if(books_[place].records, [](const auto& each) {
    return each.second.standing == RecordStanding::kPresent;
  });
}

Result<std::vector<PlatformRecord>> MemoryPlatformRecordStore::Marked(const PlatformPlace& place,
                                                                      const std::string& mark,
                                                                      int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<PlatformRecord> marked;
  for (const auto& [key, record] : books_[place].records) {
    const bool present = record.standing == RecordStanding::kPresent;
    if (present && core::twoway::MarksOf(record.fields).contains(mark)) marked.push_back(record);
  }
  std::ranges::stable_sort(marked, {}, &PlatformRecord::created_at);
  CutTo(marked, limit);
  return marked;
}

Result<std::vector<PlatformRecord>> MemoryPlatformRecordStore::Since(const PlatformPlace& place,
                                                                     std::int64_t version,
                                                                     int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<PlatformRecord> since;
  for (const auto& [key, record] : books_[place].records) {
    if (record.version > version) since.push_back(record);
  }
  std::ranges::sort(since, {}, &PlatformRecord::version);
  CutTo(since, limit);
  return since;
}

Result<std::int64_t> MemoryPlatformRecordStore::Newest(const PlatformPlace& place) {
  const std::lock_guard lock(mutex_);
  return books_[place].last;
}

// ---- Changes

std::vector<RecordChange> MemoryPlatformRecordStore::ChangesIf(
    const PlatformPlace& place, const std::function<bool(const RecordChange&)>& wanted) {
  const std::lock_guard lock(mutex_);
  std::vector<RecordChange> changes;
  for (const auto& [id, change] : books_[place].changes) {
    if (wanted(change)) changes.push_back(change);
  }
  std::ranges::sort(changes, {}, &RecordChange::number);
  return changes;
}

Result<std::vector<RecordChange>> MemoryPlatformRecordStore::Waiting(
    const PlatformPlace& place, const std::vector<std::string>& keys) {
  return ChangesIf(place, [&](const RecordChange& change) {
    return change.state == RecordChangeState::kWaiting && std::ranges::count(keys, change.key) > 0;
  });
}

Result<std::vector<RecordChange>> MemoryPlatformRecordStore::WaitingSince(
    const PlatformPlace& place, std::int64_t number, int limit) {
  auto changes = ChangesIf(place, [&](const RecordChange& change) {
    return change.state == RecordChangeState::kWaiting && change.number > number;
  });
  CutTo(changes, limit);
  return changes;
}

Result<RecordChange> MemoryPlatformRecordStore::Change(const PlatformPlace& place,
                                                       ports::RecordChangeId id) {
  const auto found = ChangesIf(place, [&](const RecordChange& each) { return each.id == id; });
  if (found.empty())
    return NotFound("RECORD_CHANGE_NOT_FOUND", "there is no such change (any more)");
  return found.front();
}

Result<std::optional<RecordChange>> MemoryPlatformRecordStore::ChangeOf(const PlatformPlace& place,
                                                                        const std::string& op_key) {
  const auto found =
      ChangesIf(place, [&](const RecordChange& each) { return each.op_key == op_key; });
  return found.empty() ? std::nullopt : std::optional(found.front());
}

Result<std::optional<ports::RecordPushReceipt>> MemoryPlatformRecordStore::Receipt(
    const PlatformPlace& place, const std::string& request_id) {
  const std::lock_guard lock(mutex_);
  const Book& book = books_[place];
  const auto found = book.receipts.find(request_id);
  return found == book.receipts.end() ? std::nullopt : std::optional(found->second);
}

Result<std::int64_t> MemoryPlatformRecordStore::Prune(WallTime now, int /*limit*/) {
  const std::lock_guard lock(mutex_);
  std::size_t pruned = 0;
  for (auto& [place, book] : books_) {
    pruned += std::erase_if(
        book.receipts, [&](const auto& each) { return each.second.at < now - ports::kPushMemory; });
    pruned += std::erase_if(book.changes, [&](const auto& each) {
      const auto& settled_at = each.second.settled_at;
      return settled_at && *settled_at < now - ports::kChangeMemory;
    });
    const auto old = [&](const auto& each) { return each.second < now - ports::kGoneRecordMemory; };
    for (const auto& each : book.gone_at) {
      if (old(each)) pruned += book.records.erase(each.first);
    }
    std::erase_if(book.gone_at, old);
  }
  return static_cast<std::int64_t>(pruned);
}

}  // namespace sb::testing
