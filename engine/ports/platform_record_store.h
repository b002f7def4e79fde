#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

// The records of a platform that has no table and no API for us: it pushes them, and fetches what
// syncs changed (docs/adr/0052).
namespace sb::ports {

using RecordChangeId = Id<struct RecordChangeTag>;  ///< "rch_..."

/// Which records: those that a platform pushes for an account under one word, "contact".
struct PlatformPlace {
  Slot slot = 0;
  AccountId account;
  std::string object;

  auto operator<=>(const PlatformPlace&) const = default;
};

enum class RecordStanding : std::int16_t {
  kPresent = 1,
  kDeleted = 2,   ///< By the platform, or by a sync whose change it may not have carried out yet.
  kRefused = 3,   ///< A sync made it, and the platform refused: it never was.
  kErased = 4,    ///< A person was erased. It has no content, and is neither there nor gone.
  kTakenOver = 5  ///< The platform told that it is the record of a creation, which has another key.
};

/// A record as the platform has it, or is going to have it once it carried the waiting changes out.
struct PlatformRecord {
  std::string key;      ///< By which syncs know it, for ever: the platform's own, or one of ours.
  std::string own_key;  ///< What the platform calls it; empty: it did not say yet. Unique.
  Json fields = Json::object();  ///< Without blank ones; empty unless it is present.
  RecordStanding standing = RecordStanding::kPresent;
  std::string reason;                  ///< Of a refused one: why, in the platform's words.
  std::optional<WallTime> changed_at;  ///< When the platform changed it; nothing: a sync made it.
  std::optional<WallTime> told_at;     ///< The newest time of change that the platform gave.
  WallTime created_at;                 ///< When it was stored first.
  /// Grows whenever it or a change of it is stored; 0: it is new. Of an erased one below 0.
  std::int64_t version = 0;

  bool operator==(const PlatformRecord&) const = default;
};

enum class RecordChangeKind : std::int16_t { kCreate = 1, kUpdate = 2, kDelete = 3 };

enum class RecordChangeState : std::int16_t {
  kWaiting = 1,
  kDone = 2,
  kRefused = 3,
  kWithdrawn = 4  ///< It is not to be carried out any more: the platform edited what was deleted.
};

/// What a sync changed for the platform.
struct RecordChange {
  RecordChangeId id;
  std::int64_t number = 0;  ///< Their order; given by the store. 0: it is new.
  RecordChangeKind kind = RecordChangeKind::kUpdate;
  std::string key;               ///< PlatformRecord::key
  Json fields = Json::object();  ///< Those that change, with their new values; null: blank.
  Json before = Json::object();  ///< What these held.
  Json record = Json::object();  ///< All of it afterwards; of a delete: before.
  std::string op_key;            ///< SideWrite::op_key; unique.
  RecordChangeState state = RecordChangeState::kWaiting;
  std::string reason;  ///< Of a refusal, in the platform's words.
  WallTime made_at;
  std::optional<WallTime> settled_at;

  bool operator==(const RecordChange&) const = default;
};

/// A push that has a request id: what it was answered, so that repeating it does nothing.
struct RecordPushReceipt {
  std::string request_id;
  std::string digest;            ///< SHA-256 of what was pushed.
  Json answers = Json::array();  ///< Without anything of the records.
  WallTime at;

  bool operator==(const RecordPushReceipt&) const = default;
};

/// What is stored in one transaction.
struct PlatformCommit {
  PlatformPlace place;
  /// New where their version is 0; else those that are there with this very version. They get new
  /// versions, in their order.
  std::vector<PlatformRecord> records;
  /// They go for good, where they have this very version.
  std::vector<PlatformRecord> removed;
  /// New where their number is 0, and get numbers in their order, behind those of the records. Of
  /// others what they hold of the record (`before`, `record`) and how they stand is stored, unless
  /// they were erased meanwhile.
  std::vector<RecordChange> changes;
  std::optional<RecordPushReceipt> receipt;
};

/// How long a receipt, a settled change, and a deleted or refused record are kept.
inline constexpr std::chrono::hours kPushMemory{24};
inline constexpr std::chrono::days kChangeMemory{90};
inline constexpr std::chrono::days kGoneRecordMemory{365};

/// Versions and change numbers of a place come from one counter, and become visible in their order:
/// who has read up to one of them meets nothing below it later.
///
/// Blocking; thread-safe; fails as SyncStore: kUnavailable DATABASE_UNAVAILABLE, and Commit with
/// kInDoubt DATABASE_IN_DOUBT.
class PlatformRecordStore {
 public:
  virtual ~PlatformRecordStore() = default;

  /// All or nothing. kConflict RECORD_MOVED: a record has another version, is there already, or a
  /// new change, its op_key, an own key or a request id is known; or a change is not there (any
  /// more). Returns the records as stored.
  virtual Result<std::vector<PlatformRecord>> Commit(const PlatformCommit& commit) = 0;

  /// By PlatformRecord::key, however it stands. Nothing: there is none.
  virtual Result<std::optional<PlatformRecord>> Get(const PlatformPlace& place,
                                                    const std::string& key) = 0;
  /// Those whose key or own key is one of these, however they stand; in any order.
  virtual Result<std::vector<PlatformRecord>> Named(const PlatformPlace& place,
                                                    const std::vector<std::string>& keys) = 0;
  /// Those that are present, by key.
  virtual Result<std::vector<PlatformRecord>> List(const PlatformPlace& place,
                                                   const std::string& after, int limit) = 0;
  virtual Result<std::int64_t> Count(const PlatformPlace& place) = 0;
  /// Those that are present and have this mark (core::twoway::MarksOf), and few others; oldest
  /// first.
  virtual Result<std::vector<PlatformRecord>> Marked(const PlatformPlace& place,
                                                     const std::string& mark, int limit) = 0;
  /// Those with a higher version, however they stand, by version.
  virtual Result<std::vector<PlatformRecord>> Since(const PlatformPlace& place,
                                                    std::int64_t version, int limit) = 0;
  /// The highest version or number that was given; 0: none was.
  virtual Result<std::int64_t> Newest(const PlatformPlace& place) = 0;

  /// Changes of these records (PlatformRecord::key) that wait, in their order.
  virtual Result<std::vector<RecordChange>> Waiting(const PlatformPlace& place,
                                                    const std::vector<std::string>& keys) = 0;
  /// All that wait, with a higher number, in their order.
  virtual Result<std::vector<RecordChange>> WaitingSince(const PlatformPlace& place,
                                                         std::int64_t number, int limit) = 0;
  /// kNotFound RECORD_CHANGE_NOT_FOUND.
  virtual Result<RecordChange> Change(const PlatformPlace& place, RecordChangeId id) = 0;
  /// By its op_key. Nothing: there is none.
  virtual Result<std::optional<RecordChange>> ChangeOf(const PlatformPlace& place,
                                                       const std::string& op_key) = 0;
  virtual Result<std::optional<RecordPushReceipt>> Receipt(const PlatformPlace& place,
                                                           const std::string& request_id) = 0;

  /// Takes away what is older than it is kept. How many rows; call again while it is not 0.
  virtual Result<std::int64_t> Prune(WallTime now, int limit) = 0;
};

std::string ToText(RecordChangeId id);
std::optional<RecordChangeId> ParseRecordChangeId(std::string_view text);

}  // namespace sb::ports
