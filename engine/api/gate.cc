#include "engine/api/gate.h"

#include <exception>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/peers/network.h"

namespace sb::api {
namespace {

constexpr const char* kRequests = "switchboard_grpc_requests_total";
constexpr Millis kBusyDelay{1000};
constexpr Millis kLookAgainEvery{2000};

/// What the client sent under a name; several values as one list.
std::string MetadataOf(const grpc::CallbackServerContext& context, const char* name) {
  std::string values;
  const auto [first, end] = context.client_metadata().equal_range(name);
  for (auto each = first; each != end; ++each) {
    if (each != first) values += ", ";
    values.append(each->second.data(), each->second.size());
  }
  return values;
}

/// "ipv4:192.0.2.7:4711" and "ipv6:%5B2001:db8::1%5D:4711" without what stands around the address.
std::string AddressOf(const std::string& peer) {
  const std::size_t scheme = peer.find(':');
  const std::size_t port = peer.rfind(':');
  if (scheme == std::string::npos || port <= scheme) return peer;
  return UrlDecode(peer.substr(scheme + 1, port - scheme - 1)).value_or(peer);
}

Error Limited(Millis wait) {
  return RateLimited(
      "LOGIN_LIMITED",
      "too many wrong API keys came from your address: try again in " + ToHumanText(wait), wait);
}

bool IsFailedLogin(const Error& error) {
  return error.kind == ErrorKind::kUnauthorized && error.code != "API_KEY_MISSING";
}

Status Allow(const Caller& caller, const Method& method) {
  if (!caller.connect_only) return RequireRole(caller, method.least);
  if (method.connects) return {};
  return Forbidden("TOKEN_SCOPE_INSUFFICIENT",
                   "this tenant token connects accounts and does nothing else: use another one");
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

void Call::CutOff() {
  const std::lock_guard lock(mutex_);
  if (stage_ != Stage::kFinished) context_.TryCancel();
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

Gate::Gate(const Dependencies& deps)
    : deps_(deps),
      keys_(deps.api_keys, deps.tenant_tokens, deps.clock),
      guard_("grpc", deps.clock, deps.metrics) {
  deps_.metrics.Describe(kRequests, "Calls of the gRPC API that were answered, by method and code");
  looker_ = std::thread([this] { KeepLooking(); });
}

Gate::~Gate() {
  Close();
  Drain(Millis(0));
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
  Pass pass = PassOf(context);
  if (!Enter(call, pass.authorization)) return call->Finish(StoppingError());
  // Without a key there is nothing to look up: such calls must not cost the others a place in the
  // pool.
  if (!KeyRing::LooksLikeKey(pass.authorization)) return call->Finish(KeyRing::MissingKey());
  const bool taken = deps_.post(
      [this, call, pass = std::move(pass), work = std::move(work)] { Run(call, pass, work); });
  if (!taken) call->Finish(Busy());
}

Gate::Pass Gate::PassOf(const grpc::CallbackServerContext& context) const {
  return {
      MetadataOf(context, "authorization"),
      deps_.proxies.ClientOf(AddressOf(context.peer()), MetadataOf(context, "x-forwarded-for"))};
}

Result<Caller> Gate::Identify(const Pass& pass) {
  auto caller = keys_.Identify(pass.authorization, [&]() -> Status {
    const Millis wait = guard_.Refuses(pass.address);
    return wait > Millis(0) ? Status(Limited(wait)) : Status();
  });
  if (!caller.ok() && IsFailedLogin(caller.error())) guard_.Failed(pass.address);
  return caller;
}

void Gate::Run(const std::shared_ptr<Call>& call, const Pass& pass, const Work& work) {
  try {
    if (call->Abandoned()) return call->Finish(AbandonedError());
    auto caller = Identify(pass);
    if (!caller.ok()) return call->Finish(caller.error());
    call->caller_ = *std::move(caller);
    if (auto allowed = Allow(call->caller_, call->method_); !allowed.ok())
      return call->Finish(allowed.error());
    work(call);
  } catch (const std::exception& e) {  // a bug of ours; it must not take the server down
    Log::Error("api.exception", {{"method", call->method_.name}, {"what", e.what()}});
    call->Finish(
        Internal("INTERNAL", "the server ran into a fault of its own; its log knows more"));
  }
}

bool Gate::Enter(const std::shared_ptr<Call>& call, const std::string& authorization) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  inside_[call.get()] = {call, authorization};
  return true;
}

void Gate::Leave(const Call* call) {
  const std::lock_guard lock(mutex_);
  inside_.erase(call);
  left_.notify_all();
}

void Gate::LookAgain() {
  std::map<const Call*, Inside> inside;
  {
    const std::lock_guard lock(mutex_);
    inside = inside_;
  }
  for (const auto& [key, each] : inside) {
    const auto call = each.call.lock();
    if (call == nullptr || deps_.clock.Now() - call->began_ < kLookAgainEvery) continue;
    const auto caller = keys_.Identify(each.authorization, [] { return Status(); });
    if (!caller.ok() && caller.error().kind == ErrorKind::kUnauthorized) call->CutOff();
  }
}

void Gate::KeepLooking() {
  std::unique_lock lock(mutex_);
  while (!closing_.wait_for(lock, kLookAgainEvery, [this] { return closed_; })) {
    lock.unlock();
    LookAgain();
    lock.lock();
  }
}

void Gate::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  closing_.notify_all();
}

void Gate::Drain(Millis grace) {
  if (looker_.joinable()) looker_.join();
  std::unique_lock lock(mutex_);
  left_.wait_for(lock, grace, [this] { return inside_.empty(); });
  const auto left = inside_;
  lock.unlock();
  for (const auto& [key, each] : left) {
    if (const auto call = each.call.lock()) {
      call->Abort(
          InDoubt("API_STOPPING",
                  "the server stopped before the answer came: what you asked for may still have "
                  "happened"));
    }
  }
}

}  // namespace sb::api
