#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "switchboard/v1/run.grpc.pb.h"

namespace sb::bench {

/// Starts runs over gRPC, many calls at once, on one channel.
class RunLoad {
 public:
  RunLoad(const std::string& address, std::string key, std::string account);

  /// Starts `runs` of `workflow`, one call each with `in_flight` of them under way; returns the
  /// seconds until the last was answered. Throws std::runtime_error when one is refused.
  double StartSingly(const std::string& workflow, int runs, int in_flight);

  /// The same with StartRuns: `batch` runs a call; with an id that was never used, if wanted.
  double StartInBulk(const std::string& workflow, int runs, int batch, int in_flight,
                     bool with_ids = false);

 private:
  std::unique_ptr<switchboard::v1::RunService::Stub> stub_;
  std::string key_;
  std::string account_;
  std::atomic<long> next_id_ = 0;
};

}  // namespace sb::bench
