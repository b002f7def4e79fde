#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/stream_reader.h"
#include "engine/core/personal/redactor.h"
#include "engine/core/sync/analytics.h"
#include "engine/core/sync/progress.h"
#include "engine/core/sync/replication.h"
#include "engine/core/sync/table_plan.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// What a deployment would do.
struct ReplicationPlan {
  std::string schema;
  core::sync::TablePlan tables;
  core::sync::ChosenViews views;  ///< What the connector makes of the tables.
};

/// How far a stream is.
struct StreamStanding {
  ports::SyncStream at;
  std::optional<core::sync::ReadingProgress> reading;  ///< Of what is being read, if anything is.
  std::optional<Millis> lag;  ///< How old what is known may be; nothing: nothing is known yet.
  bool live = false;          ///< Events tell of it as well.
  bool unlisted = false;      ///< Only events tell of it: there is no list to read.
};

/// The replications of accounts: planned, deployed, paused, and worked off stream by stream.
/// Thread-safe; blocks.
class Replications {
 public:
  struct Dependencies {
    ConnectionDependencies world;
    ports::SyncStore& syncs;
    ports::SyncLedger& ledger;
    ports::SkipLedger& skips;
    /// The destination of this name; empty: the database of the engine. Null: there is none.
    std::function<ports::RowSink*(const std::string& connection)> sink_of;
    std::function<std::vector<Slot>()> our_slots;
    ports::EventFeed& feed;
    /// Told when a sync was deployed, started, paused or deleted: other events may be wanted, and
    /// streams may be due.
    std::function<void()> changed = [] {};
  };

  explicit Replications(Dependencies dependencies);

  /// Changes nothing. kInvalid SYNC_SOURCE_OTHER: the account is of another connector; kInvalid
  /// SYNC_WHEN_INVALID: an expression does not compile; kNotFound SYNC_CONNECTION_NOT_FOUND;
  /// besides as RowSink.
  Result<ReplicationPlan> Plan(const ports::Account& account,
                               const core::sync::Replication& replication);

  /// Makes or widens the tables, makes the views that can stand on them (views that cannot are left
  /// out, and hold nothing up), and stores the sync, paused where it is new. `yaml` is the text
  /// that `replication` was read from. The same again changes nothing. Fails as Plan, and with
  /// kConflict: SYNC_TABLES_CONFLICT (existing tables cannot be used), SYNC_VERSION_EXISTS (this
  /// version says something else), SYNC_SCHEMA_FIXED (a sync stays where it is), SYNC_SCHEMA_TAKEN,
  /// SYNC_EXISTS (a two-way sync has this name), SYNC_MOVED.
  Result<ports::Sync> Deploy(const ports::Account& account,
                             const core::sync::Replication& replication, const std::string& yaml);

  /// What Deploy would do, without doing it. Fails as Deploy, but for what others do meanwhile.
  Result<ReplicationPlan> Check(const ports::Account& account,
                                const core::sync::Replication& replication,
                                const std::string& yaml);

  /// Lets the deletes through that the brake holds in a stream: everything of it is read again,
  /// now, and what is gone then goes, however much it is. kNotFound SYNC_STREAM_NOT_CHOSEN;
  /// kConflict SYNC_DELETES_NOT_HELD, SYNC_MOVED; besides as SyncStore.
  Status ApproveDeletes(const ports::Sync& sync, const std::string& stream);

  /// Starts, pauses or deletes it; its tables stay. Fails as SyncStore.
  Result<ports::Sync> SetState(AccountId account, ports::SyncId id, ports::SyncState state);

  /// How far each stream of a sync is, by name. Fails as SyncStore and SyncLedger.
  Result<std::vector<StreamStanding>> Standing(const ports::Sync& sync);

  /// CloudEvents types that the running syncs of the account want, sorted. A definition that cannot
  /// be read any more wants none. Fails as SyncStore.
  Result<std::vector<std::string>> WantedEvents(const ports::Account& account);

