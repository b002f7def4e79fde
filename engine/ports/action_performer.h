#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/quota/lane.h"

namespace sb::ports {

/// One use of a connector action for an account.
struct ActionCall {
  AccountId account;
  std::string action;  ///< "aircall.contacts.search", with or without ":version".
  Json input = Json::object();
  core::quota::Lane lane = core::quota::Lane::kInteractive;
  RunId run;  ///< For whom it is, and for which of its tasks; none outside of a run.
  std::string task;
  std::string op_key;  ///< Identity of the effect, sent where the provider takes one.
  /// Of an HTTP call: its policy, for the moment of sending. Null: none. Never store or log it.
  Json authentication = {};
  /// Of an HTTP call: headers as expressions of $authorization. Null: none. Likewise.
  Json authorized_headers = {};
  /// Of an action that finds before it makes: it was not found, so that the request is the one that
  /// makes it. Set by the performer.
  bool searched = false;

  /// Asked once the quota has admitted the request and before its first byte leaves: a mutating
  /// effect stores its intent here. `go(true)` sends; `go(false)`, or an answer later than the
  /// start window, drops the request, which then ends as kUnavailable ACTION_NOT_STARTED. Called on
  /// the engine's thread, again after every 429. Empty: send at once.
  std::function<void(std::function<void(bool)> go)> on_admitted = {};
};

/// Performs connector actions: waits in the account's lane for the quota, adds the credential,
/// sends, and judges the answer. 429 and quota are dealt with inside and never reach the caller.
/// Thread-safe.
///
/// Errors: kInvalid ACTION_UNKNOWN, ACTION_INPUT_INVALID, PHONE_NUMBER_INVALID,
/// PHONE_NUMBER_WITHHELD and those an action names; kNotFound ACCOUNT_NOT_FOUND;
/// kUnauthorized ACCOUNT_NEEDS_REAUTH; and what the connector makes of the provider's answer.
class ActionPerformer {
 public:
  using Done = std::function<void(Result<Json>)>;
  using ReadBackDone = std::function<void(Result<std::optional<Json>>)>;

  virtual ~ActionPerformer() = default;

  /// `done` is called exactly once, on any thread; it must not block.
  virtual void Perform(ActionCall call, Done done) = 0;
  /// Looks whether a call whose answer was lost took effect: its output if so, nothing if it is not
  /// there.
  virtual void ReadBack(ActionCall call, WallTime requested_at, ReadBackDone done) = 0;

  /// A call could first have left at `requested_at`, and the process that was to hear its answer
  /// has died. It is looked for later; until then it may still take effect, and what must not be
  /// done besides it is not done. Told before any call of those slots whose runs are being taken
  /// over is performed to its end.
  virtual void NoteInterrupted(ActionCall /*call*/, WallTime /*requested_at*/) {}
};

/// Performs and waits. Not for a reactor's thread.
inline Result<Json> PerformAndWait(ActionPerformer& performer, ActionCall call) {
  auto promise =
      std::make_shared<std::promise<Result<Json>>>();  // shared with the callback's thread
  auto future = promise->get_future();
  performer.Perform(std::move(call),
                    [promise](Result<Json> result) { promise->set_value(std::move(result)); });
  return future.get();
}

}  // namespace sb::ports
