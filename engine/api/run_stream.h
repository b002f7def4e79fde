#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "engine/api/gate.h"
#include "engine/api/run_history.h"
#include "engine/api/run_reader.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/engine.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// How much of a run's journal a client has been told: all rows up to `seq`, and the first `facts`
/// facts of those behind it.
struct Told {
  int seq = 0;
  int facts = 0;

  bool operator==(const Told&) const = default;
};

/// As text, which clients hand back.
std::string MakeResumeToken(RunId run, const Told& told);
/// Nothing when the text is not one of this run's.
std::optional<Told> ReadResumeToken(RunId run, const std::string& token);

/// One client that follows a run. It owns itself until gRPC is done with it, so engine threads that
/// still have news hold weak pointers. Keeps the newest stage and the changes since the last
/// message: a slow client costs one run of memory and its changes. Thread-safe.
class RunStream final : public grpc::ServerWriteReactor<switchboard::v1::WatchRunResponse>,
                        public std::enable_shared_from_this<RunStream> {
 public:
  static std::shared_ptr<RunStream> Make(switchboard::v1::RunView view);

  /// The call that this stream answers; at once after it was admitted.
  void Attach(std::shared_ptr<Call> call);
  /// Keeps what makes the news come.
  void Hold(std::unique_ptr<runtime::Watch> watch);
  /// News; kept back until Open.
  void Offer(const runtime::RunNews& news);
  /// The run as stored: goes out first or, after a `told`, once there is something new.
  Status Open(const ports::StoredRun& stored, SharedFace face, std::optional<Told> told);
  /// Ends the stream with a failure, as soon as no write is under way.
  void Fail(Failure failure);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  explicit RunStream(switchboard::v1::RunView view) : view_(view) {}

  void Take(const runtime::RunNews& news);
  void StartOver(const runtime::RunNews& news);
  void AddFact(const core::workflow::Fact& fact);
  void FillMessage();
  /// Starts the next write or, when there is none, gives how the stream ends, if it does.
  std::optional<Outcome> Advance();
  void Conclude(const std::optional<Outcome>& outcome);

  const switchboard::v1::RunView view_;
  std::mutex mutex_;
  std::shared_ptr<RunStream> self_;  // shared: with callbacks that come too late
  std::shared_ptr<Call> call_;
  std::unique_ptr<runtime::Watch> watch_;
  ports::RunSummary summary_;
  SharedFace face_;
  RunHistory history_;
  std::vector<runtime::RunNews> early_;  ///< Before Open.
  Told told_;
  std::deque<std::vector<switchboard::v1::RunChange>> untold_;  ///< What each fact changed.
  bool unwritten_ = false;  ///< There is a stage that was not written yet.
  std::optional<Failure> failure_;
  switchboard::v1::WatchRunResponse written_;  ///< Belongs to the write under way.
  bool open_ = false;
  bool writing_ = false;
  bool concluded_ = false;
  bool done_ = false;
};

}  // namespace sb::api