  /// Takes a person out of the tables of the account's syncs, whatever their state, and says how
  /// many rows that were (with `count_only` would be). Fails as RowSink: again, which is safe. The
  /// provider may tell of them again: they go there first.
  Result<std::int64_t> Forget(AccountId account, const core::personal::Redactor& redactor,
                              bool count_only);
  /// Why an object of the account is in the tables, or is not: an answer for each stream of its
  /// syncs that knows it, or a single one (kNeverSeen). Fails as SyncStore, SyncLedger, SkipLedger
  /// and RowSink.
  Result<std::vector<core::sync::ImportAnswer>> Why(const ports::Account& account,
                                                    const std::string& key);

  /// Streams of our accounts that are due.
  Result<std::vector<ports::SyncStream>> Due(int limit);
  /// Syncs of our accounts that are running.
  Result<std::vector<ports::Sync>> Running();

  enum class Pace {
    kMore,  ///< Go on at once.
    kRest   ///< Nothing is due of it now, or something hinders.
  };

  /// Takes one step of a stream. Whatever hinders it is noted in the stream and tried again in a
  /// minute. For one caller at a time for each stream.
  Pace Step(ports::SyncStream& at);

  /// CloudEvents types that a sync wants, sorted. Fails with kInvalid SYNC_UNREADABLE: its
  /// definition cannot be read any more.
  Result<std::vector<std::string>> EventsOf(const ports::Sync& sync);
  /// Events of the sync's account, in any order: writes what they tell of its streams. What was
  /// heard before changes nothing. Fails as RowSink and SyncLedger: they are to be told again.
  Status Hear(const ports::Sync& sync, const std::vector<ports::InboxItem>& events);

 private:
  /// A definition, read once for each version.
  struct Reading {
    std::string version;
    core::sync::Replication replication;
    std::vector<std::string> events;  ///< See EventsOf.
  };

  /// What the work on a sync needs.
  struct Scenery {
    ports::Account account;
    std::shared_ptr<const Reading> reading;
    const std::map<std::string, core::sync::Stream>* streams = nullptr;
    const connector::Connector* connector = nullptr;
    ports::RowSink* sink = nullptr;
    std::string schema;
  };

  Result<StreamReader::Pace> TakeStep(ports::SyncStream& at);
  Result<Scenery> SceneryOf(const ports::Sync& sync);
  StreamScene SceneOf(const Scenery& scenery, const core::sync::Stream& stream,
                      const core::sync::StreamChoice& choice);
  /// The account was disconnected or erased: nothing more can come.
  Status PauseWithout(ports::Sync sync);
  Result<std::int64_t> HearFor(const Scenery& scenery, const ports::Sync& sync,
                               const core::sync::StreamChoice& choice,
                               const std::vector<HeardEvent>& told,
                               const std::vector<HeardEvent>& rows);
  Result<std::shared_ptr<const Reading>> ReadingOf(const ports::Sync& sync);
  Result<std::int64_t> ForgetIn(const ports::Sync& sync, const core::personal::Redactor& redactor,
                                bool count_only);
  Result<StreamStanding> StandingOf(const ports::SyncStream& at,
                                    const std::map<std::string, core::sync::Stream>* streams);
  /// The answer of one stream of a sync.
  Result<core::sync::ImportAnswer> WhyIn(const ports::Sync& sync, const core::sync::Stream& stream,
                                         ports::RowSink& sink, const std::string& key);
  Result<ports::RowSink*> SinkOf(const std::string& connection) const;
  static Status MakeTables(ports::RowSink& sink, const ReplicationPlan& plan);
  Result<ports::Sync> Renew(ports::Sync sync, const core::sync::Replication& replication,
                            const std::string& yaml);
  Result<ports::FeedPosition> HearsFrom(const core::sync::Replication& replication);
  Status HearAgain(ports::Sync& sync);
  void CountRows(const std::string& stream, const char* by, std::int64_t rows);
  void Hinder(const Error& error, ports::SyncStream& at);
  void NoteUnheard(const ports::Sync& sync, const std::string& stream, const Error& error);

  Dependencies deps_;
  StreamReader reader_;
  std::mutex mutex_;
  // shared: a step goes on with what it has when a new version comes
  std::map<ports::SyncId, std::shared_ptr<const Reading>> readings_;
};

}  // namespace sb::accounts
