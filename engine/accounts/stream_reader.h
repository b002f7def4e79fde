#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/batch_writer.h"
#include "engine/accounts/import_gate.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/stream_fetcher.h"
#include "engine/core/sync/absence.h"
#include "engine/core/sync/cadence.h"
#include "engine/core/sync/import_rules.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/clock.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

// Errors of a stream (ports::SyncStream) that are about deletes: they stay until everything is read
// again.
/// So many objects are gone that a person is asked first.
inline constexpr const char* kDeletesBraked = "SYNC_DELETES_BRAKED";
/// A person has said that they are: until the end of the next reading of everything.
inline constexpr const char* kDeletesApproved = "SYNC_DELETES_APPROVED";

/// Error of a stream whose objects the provider does not give to this company.
inline constexpr const char* kNotEntitled = "SYNC_NOT_ENTITLED";

/// What the reading of one stream of a sync needs.
struct StreamScene {
  const core::sync::Stream& stream;
  std::string schema;
  std::set<std::string> beside;  ///< See ports::SinkBatch.
  core::sync::Cadence cadence;
  core::sync::DeletePolicy deletes = core::sync::DeletePolicy::kMark;
  core::sync::DeleteBrake brake;
  PerformAction perform;  ///< In the background lane.
  ports::RowSink& sink;
  core::sync::ImportFilter only = {};  ///< What of it becomes rows; empty: everything.
};

/// An event of an account, as it is heard for a stream.
struct HeardEvent {
  std::string type;
  Json data;             ///< Of a stream that is fed by the inbox: the event as a row's object.
  WallTime occurred_at;  ///< The provider's time; of a stream that is fed by the inbox: ours.
};

/// Reads streams into tables, page by page: windows that prove themselves, their rows, what could
/// not become one, what the rules leave out, and what is gone. What a process that died had read of
/// a window is read again by whoever goes on, and changes nothing. Thread-safe; blocks.
class StreamReader {
 public:
  struct Dependencies {
    ports::SyncStore& syncs;
    ports::SyncLedger& ledger;
    ports::SkipLedger& skips;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
  };

  explicit StreamReader(Dependencies dependencies)
      : deps_(dependencies),
        fetcher_(dependencies.expressions, dependencies.clock),
        gate_(dependencies.skips, dependencies.expressions, dependencies.clock),
        writer_(dependencies.ledger, dependencies.clock) {}

  enum class Pace {
    kMore,  ///< Go on at once.
    kDone   ///< Nothing is due before `at.due_at`.
  };

  /// Takes one step of a stream, one page at most, and leaves `at` as it is stored. For one caller
  /// at a time for each stream; another one does no harm. Fails as actions, RowSink, SyncStore and
  /// SyncLedger do: the step is to be taken again.
  Result<Pace> Step(const StreamScene& scene, ports::SyncStream& at);

  /// An event of the account, at once: writes what it tells of the stream, if anything. `type` and
  /// `data` are those of the event, `occurred_at` is the provider's time. Fails as Step; an event
  /// that is heard again changes nothing.
  Status Hear(const StreamScene& scene, const ports::SyncStream& at, const std::string& type,
              const Json& data, WallTime occurred_at);
  /// The same of several, in one batch. An event that cannot be understood is noted in the ledger,
  /// the others are not held up. Says how many rows changed.
  Result<std::int64_t> HearAll(const StreamScene& scene, const ports::SyncStream& at,
                               const std::vector<HeardEvent>& events);

 private:
  /// How far the window at hand is; lost with the process, and of no use once another process has
  /// gone on.
  struct UnderWay {
    core::sync::Window of;
    WallTime begun_at;  ///< The reading.
    core::sync::WindowReading window;
    core::sync::ChangesReading changes;
  };

  Result<Pace> Begin(const StreamScene& scene, ports::SyncStream& at);
  Result<Pace> Finish(const StreamScene& scene, ports::SyncStream& at);
  Result<Pace> ReadWindow(const StreamScene& scene, ports::SyncStream& at);
  Result<Pace> ReadChanges(const StreamScene& scene, ports::SyncStream& at);
  Result<Pace> Save(ports::SyncStream& at, Pace then);

  /// Takes out of the rows what the rules leave out.
  Status Sift(const StreamScene& scene, const ports::SyncStream& at, Fetched& fetched);
  /// Writes down what was left out, and what is let in. Before the rows are written.
  Status NoteImports(const StreamScene& scene, const ports::SyncStream& at, const Fetched& fetched);
  /// Stores what was fetched, with the checkpoint `next` where one is reached; `at` becomes it.
  Status Store(const StreamScene& scene, Fetched& fetched, bool checkpoint,
               const ports::SyncStream& next, ports::SyncStream& at);

  /// A step of a stream whose objects events name: some of them are read.
  Result<Pace> ReadNamed(const StreamScene& scene, ports::SyncStream& at);
  struct NamedRound;
  Status ReadNamedOne(const StreamScene& scene, const ports::SyncStream& at,
                      const ports::SyncNamed& named, NamedRound& round);
  Status AfterRefusal(const ports::SyncNamed& named, const Error& error, NamedRound& round) const;
  Status KeepNamed(const StreamScene& scene, ports::SyncStream& at, NamedRound& round);
  Result<std::int64_t> HearNames(const StreamScene& scene, const ports::SyncStream& at,
                                 const std::vector<HeardEvent>& events);

  Status HearOne(const StreamScene& scene, const ports::SyncStream& at, const HeardEvent& event,
                 Fetched& heard, std::vector<ports::SinkDeletion>& gone);

  Status SeeToAbsent(const StreamScene& scene, const core::sync::WindowReceipt& receipt,
                     WallTime begun_at, ports::SyncStream& at);

  UnderWay Recall(const ports::SyncStream& at) const;
  void Remember(const ports::SyncStream& at, UnderWay under_way);
  void Forget(const ports::SyncStream& at);

  Dependencies deps_;
  StreamFetcher fetcher_;
  ImportGate gate_;
  BatchWriter writer_;
  mutable std::mutex mutex_;
  std::map<std::pair<ports::SyncId, std::string>, UnderWay> under_way_;
};

}  // namespace sb::accounts
