#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/platform_record_store.h"

// What a platform's tellings make of its records (docs/adr/0052). Pure.
namespace sb::syncs {

/// A record takes no more, as JSON.
inline constexpr std::size_t kLargestRecord = std::size_t{64} * 1024;

/// A record as a platform tells it.
struct RecordPush {
  std::string key;               ///< PlatformRecord::own_key, or PlatformRecord::key.
  Json fields = Json::object();  ///< null: blank; what is not here stays.
  bool deleted = false;
  std::optional<WallTime> changed_at;
  std::optional<std::int64_t> expected_version;  ///< 0: it is not there.
};

enum class PushOutcome { kStored = 1, kUnchanged = 2, kStale = 3, kMoved = 4, kTooLarge = 5 };

/// A record with the changes of it that wait.
struct RecordFile {
  ports::PlatformRecord record;
  std::vector<ports::RecordChange> waiting;  ///< In their order.

  bool IsPresent() const { return record.standing == ports::RecordStanding::kPresent; }

  bool operator==(const RecordFile&) const = default;
};

/// A push. A field that still has what it had before a waiting change is no edit, unless the push
/// expects the version that has the change. Changes that cannot be carried out any more are
/// withdrawn. With another outcome than kStored nothing of the file changes, but that a push that
/// told nothing new was the newest (PlatformRecord::told_at).
PushOutcome TakePush(RecordFile& file, const RecordPush& push, WallTime now);

/// A change of the file was carried out: a creation under `own_key` (empty: under ours). `twin`: a
/// record that has this key and was pushed since the creation was made is this one; what it holds
/// is taken over, also that it was deleted, and the caller puts a TraceOf it into its place.
/// kConflict RECORD_KEY_TAKEN: it is older, or a creation was told this key before.
Status TakeDone(RecordFile& file, ports::RecordChange& change, const std::string& own_key,
                const std::optional<ports::PlatformRecord>& twin, WallTime now);

/// What stays of a record that was taken over: a sync that met it leaves it alone.
ports::PlatformRecord TraceOf(const ports::PlatformRecord& twin);

/// A change of the file will not be carried out: the record is what it was.
void TakeRefusal(RecordFile& file, ports::RecordChange& change, const std::string& reason,
                 WallTime now);

}  // namespace sb::syncs
