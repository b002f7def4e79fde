#include "tests/bench/run_load.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace sb::bench {
namespace {

namespace v1 = switchboard::v1;

/// Keeps calls under way: each that ends begins the next, until all were made. Shared with the
/// calls, the last of which may still be ending when Run returns.
class Conveyor : public std::enable_shared_from_this<Conveyor> {
 public:
  /// Makes call number `number` and tells its end by `ended`.
  using Ended = std::function<void(const grpc::Status&)>;
  using Begin = std::function<void(int number, Ended ended)>;

  Conveyor(int calls, Begin begin) : calls_(calls), begin_(std::move(begin)) {}

  /// The seconds it took. Throws what refused a call.
  double Run(int in_flight) {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < in_flight; ++i) Next();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return ended_ == calls_ || !refusal_.empty(); });
    if (!refusal_.empty()) throw std::runtime_error(refusal_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }

 private:
  void Next() {
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      if (begun_ == calls_ || !refusal_.empty()) return;
      number = begun_++;
    }
    begin_(number,
           [self = shared_from_this()](const grpc::Status& status) { self->OnEnded(status); });
  }

  void OnEnded(const grpc::Status& status) {
    {
      const std::lock_guard lock(mutex_);
      ++ended_;
      if (!status.ok()) refusal_ = status.error_message();
      done_.notify_all();
    }
    Next();
  }

  const int calls_;
  const Begin begin_;
  std::mutex mutex_;
  std::condition_variable done_;
  int begun_ = 0;
  int ended_ = 0;
  std::string refusal_;
};

/// What one call needs until it has ended.
template <typename Request, typename Response>
struct CallUnderWay {
  grpc::ClientContext context;
  Request request;
  Response response;
};

}  // namespace

RunLoad::RunLoad(const std::string& address, std::string key, std::string account)
    : key_(std::move(key)), account_(std::move(account)) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  stub_ = v1::RunService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

double RunLoad::StartSingly(const std::string& workflow, int runs, int in_flight) {
  const auto begin = [&](int number, Conveyor::Ended ended) {
    auto call = std::make_shared<CallUnderWay<v1::StartRunRequest, v1::StartRunResponse>>();
    call->context.AddMetadata("authorization", "Bearer " + key_);
    call->request.set_account(account_);
    call->request.set_workflow(workflow);
    (*call->request.mutable_input()->mutable_fields())["n"].set_number_value(number);
    stub_->async()->StartRun(
        &call->context, &call->request, &call->response,
        [call, ended = std::move(ended)](const grpc::Status& status) { ended(status); });
  };
  return std::make_shared<Conveyor>(runs, begin)->Run(in_flight);
}

double RunLoad::StartInBulk(const std::string& workflow, int runs, int batch, int in_flight,
                            bool with_ids) {
  const auto begin = [&](int number, Conveyor::Ended ended) {
    auto call = std::make_shared<CallUnderWay<v1::StartRunsRequest, v1::StartRunsResponse>>();
    call->context.AddMetadata("authorization", "Bearer " + key_);
    call->request.set_account(account_);
    call->request.set_workflow(workflow);
    for (int i = number * batch; i < std::min((number + 1) * batch, runs); ++i) {
      v1::RunToStart& run = *call->request.add_runs();
      (*run.mutable_input()->mutable_fields())["n"].set_number_value(i);
      if (with_ids) run.set_request_id("bench-" + std::to_string(++next_id_));
    }
    stub_->async()->StartRuns(&call->context, &call->request, &call->response,
                              [call, ended = std::move(ended)](const grpc::Status& status) {
                                for (const v1::StartedRun& run : call->response.runs()) {
                                  if (!run.error_code().empty())
                                    return ended({grpc::StatusCode::INTERNAL, run.error_message()});
                                }
                                ended(status);
                              });
  };
  return std::make_shared<Conveyor>((runs + batch - 1) / batch, begin)->Run(in_flight);
}

}  // namespace sb::bench
