#include "tests/support/memory_skip_ledger.h"

#include <algorithm>
#include <functional>

namespace sb::testing {
namespace {

using ports::FirstImport;
using ports::Skip;
using ports::SkippedRecord;
using ports::SyncPlace;

bool IsLeftOut(const SkippedRecord& record) {
  return !record.imported_at;
}

}  // namespace

Status MemorySkipLedger::Enter(const SyncPlace& place, const std::vector<Skip>& skips) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  Entries& entries = entries_[Of(place)];
  for (const auto& [key, skip] : ports::NewestSkips(skips)) {
    const auto [entry, is_new] = entries.try_emplace(key);
    SkippedRecord& record = entry->second;
    if (is_new) {
      record.sync = place.sync;
      record.stream = place.stream;
      record.first_at = skip.at;
      record.number = ++made_;
    }
    if (is_new || skip.at >= record.skip.at) record.skip = skip;
    record.imported_at.reset();
    ++record.looks;
  }
  return {};
}

Status MemorySkipLedger::Import(const SyncPlace& place, const std::vector<std::string>& keys,
                                WallTime at) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  Entries& entries = entries_[Of(place)];
  for (const std::string& key : keys) {
    const auto entry = entries.find(key);
    if (entry != entries.end() && IsLeftOut(entry->second)) entry->second.imported_at = at;
  }
  return {};
}

Result<std::set<std::string>> MemorySkipLedger::Skipped(const SyncPlace& place,
                                                        const std::vector<std::string>& keys) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const Entries& entries = entries_[Of(place)];
  std::set<std::string> skipped;
  for (const std::string& key : keys) {
    const auto entry = entries.find(key);
    if (entry != entries.end() && IsLeftOut(entry->second)) skipped.insert(key);
  }
  return skipped;
}

Result<std::optional<SkippedRecord>> MemorySkipLedger::Find(const SyncPlace& place,
                                                            const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const Entries& entries = entries_[Of(place)];
  const auto entry = entries.find(key);
  return entry == entries.end() ? std::nullopt : std::optional(entry->second);
}

Result<ports::Page<SkippedRecord>> MemorySkipLedger::List(Slot /*slot*/, AccountId account,
                                                          const std::string& code,
                                                          const std::string& rule,
                                                          const ports::PageRequest& page) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  ports::Page<SkippedRecord> listed;
  for (const auto& [at, entries] : entries_) {
    for (const auto& [key, record] : entries) {
      const bool wanted =
          (code.empty() || record.skip.code == code) && (rule.empty() || record.skip.rule == rule);
      const bool behind = page.before == 0 || record.number < page.before;
      if (at.account == account && wanted && behind && IsLeftOut(record))
        listed.items.push_back(record);
    }
  }
  std::ranges::sort(listed.items, std::ranges::greater(), &SkippedRecord::number);
  const auto size = static_cast<std::size_t>(page.size);
  if (listed.items.size() > size) {
    listed.items.resize(size);
    listed.next_before = listed.items.back().number;
  }
  return listed;
}

Result<std::map<std::string, std::int64_t>> MemorySkipLedger::Counts(const SyncPlace& place) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  std::map<std::string, std::int64_t> counts;
  for (const auto& [key, record] : entries_[Of(place)]) {
    if (IsLeftOut(record)) ++counts[record.skip.rule];
  }
  return counts;
}

Result<std::optional<FirstImport>> MemorySkipLedger::FirstImportOf(const SyncPlace& place) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const auto first = first_imports_.find(Of(place));
  return first == first_imports_.end() ? std::nullopt : std::optional(first->second);
}

Result<FirstImport> MemorySkipLedger::DrawLine(const SyncPlace& place, std::int64_t most,
                                               WallTime at) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const auto known = first_imports_.find(Of(place));
  if (known != first_imports_.end()) return known->second;
  std::vector<std::pair<WallTime, std::string>> waiting;
  for (const auto& [key, record] : entries_[Of(place)]) {
    if (IsLeftOut(record) && record.skip.code == core::sync::kFirstImportCap)
      waiting.emplace_back(record.skip.age, key);
  }
  std::ranges::sort(waiting, std::ranges::greater());
  FirstImport first{most, {}, at};
  if (static_cast<std::int64_t>(waiting.size()) >= most) {
    const auto& [age, key] = waiting[static_cast<std::size_t>(most - 1)];
    first.line = core::sync::ImportLine{age, key};
  }
  first_imports_[Of(place)] = first;
  return first;
}

}  // namespace sb::testing
