#include "tests/support/memory_erasure_store.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "tests/support/memory_pages.h"

namespace sb::testing {
namespace {

using ports::Erasure;
using ports::PlaceContent;
using ports::PlaceRow;
using Form = PlaceContent::Form;

Error Moved() {
  return Conflict("ERASURE_MOVED", "somebody else went on with this erasure, or a row changed");
}

bool IsOfRuns(const std::string& place) {
  return place == "journal" || place == "run" || place == "run_done";
}

}  // namespace

Status MemoryErasureStore::Insert(const Erasure& erasure) {
  const std::lock_guard lock(database_.mutex);
  erasures_[erasure.id] = erasure;
  return {};
}

Result<Erasure> MemoryErasureStore::Get(ports::ErasureId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = erasures_.find(id);
  if (found == erasures_.end()) return NotFound("ERASURE_NOT_FOUND", "there is no such erasure");
  return found->second;
}

Result<ports::Page<Erasure>> MemoryErasureStore::List(const std::string& tenant,
                                                      const ports::PageRequest& page) {
  const std::lock_guard lock(database_.mutex);
  return PageOf<Erasure>(
      erasures_, page,
      [&](const Erasure& erasure) { return tenant.empty() || erasure.tenant == tenant; },
      [](const Erasure& erasure) { return erasure; });
}

Result<std::vector<Erasure>> MemoryErasureStore::Open() {
  const std::lock_guard lock(database_.mutex);
  std::vector<Erasure> open;
  for (const auto& [id, erasure] : erasures_) {
    if (erasure.state != ports::ErasureState::kDone) open.push_back(erasure);
  }
  return open;
}

Result<std::string> MemoryErasureStore::FingerprintKey(const std::string& tenant,
                                                       const std::string& sealed) {
  const std::lock_guard lock(database_.mutex);
  return keys_.try_emplace(tenant, sealed).first->second;
}

std::vector<std::string> MemoryErasureStore::PlacesOfPersons() const {
  return {"account", "dead_letter", "inbox", "journal", "run", "run_done"};
}

std::vector<std::string> MemoryErasureStore::PlacesOfAccounts() const {
  return {"run_done", "run", "journal", "inbox", "dead_letter"};
}

void MemoryErasureStore::AddEvents(const ports::PlaceScope& scope, std::vector<Row>& rows) {
  for (auto& [id, item] : database_.inbox) {
    if (item.account != scope.account) continue;
    ports::InboxItem* at = &item;
    rows.push_back(
        {{id.number(), 0},
         false,
         {{{Form::kJson, item.body}, [at](const std::string& v) { at->body = v; }},
          {{Form::kText, item.entity_id}, [at](const std::string& v) { at->entity_id = v; }}},
         [this, id = id] {
           database_.pending.erase({database_.inbox[id].slot, id});
           database_.inbox.erase(id);
         }});
  }
}

void MemoryErasureStore::AddLetters(const ports::PlaceScope& scope, std::vector<Row>& rows) {
  for (auto& [id, letter] : database_.dead_letters) {
    if (letter.item.account != scope.account) continue;
    MemoryDatabase::DeadLetter* at = &letter;
    rows.push_back(
        {{id.number(), 0},
         false,
         {{{Form::kText, letter.reason}, [at](const std::string& v) { at->reason = v; }}},
         [this, id = id] { database_.dead_letters.erase(id); }});
  }
}

void MemoryErasureStore::AddRuns(const ports::PlaceScope& scope, std::vector<Row>& rows) {
  for (auto& [id, run] : database_.runs) {
    if (run.stored.summary.key.account != scope.account) continue;
    if (scope.place == "journal") {
      for (ports::JournalRow& fact : run.stored.journal) {
        rows.push_back({{id.number(), fact.seq},
                        !run.finished,
                        {{{Form::kJson, DumpJson(fact.facts)},
                          [at = &fact](const std::string& v) { at->facts = *ParseJson(v); }}},
                        [] {}});
      }
    } else if (run.finished == (scope.place == "run_done")) {
      std::string* note = &run.stored.summary.note;
      rows.push_back({{id.number(), 0},
                      !run.finished,
                      {{{Form::kText, *note}, [note](const std::string& v) { *note = v; }}},
                      [this, id = id] { database_.runs.erase(id); }});
    }
  }
}

void MemoryErasureStore::AddAccount(const ports::PlaceScope& scope, std::vector<Row>& rows) {
  const auto account = accounts_.Get(scope.account);
  if (!account.ok()) return;
  rows.push_back({{account->id.number(), 0},
                  false,
                  {{{Form::kJson, DumpJson(account->profile)},
                    [this, id = account->id](const std::string& v) {
                      auto stored = *accounts_.Get(id);
                      stored.profile = *ParseJson(v);
                      (void)accounts_.Update(stored).ok();
                    }}},
                  [] {}});
}

std::vector<MemoryErasureStore::Row> MemoryErasureStore::RowsOf(const ports::PlaceScope& scope) {
  std::vector<Row> rows;
  if (scope.place == "inbox") AddEvents(scope, rows);
  if (scope.place == "dead_letter") AddLetters(scope, rows);
  if (IsOfRuns(scope.place)) AddRuns(scope, rows);
  if (scope.place == "account") AddAccount(scope, rows);
  return rows;
}

std::string MemoryErasureStore::VersionOf(const Row& row) {
  std::string version;
  for (const Cell& cell : row.cells) version += cell.content.value + "\n";
  return version;
}

Result<std::vector<PlaceRow>> MemoryErasureStore::Read(const ports::PlaceScope& scope,
                                                       ports::PlaceKey after,
                                                       const std::vector<RunId>& only, int limit) {
  const std::lock_guard lock(database_.mutex);
  std::vector<PlaceRow> read;
  if (!only.empty() && !IsOfRuns(scope.place)) return read;
  for (const Row& row : RowsOf(scope)) {
    const bool wanted = only.empty() || std::ranges::count(only, RunId(row.key.first)) > 0;
    if (row.key <= after || !wanted || static_cast<int>(read.size()) == limit) continue;
    PlaceRow& added = read.emplace_back(PlaceRow{row.key, VersionOf(row), row.live, {}});
    for (const Cell& cell : row.cells) added.contents.push_back(cell.content);
  }
  return read;
}

Result<int> MemoryErasureStore::Rewrite(const ports::PlaceScope& scope,
                                        const std::vector<PlaceRow>& rows, const Erasure& erasure) {
  {
    const std::lock_guard lock(database_.mutex);
    for (const PlaceRow& row : rows) {
      const auto all = RowsOf(scope);
      const auto stored = std::ranges::find(all, row.key, &Row::key);
      if (stored == all.end() || VersionOf(*stored) != row.version) return Moved();
      for (std::size_t i = 0; i < stored->cells.size(); ++i)
        stored->cells[i].write(row.contents[i].value);
    }
  }
  return Save(erasure);
}

Result<int> MemoryErasureStore::Save(const Erasure& erasure) {
  const std::lock_guard lock(database_.mutex);
  const auto stored = erasures_.find(erasure.id);
  if (stored == erasures_.end() || stored->second.step != erasure.step) return Moved();
  stored->second = erasure;
  return ++stored->second.step;
}

Result<int> MemoryErasureStore::Delete(const ports::PlaceScope& scope, ports::ErasureId erasure,
                                       int limit) {
  const std::lock_guard lock(database_.mutex);
  int deleted = 0;
  for (const Row& row : RowsOf(scope)) {
    if (deleted == limit || scope.place == "journal") break;  // goes with its run here
    row.remove();
    ++deleted;
  }
  if (deleted > 0) erasures_[erasure].counts[scope.place] += deleted;
  return deleted;
}

}  // namespace sb::testing
