#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/absence.h"
#include "engine/core/sync/cadence.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/scan.h"
#include "engine/ports/event_feed.h"

namespace sb::ports {

using SyncId = Id<struct SyncTag>;

enum class SyncState : std::int16_t { kPaused = 1, kRunning = 2, kDeleted = 3 };

enum class SyncKind : std::int16_t {
  kReplication = 1,  ///< The account's collections as tables; it has streams.
  kTwoWay = 2  ///< Records that are kept alike on two sides; what it remembers is in LinkStore.
};

/// Why a deleted two-way sync is looked at again: a side still has its trigger and log.
inline constexpr const char* kSyncSideLeft = "LINK_SIDE_LEFT";

/// A sync of one account.
struct Sync {
  SyncId id;
  Slot slot = 0;
  AccountId account;
  SyncKind kind = SyncKind::kReplication;
  std::string workspace;
  std::string name;
  std::string version;
  std::string definition;  ///< The YAML, as it was deployed.
  std::string connection;  ///< Empty: the database of the engine. A two-way sync has none.
  /// Of the tables. Of a two-way sync "two-way/<account>/<namespace>/<name>", which no schema is
  /// called and no other sync has.
  std::string schema;
  SyncState state = SyncState::kPaused;
  std::string reason;  ///< A code, where it was paused by us.
  WallTime created_at;
  int step = 0;        ///< The compare-and-set of Save.
  FeedPosition heard;  ///< Events up to here are in the tables; Save leaves it as it is.

  bool operator==(const Sync&) const = default;
};

/// A reading of a stream that is under way.
struct SyncReading {
  core::sync::DueReading what;
  WallTime begun_at;
  bool proven = true;  ///< All windows of it so far.
  core::sync::ScanPosition position;

  bool operator==(const SyncReading&) const = default;
};

/// How far a stream of a sync is. The checkpoint of its reading.
struct SyncStream {
  Slot slot = 0;
  AccountId account;
  SyncId sync;
  std::string stream;
  std::optional<WallTime> known_until;  ///< See core::sync::StreamProgress.
  std::optional<WallTime> whole_at;
  std::optional<WallTime> asked_at;
  std::optional<SyncReading> reading;
  std::int64_t requests = 0;
  std::int64_t written = 0;
  std::int64_t rejected = 0;
  WallTime due_at;
  std::string error;  ///< The code of what hindered it last; empty: nothing does.
  int step = 0;       ///< The compare-and-set of SaveStream.

  bool operator==(const SyncStream&) const = default;
};

/// Syncs of both kinds, and how far replications are. Blocking; thread-safe; fails besides with
/// kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
///
/// Open, Get, List, Save and SaveHeard are for both kinds: an account has one sync of a name,
/// whichever its kind. Whoever lists syncs to do something with them looks at `kind`. Running gives
/// the kind that is asked for. Streams, AddStreams, SaveStream and Due are of replications, since
/// no other sync has streams.
class SyncStore {
 public:
  virtual ~SyncStore() = default;

