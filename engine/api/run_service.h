#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/api/gate.h"
#include "engine/api/open_streams.h"
#include "engine/api/run_reader.h"
#include "engine/api/run_stream.h"
#include "switchboard/v1/run.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.RunService: see proto/switchboard/v1/run.proto.
class RunService final : public switchboard::v1::RunService::CallbackService {
 public:
  RunService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate), reader_(deps) {}

  /// Ends every watch with UNAVAILABLE API_STOPPING, and those that come later.
  void StopWatches() { open_.Stop(); }

  grpc::ServerUnaryReactor* StartRun(grpc::CallbackServerContext* context,
                                     const switchboard::v1::StartRunRequest* request,
                                     switchboard::v1::StartRunResponse* response) override;
  grpc::ServerUnaryReactor* StartRuns(grpc::CallbackServerContext* context,
                                      const switchboard::v1::StartRunsRequest* request,
                                      switchboard::v1::StartRunsResponse* response) override;
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context,
                                   const switchboard::v1::GetRunRequest* request,
                                   switchboard::v1::GetRunResponse* response) override;
  grpc::ServerUnaryReactor* ListRuns(grpc::CallbackServerContext* context,
                                     const switchboard::v1::ListRunsRequest* request,
                                     switchboard::v1::ListRunsResponse* response) override;
  grpc::ServerWriteReactor<switchboard::v1::WatchRunResponse>* WatchRun(
      grpc::CallbackServerContext* context,
      const switchboard::v1::WatchRunRequest* request) override;
  grpc::ServerUnaryReactor* CancelRun(grpc::CallbackServerContext* context,
                                      const switchboard::v1::CancelRunRequest* request,
                                      switchboard::v1::CancelRunResponse* response) override;
  grpc::ServerUnaryReactor* SuspendRun(grpc::CallbackServerContext* context,
                                       const switchboard::v1::SuspendRunRequest* request,
                                       switchboard::v1::SuspendRunResponse* response) override;
  grpc::ServerUnaryReactor* ResumeRun(grpc::CallbackServerContext* context,
                                      const switchboard::v1::ResumeRunRequest* request,
                                      switchboard::v1::ResumeRunResponse* response) override;
  grpc::ServerUnaryReactor* RetryRun(grpc::CallbackServerContext* context,
                                     const switchboard::v1::RetryRunRequest* request,
                                     switchboard::v1::RetryRunResponse* response) override;
  grpc::ServerWriteReactor<switchboard::v1::BulkRunsResponse>* BulkRuns(
      grpc::CallbackServerContext* context,
      const switchboard::v1::BulkRunsRequest* request) override;
  grpc::ServerUnaryReactor* CallAction(grpc::CallbackServerContext* context,
                                       const switchboard::v1::CallActionRequest* request,
                                       switchboard::v1::CallActionResponse* response) override;

 private:
  void Start(const std::shared_ptr<Call>& call, const switchboard::v1::StartRunRequest& request,
             switchboard::v1::Run& run);
  void StartMany(const std::shared_ptr<Call>& call,
                 const switchboard::v1::StartRunsRequest& request,
                 switchboard::v1::StartRunsResponse& response);
  Outcome List(const Caller& caller, const switchboard::v1::ListRunsRequest& request,
               switchboard::v1::ListRunsResponse& response);
  void Follow(const std::shared_ptr<RunStream>& stream, const std::shared_ptr<Call>& call,
              const std::string& id, const std::string& resume_token);
  void Retry(const std::shared_ptr<Call>& call, const switchboard::v1::RetryRunRequest& request,
             switchboard::v1::Run& run);
  void Perform(const std::shared_ptr<Call>& call, const switchboard::v1::CallActionRequest& request,
               switchboard::v1::CallActionResponse& response);
  void Read(const std::shared_ptr<Call>& call, const switchboard::v1::GetRunRequest& request,
            switchboard::v1::Run& run);
  Outcome Show(const Caller& caller, const std::string& id, switchboard::v1::RunView view,
               switchboard::v1::Run& run);
  /// Ends a call with the run as it stands after what was done to it. From any thread, blocking
  /// none.
  void FinishWithRun(const std::shared_ptr<Call>& call, RunId id, switchboard::v1::Run& run);

  const Dependencies& deps_;
  Gate& gate_;
  RunReader reader_;
  OpenStreams open_;
  std::atomic<int> bulk_calls_ = 0;
};

}  // namespace sb::api
