#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/api/key_ring.h"
#include "engine/base/time.h"
#include "engine/runtime/login_guard.h"

namespace sb::api {

/// How a call ends: nothing is success.
using Outcome = std::optional<Failure>;

/// What the gate must know of a method.
struct Method {
  const char* name;       ///< "RunService/StartRun", for logs and metrics.
  ports::Role least;      ///< The role that may call it.
  bool connects = false;  ///< Tokens that may only connect accounts may call it, too.
};

/// One call between its arrival and its one answer. Shared by everything that works on it, because
/// the end may come from the pool, from an engine thread or from a stream that was cut.
/// Thread-safe.
///
/// Request, response and context live until the answer was given, and no longer: work that goes on
/// after its handler returned touches the response only in the `fill` of Finish, and the request
/// not at all.
class Call {
 public:
  using Ended = std::function<void(const grpc::Status&)>;

  Call(const Dependencies& deps, grpc::CallbackServerContext& context, Method method, Ended ended);
  /// A call that everybody has let go of is answered with INTERNAL: an unanswered one would keep
  /// the server from ever stopping.
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Caller& caller() const { return caller_; }

  /// Nobody waits for the answer any more: the caller went away or its deadline passed. For
  /// handlers only.
  bool Abandoned() const { return context_.IsCancelled(); }

  /// Answers, logs and counts; `fill` writes the response first. Only the first answer counts, the
  /// others do nothing.
  void Finish(const Outcome& outcome, const std::function<void()>& fill = {});

 private:
  friend class Gate;
  enum class Stage { kWorking, kWaiting, kFinished };

  /// The handler has returned without an answer: from now on Abort may give one.
  void AwaitAnswer();
  void Abort(const Failure& failure);
  /// As if the caller had gone away.
  void CutOff();
  void Respond(const Outcome& outcome);

  const Dependencies& deps_;
  grpc::CallbackServerContext& context_;
  const Method method_;
  const Ended ended_;
  const WallTime began_;
  Caller caller_;
  std::mutex mutex_;
  Stage stage_ = Stage::kWorking;
};

/// Lets calls in: knows the caller by the API key, checks the role, and hands the work to the pool,
/// so that no gRPC thread ever blocks. A full pool answers RESOURCE_EXHAUSTED SERVER_BUSY; an
/// address that tries one wrong key after the other LOGIN_LIMITED. Calls that last for more than
/// some seconds are cut off when their key works no more. Thread-safe.
class Gate {
 public:
  using Work = std::function<void(const std::shared_ptr<Call>&)>;  // shared: see Call

  explicit Gate(const Dependencies& deps);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// A call whose answer is ready when `work` returns.
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Method method,
                                   std::function<Outcome(const Caller&)> work);
  /// A call that `work`, or something that it sets going, finishes later. It must.
  grpc::ServerUnaryReactor* AnswerLater(grpc::CallbackServerContext* context, Method method,
                                        Work work);
  /// The common road of the two, and of streams: `ended` is called once.
  void Admit(grpc::CallbackServerContext& context, Method method, Call::Ended ended, Work work);

  /// From now on calls are refused with UNAVAILABLE API_STOPPING.
  void Close();
  /// After Close: waits until all calls have ended, for `grace` at most; then answers those that
  /// wait for something outside with UNKNOWN API_STOPPING, since what they asked for may still
  /// happen.
  void Drain(Millis grace);

 private:
  /// What a call shows at the gate.
  struct Pass {
    std::string authorization;
    std::string address;  ///< Whom it comes from.
  };

  struct Inside {
    std::weak_ptr<Call> call;
    std::string authorization;
  };

  Pass PassOf(const grpc::CallbackServerContext& context) const;
  Result<Caller> Identify(const Pass& pass);
  void Run(const std::shared_ptr<Call>& call, const Pass& pass, const Work& work);
  /// False when the gate is closed.
  bool Enter(const std::shared_ptr<Call>& call, const std::string& authorization);
  void Leave(const Call* call);
  /// Cuts off the calls whose keys work no more.
  void LookAgain();
  void KeepLooking();

  const Dependencies& deps_;
  KeyRing keys_;
  runtime::LoginGuard guard_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::condition_variable closing_;
  bool closed_ = false;
  std::map<const Call*, Inside> inside_;
  std::thread looker_;
};

}  // namespace sb::api
