#include "engine/api/gate.h"

#include <exception>
#include <utility>

#include "engine/base/log.h"

namespace sb::api {
namespace {

constexpr const char* kRequests = "switchboard_grpc_requests_total";
constexpr Millis kBusyDelay{1000};

std::string AuthorizationOf(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

Error Busy() {
  return RateLimited("SERVER_BUSY",
                     "the server has more calls than it can work on: try again in a second",
                     kBusyDelay);
}

Error StoppingError() {
  return Unavailable("API_STOPPING", "the server is stopping: try again in a moment");
}

Error AbandonedError() {
  return Cancelled("CALL_ABANDONED",
                   "the caller went away, or its deadline passed, before the work began");
}

}  // namespace

Call::Call(const Dependencies& deps, grpc::CallbackServerContext& context, Method method,
           Ended ended)
    : deps_(deps),
      context_(context),
      method_(method),
      ended_(std::move(ended)),
      began_(deps.clock.Now()) {}

Call::~Call() {
  if (stage_ == Stage::kFinished) return;
  Finish(Internal("INTERNAL", "the call was dropped; that is a fault of the server"));
}

void Call::Finish(const Outcome& outcome, const std::function<void()>& fill) {
  {
    const std::lock_guard lock(mutex_);
    if (stage_ == Stage::kFinished) return;
    stage_ = Stage::kFinished;
  }
  if (fill) fill();
  Respond(outcome);
}

void Call::AwaitAnswer() {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kWorking) stage_ = Stage::kWaiting;
}

void Call::Abort(const Failure& failure) {
  {
    const std::lock_guard lock(mutex_);
    if (stage_ != Stage::kWaiting) return;
    stage_ = Stage::kFinished;
  }
  Respond(failure);
}

void Call::Respond(const Outcome& outcome) {
  const grpc::Status status = outcome ? ToGrpc(*outcome) : grpc::Status::OK;
  const char* code = NameOf(status.error_code());
  const auto took = std::chrono::duration_cast<Millis>(deps_.clock.Now() - began_);
  deps_.metrics.Count(kRequests, {{"method", method_.name}, {"code", code}});
  Log::Info("api.call", {{"method", method_.name},
                         {"code", code},
                         {"error", outcome ? outcome->error.code : std::string()},
                         {"ms", took.count()},
                         {"key", caller_.key_name}});
  ended_(status);
}

Gate::Gate(const Dependencies& deps) : deps_(deps), keys_(deps.api_keys, deps.clock) {
  deps_.metrics.Describe(kRequests, "Calls of the gRPC API that were answered, by method and code");
}

grpc::ServerUnaryReactor* Gate::Answer(grpc::CallbackServerContext* context, Method method,
                                       std::function<Outcome(const Caller&)> work) {
  return AnswerLater(context, method, [work = std::move(work)](const std::shared_ptr<Call>& call) {
    call->Finish(work(call->caller()));
  });
}

grpc::ServerUnaryReactor* Gate::AnswerLater(grpc::CallbackServerContext* context, Method method,
                                            Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Admit(
      *context, method, [reactor](const grpc::Status& status) { reactor->Finish(status); },
      [work = std::move(work)](const std::shared_ptr<Call>& call) {
        work(call);
        call->AwaitAnswer();
      });
  return reactor;
}

void Gate::Admit(grpc::CallbackServerContext& context, Method method, Call::Ended ended,
                 Work work) {
  const auto key =
      std::make_shared<const Call*>(nullptr);  // shared: known only once the call is made
  auto call = std::make_shared<Call>(
      deps_, context, method, [this, key, ended = std::move(ended)](const grpc::Status& status) {
        Leave(*key);  // first: once the call has ended, the server may go away
        ended(status);
      });
  *key = call.get();
  if (!Enter(call)) return call->Finish(StoppingError());
  std::string authorization = AuthorizationOf(context);
  // Without a key there is nothing to look up: such calls must not cost the others a place in the
  // pool.
  if (!KeyRing::LooksLikeKey(authorization)) return call->Finish(KeyRing::MissingKey());
  const bool taken = deps_.post([this, call, authorization = std::move(authorization),
                                 work = std::move(work)] { Run(call, authorization, work); });
  if (!taken) call->Finish(Busy());
}

void Gate::Run(const std::shared_ptr<Call>& call, const std::string& authorization,
               const Work& work) {
  try {
    if (call->Abandoned()) return call->Finish(AbandonedError());
    auto caller = keys_.Identify(authorization);
    if (!caller.ok()) return call->Finish(caller.error());
    call->caller_ = *std::move(caller);
    if (auto allowed = RequireRole(call->caller_, call->method_.least); !allowed.ok()) {
      return call->Finish(allowed.error());
    }
    work(call);
  } catch (const std::exception& e) {  // a bug of ours; it must not take the server down
    Log::Error("api.exception", {{"method", call->method_.name}, {"what", e.what()}});
    call->Finish(
        Internal("INTERNAL", "the server ran into a fault of its own; its log knows more"));
  }
}

bool Gate::Enter(const std::shared_ptr<Call>& call) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  inside_[call.get()] = call;
  return true;
}

void Gate::Leave(const Call* call) {
  const std::lock_guard lock(mutex_);
  inside_.erase(call);
  left_.notify_all();
}

void Gate::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void Gate::Drain(Millis grace) {
  std::unique_lock lock(mutex_);
  left_.wait_for(lock, grace, [this] { return inside_.empty(); });
  const auto left = inside_;
  lock.unlock();
  for (const auto& [key, weak] : left) {
    if (const auto call = weak.lock()) {
      call->Abort(
          InDoubt("API_STOPPING",
                  "the server stopped before the answer came: what you asked for may still have "
                  "happened"));
    }
  }
}

}  // namespace sb::api
