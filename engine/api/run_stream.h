#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "engine/api/gate.h"
#include "engine/api/run_history.h"
#include "engine/core/workflow/run.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/engine.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// One client that follows a run. It owns itself until gRPC is done with it, so engine threads that
/// still have news hold weak pointers. Keeps the newest stage only: a slow client costs one run of
/// memory and misses stages in between. Thread-safe.
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
  /// The run as stored, which goes out first.
  void Open(const ports::RunSummary& summary, std::string workflow_name, const RunHistory& history);
  /// Ends the stream with a failure, as soon as no write is under way.
  void Fail(Failure failure);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  explicit RunStream(switchboard::v1::RunView view) : view_(view) {}

  void Take(const core::workflow::Run& run);
  void RememberAll(const Requests& requests);
  /// Starts the next write or, when there is none, gives how the stream ends, if it does.
  std::optional<Outcome> Advance();
  void Conclude(const std::optional<Outcome>& outcome);

  const switchboard::v1::RunView view_;
  std::mutex mutex_;
  std::shared_ptr<RunStream> self_;  // shared: with callbacks that come too late
  std::shared_ptr<Call> call_;
  std::unique_ptr<runtime::Watch> watch_;
  ports::RunSummary summary_;
  std::string workflow_name_;
  Requests requests_;
  std::optional<core::workflow::Run> newest_;  ///< Not written yet.
  std::optional<core::workflow::Run> last_;    ///< The newest of all so far.
  std::optional<Failure> failure_;
  switchboard::v1::WatchRunResponse written_;  ///< Belongs to the write under way.
  bool open_ = false;
  bool writing_ = false;
  bool concluded_ = false;
  bool done_ = false;
};

}  // namespace sb::api
