#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/import_rules.h"
#include "engine/ports/page.h"
#include "engine/ports/sync_store.h"

namespace sb::ports {

/// An object that rules left out of a table.
struct Skip {
  std::string key;
  std::string code;  ///< See core::sync::Verdict.
  std::string rule;
  std::string reason;  ///< For people. It may name persons.
  WallTime age;        ///< See core::sync::AgeOf.
  WallTime at;         ///< When it was looked at.

  bool operator==(const Skip&) const = default;
};

/// Of each key the newest of these; of two of the same instant, the later one.
std::map<std::string, Skip> NewestSkips(const std::vector<Skip>& skips);

/// What the ledger knows of an object.
struct SkippedRecord {
  SyncId sync;
  std::string stream;
  Skip skip;                            ///< As it was left out last.
  WallTime first_at;                    ///< When it was left out first.
  std::int64_t looks = 0;               ///< How often it was left out.
  std::optional<WallTime> imported_at;  ///< It was let in later, and is not left out any more.
  std::int64_t number = 0;              ///< Of the entry, in the order in which they were made.

  bool operator==(const SkippedRecord&) const = default;
};

/// Where the first import of a stream ended.
struct FirstImport {
  std::int64_t most = 0;
  std::optional<core::sync::ImportLine> line;  ///< Nothing: fewer than that were there.
  WallTime drawn_at;

  bool operator==(const FirstImport&) const = default;
};

/// What rules left out of tables, and why. A key has one entry: that of the last look at it, or
/// that it was let in. An object that was let in at the first look has none.
///
/// Whoever compares a table with the provider subtracts what Skipped gives of the keys that the
/// table lacks: those are absent on purpose. Whoever looks for rows whose object is gone needs
/// nothing of this: what is skipped has no row.
///
/// Blocking; thread-safe; fails as SyncStore.
class SkipLedger {
 public:
  virtual ~SkipLedger() = default;

  /// Enters objects that have no row. A key that is there twice is one look, the newest. A look
  /// that is older than the one that is known counts, but the reason stays.
  virtual Status Enter(const SyncPlace& place, const std::vector<Skip>& skips) = 0;
  /// Notes that objects are let in. Keys without an entry, and those that were let in before, are
  /// left alone.
  virtual Status Import(const SyncPlace& place, const std::vector<std::string>& keys,
                        WallTime at) = 0;
  /// Those of these keys that are left out now.
  virtual Result<std::set<std::string>> Skipped(const SyncPlace& place,
                                                const std::vector<std::string>& keys) = 0;
  /// Nothing: there is no entry.
  virtual Result<std::optional<SkippedRecord>> Find(const SyncPlace& place,
                                                    const std::string& key) = 0;
  /// What is left out now of all syncs of the account, the newest entry first: however often they
  /// are looked at meanwhile, pages show each once. `code`, `rule`: only those; empty: all.
  virtual Result<Page<SkippedRecord>> List(Slot slot, AccountId account, const std::string& code,
                                           const std::string& rule, const PageRequest& page) = 0;
  /// How many are left out now, by rule (Verdict::rule).
  virtual Result<std::map<std::string, std::int64_t>> Counts(const SyncPlace& place) = 0;

  /// Nothing: no line was drawn for the stream.
  virtual Result<std::optional<FirstImport>> FirstImportOf(const SyncPlace& place) = 0;
  /// Draws the line in front of the newest `most` of those that are left out because of the cap, by
  /// age and then by key. A line that was drawn stays, and is given back.
  virtual Result<FirstImport> DrawLine(const SyncPlace& place, std::int64_t most, WallTime at) = 0;
};

}  // namespace sb::ports
