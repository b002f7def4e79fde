#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "connectors/aircall/sandbox/http.h"
#include "connectors/aircall/sandbox/stage.h"

namespace sb::aircall::sandbox {

struct RouteMatch;

/// Aircall without sockets: answers requests, hands out deliveries, plays calls. Thread-safe; one
/// mutex guards the stage. The threads that call it belong to its owner.
class Emulator {
 public:
  Emulator(StageSettings settings, const Clock& clock)
      : clock_(clock), stage_(std::move(settings), clock) {}

  /// Where its own links point. Before the first request.
  void SetBaseUrl(std::string base_url);
  ApiKey api_key();
  OauthClient oauth_client();

  /// The answer, through faults, gate, rate limit and log in this order. A delay fault makes it
  /// wait.
  Reply Handle(const Request& request);

  /// A delivery that is due now, if any.
  std::optional<Outgoing> TakeDelivery();
  /// The same, waiting for one; nothing once `stop` is requested.
  std::optional<Outgoing> AwaitDelivery(const std::stop_token& stop);
  void FinishDelivery(const Outgoing& sent, Attempt attempt);

  /// Plays the steps of running calls that are due.
  void PlayDueSteps();
  /// The same, again and again until `stop` is requested.
  void PlayCalls(const std::stop_token& stop);

  /// Wakes whoever waits for the end of a delay, for good.
  void CutDelaysShort() { stopping_.request_stop(); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  Reply Answer(const Request& request, const std::optional<Fault>& fault, std::string& credential);
  Reply Serve(const Request& request, const RouteMatch& match, std::string& credential);
  void WaitUntil(Lock& lock, const std::stop_token& stop, std::optional<WallTime> due);
  void TellChange();

  const Clock& clock_;
  std::mutex mutex_;
  Stage stage_;                // mutex_
  std::uint64_t changes_ = 0;  // mutex_
  std::condition_variable_any changed_;
  std::stop_source stopping_;
};

}  // namespace sb::aircall::sandbox
