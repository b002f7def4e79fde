#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/provider.h"
#include "engine/core/sync/absence.h"
#include "engine/core/sync/cadence.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/clock.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

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
};

/// Reads streams into tables, page by page: windows that prove themselves, their rows, what could
/// not become one, and what is gone. What a process that died had read of a window is read again by
/// whoever goes on, and changes nothing. Thread-safe; blocks.
class StreamReader {
 public:
  struct Dependencies {
    ports::SyncStore& syncs;
    ports::SyncLedger& ledger;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
  };

  explicit StreamReader(Dependencies dependencies) : deps_(dependencies) {}

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

 private:
  /// What a page of a list brought.
  struct Fetched {
    core::sync::ScanPage page;
    ports::SinkBatch batch;
    std::vector<ports::SyncReject> rejects;
    bool past = false;  ///< Newest changes first: it reached what is known.
    std::int64_t requests = 0;
  };

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

  Result<Fetched> Fetch(const StreamScene& scene, const ports::SyncStream& at,
                        const core::sync::Reading& list, int page);
  Status Complete(const StreamScene& scene, std::vector<Json>& objects,
                  std::vector<WallTime>& instants, std::int64_t& requests);
  Status Map(const StreamScene& scene, const std::vector<Json>& objects,
             const std::vector<WallTime>& instants, Fetched& fetched);
  Status LookForKnown(const StreamScene& scene, const ports::SyncStream& at,
                      const std::vector<Json>& objects, Fetched& fetched);
  /// Stores what was fetched, with the checkpoint `next` where one is reached; `at` becomes it.
  Status Store(const StreamScene& scene, Fetched& fetched, bool checkpoint,
               const ports::SyncStream& next, ports::SyncStream& at);

  Status SeeToAbsent(const StreamScene& scene, const core::sync::WindowReceipt& receipt,
                     WallTime begun_at, ports::SyncStream& at);
  /// Asks for each by itself: those that are gone go into `gone`, the others into `there`.
  Status AskFor(const StreamScene& scene, const std::vector<std::string>& keys,
                std::vector<std::string>& gone, Fetched& there);

  UnderWay Recall(const ports::SyncStream& at) const;
  void Remember(const ports::SyncStream& at, UnderWay under_way);
  void Forget(const ports::SyncStream& at);

  Dependencies deps_;
  mutable std::mutex mutex_;
  std::map<std::pair<ports::SyncId, std::string>, UnderWay> under_way_;
};

}  // namespace sb::accounts