  /// Stores a sync with its streams (a two-way sync has none). kConflict SYNC_EXISTS: the account
  /// has one of that name; kConflict SYNC_SCHEMA_TAKEN: another one has that schema.
  virtual Status Open(const Sync& sync, const std::vector<SyncStream>& streams) = 0;
  /// kNotFound SYNC_NOT_FOUND. Deleted ones are found.
  virtual Result<Sync> Get(AccountId account, SyncId id) = 0;
  /// Those of an account that are not deleted, of both kinds, by name.
  virtual Result<std::vector<Sync>> List(AccountId account) = 0;
  /// Stores version, definition, state and reason, and returns the new step. kConflict SYNC_MOVED:
  /// somebody else changed it.
  virtual Result<int> Save(const Sync& sync) = 0;
  /// By name.
  virtual Result<std::vector<SyncStream>> Streams(Slot slot, AccountId account, SyncId sync) = 0;
  /// Adds those that the sync does not have yet.
  virtual Status AddStreams(const std::vector<SyncStream>& streams) = 0;
  /// Stores all of it and returns the new step. kConflict SYNC_MOVED.
  virtual Result<int> SaveStream(const SyncStream& stream) = 0;
  /// Those of a kind in these slots that are running, by id.
  virtual Result<std::vector<Sync>> Running(const std::vector<Slot>& slots, SyncKind kind) = 0;
  /// Two-way syncs in these slots that are deleted and whose sides still have what was made for
  /// them (`reason` is kSyncSideLeft), by id; at most `limit`.
  virtual Result<std::vector<Sync>> Left(const std::vector<Slot>& slots, int limit) = 0;
  /// Moves `heard` on from `sync.heard`. kConflict SYNC_MOVED: it is somewhere else by now, or the
  /// sync is not there.
  virtual Status SaveHeard(const Sync& sync, const FeedPosition& heard) = 0;
  /// Those of running syncs in these slots that are due at `now`, longest due first.
  virtual Result<std::vector<SyncStream>> Due(const std::vector<Slot>& slots, WallTime now,
                                              int limit) = 0;
};

/// Which stream findings are of.
struct SyncPlace {
  Slot slot = 0;
  AccountId account;
  SyncId sync;
  std::string stream;
};

/// A window that was read. Without the keys that were seen in it.
struct SyncReceipt {
  core::sync::Window window;
  std::optional<std::int64_t> counted;
  std::int64_t read = 0;
  bool proven = false;
  std::int64_t behind_wall = 0;
  int attempts = 1;
  WallTime read_at;

  bool operator==(const SyncReceipt&) const = default;
};

/// An object that became no row.
struct SyncReject {
  std::string key;
  std::string code;
  std::string reason;
  WallTime at;

  bool operator==(const SyncReject&) const = default;
};

/// An object that an event has named, to be read by itself.
struct SyncNamed {
  std::string key;
  WallTime named_at;  ///< The last time.
  int tries = 0;
  WallTime due_at;

  bool operator==(const SyncNamed&) const = default;
};

/// What readings found. Blocking; thread-safe; fails as SyncStore.
class SyncLedger {
 public:
  virtual ~SyncLedger() = default;

  /// Replaces those of windows that begin inside of it. Windows of a later reading are cut
  /// elsewhere: what such a one has behind this window is read next.
  virtual Status Receive(const SyncPlace& place, const SyncReceipt& receipt) = 0;
  /// Newest window first.
  virtual Result<std::vector<SyncReceipt>> Receipts(const SyncPlace& place, int limit) = 0;
  /// Each key once with each code; the newest reason stands.
  virtual Status Reject(const SyncPlace& place, const std::vector<SyncReject>& rejects) = 0;
  /// Newest first.
  virtual Result<std::vector<SyncReject>> Rejected(const SyncPlace& place, int limit) = 0;
  /// Those of one key, newest first.
  virtual Result<std::vector<SyncReject>> RejectsOf(const SyncPlace& place,
                                                    const std::string& key) = 0;
  /// Remembers those that were not known, and forgets others.
  virtual Status Suspect(const SyncPlace& place, const std::vector<core::sync::Suspect>& watch,
                         const std::vector<std::string>& clear) = 0;
  /// By key.
  virtual Result<std::vector<core::sync::Suspect>> Suspects(const SyncPlace& place) = 0;

  /// Remembers what is to be read, each key once, and has the stream look no later than the first
  /// of them is due. Whoever is taking a step of the stream then finds that it has moved. A key
  /// that is known is to be read again.
  virtual Status Name(const SyncPlace& place, const std::vector<SyncNamed>& named) = 0;
  /// Those that are due at `now`, longest due first.
  virtual Result<std::vector<SyncNamed>> Named(const SyncPlace& place, WallTime now, int limit) = 0;
  /// When the next one is due; nothing: there is none.
  virtual Result<std::optional<WallTime>> NextNamed(const SyncPlace& place) = 0;
  /// Forgets `done` and puts `later` off, unless they were named again meanwhile.
  virtual Status Unname(const SyncPlace& place, const std::vector<SyncNamed>& done,
                        const std::vector<SyncNamed>& later) = 0;
};

}  // namespace sb::ports
