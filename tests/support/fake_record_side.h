#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/ports/clock.h"
#include "engine/ports/record_side.h"
#include "tests/support/call_fate.h"

namespace sb::testing {

/// A side in memory: an Aircall company's contacts, or a customer's table.
class FakeRecordSide : public ports::RecordSide {
 public:
  struct Options {
    core::twoway::SideShape shape;
    std::string prefix = "r";  ///< Keys are "r1", "r2", ...
    /// Like a table with a list of applied writes: the same op_key has its effect once. Otherwise
    /// like Aircall: a create made twice makes two records, and what became of one is searched.
    bool knows_writes = true;
    bool tells_changes = true;  ///< False: Changes tells nothing, events do.
    std::string external_key;   ///< The native field with the other side's key. Empty: the own key.
    Millis index_lag{0};        ///< Find sees what was so long ago.
    /// So long a create may still appear after its outcome was asked for first. See FindCreated.
    Millis doubt{60'000};
    bool whole_seconds = false;  ///< changed_at has seconds only.
    std::size_t page = 50;
    /// How the server spells a value that it is given; twice is like once. Empty: as it is.
    std::function<Json(const std::string& field, const Json& value)> spelling;
  };

  /// What happened to a record.
  struct Deed {
    enum class What { kCreated, kUpdated, kDeleted, kHidden, kShown };

    WallTime at;
    bool ours = false;  ///< By a call of the port; otherwise by people.
    What what = What::kUpdated;
    std::string key;
    Json before;  ///< Native; null: it was not there.
    Json after;
    std::string op_key;
  };

  FakeRecordSide(Options options, const ports::Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  CallHooks hooks;  ///< Of every call of the port. Set them while nobody calls.

  // What people do, and tests.

  /// Makes a record, within the side's limits. Returns its key.
  std::string Add(const Json& native);
  /// Sets fields (null clears), within the side's limits. False: there is no such record.
  bool Edit(const std::string& key, const Json& values);
  bool Remove(const std::string& key);
  /// Not shared any more: not to be read, and yet no confirmed 404.
  void Hide(const std::string& key);
  void Show(const std::string& key);
  /// As it is, hidden ones too; nothing: it was never there, or was deleted.
  std::optional<Json> Now(const std::string& key) const;
  std::optional<ports::SideRecord> RecordNow(const std::string& key) const;
  bool IsHidden(const std::string& key) const;
  std::map<std::string, Json> All() const;
  std::vector<Deed> Deeds() const;
  std::int64_t WritesOfOurs() const;
  /// What a process remembers of a side like Aircall is lost with it.
  void LoseMemory();

  // The port.

  Result<core::twoway::SideShape> Shape() override;
  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override;
  Status Prepare() override;
  Status Dismantle() override;
  /// Nothing for hidden records, too.
  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override;
  Result<bool> IsGone(const std::string& key, core::quota::Lane lane) override;
  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override;
  Result<ports::SidePage> Scan(const std::string& from, core::quota::Lane lane) override;
  Result<ports::SideChanges> Changes(const std::string& from, int limit) override;
  Result<ports::SideWritten> Create(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// Of a record that is not there: moved, and no record.
  Result<ports::SideWritten> Update(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// kConflict where it is not as expected.
  Status Delete(const ports::SideWrite& write, core::quota::Lane lane) override;
  /// kUnavailable for as long as the create may still appear.
  Result<std::optional<ports::SideRecord>> FindCreated(const ports::SideWrite& write,
                                                       core::quota::Lane lane) override;

 private:
  struct Version {
    WallTime at;
    Json native;
  };

  struct Stored {
    std::vector<Version> versions;  ///< Oldest first; never empty.
    bool hidden = false;
    WallTime created_at;
    std::string op_key;  ///< Of the create that made it; empty: people did.
    Json asked;          ///< What that create was asked to set.
    std::int64_t order = 0;

    const Json& now() const { return versions.back().native; }
  };

  struct Change {
    std::string key;
    bool gone = false;
  };

  using Records = std::map<std::string, Stored>;

  /// The native record after these values, within the limits. Nothing: it is refused.
  Result<Json> Fitted(const Json& before, const Json& values) const;
  Json FittedValue(const std::string& field, const Json& before, Json value) const;
  bool HasMatchKey(const std::string& key, const Json& native,
                   const core::twoway::MatchKey& wanted) const;
  ports::SideRecord RecordOf(const std::string& key, const Stored& stored) const;
  Result<std::string> AddLocked(const Json& values, const std::string& op_key, bool ours);
  Status EditLocked(const std::string& key, const Json& values, const std::string& op_key,
                    bool ours);
  void RemoveLocked(Records::iterator at, const std::string& op_key, bool ours);
  Result<ports::SideWritten> UpdateLocked(const ports::SideWrite& write, bool half);
  bool MayStillAppear(const ports::SideWrite& write);

  const Options options_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  Records records_;
  std::vector<Change> log_;
  std::vector<Deed> deeds_;
  std::map<std::string, std::string> applied_;   ///< Keys of records by op_key.
  std::map<std::string, WallTime> first_asked_;  ///< By op_key, of FindCreated.
  std::int64_t keys_ = 0;
};

}  // namespace sb::testing
