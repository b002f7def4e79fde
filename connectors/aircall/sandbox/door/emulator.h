#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/stage/companies.h"

namespace sb::aircall::sandbox {

struct Route;
struct RouteMatch;
struct Visit;

/// Aircall without sockets: answers requests, hands out deliveries, plays calls. Thread-safe; one
/// mutex guards the companies. The threads that call it belong to its owner.
class Emulator {
 public:
  Emulator(const WorldSettings& settings, const Clock& real, int companies = 1)
      : clock_(real), companies_(settings, companies, clock_) {}

  /// The time of the companies, which the control API may move.
  const Clock& clock() const { return clock_; }

  /// Where its own links point. Before the first request.
  void SetBaseUrl(const std::string& base_url);
  /// The key of the first company.
  ApiKey api_key();
  OauthClient oauth_client();

  /// Every company's id, name and key, in order.
  struct CompanyKey {
    Company company;
    ApiKey key;
  };

  std::vector<CompanyKey> company_keys();

  /// Looks at the first company, or changes it, with everything else held still: for whoever holds
  /// the emulator in a process of their own. `look` must not call the emulator.
  void Look(const std::function<void(World&)>& look);

  /// The answer, through faults, gate, rate limit and log in this order. A delay fault makes it
  /// wait.
  Reply Handle(const Request& request);

  /// A delivery that is due now, if any.
  std::optional<Outgoing> TakeDelivery();
  /// The same, waiting for one; nothing once `stop` is requested.
  std::optional<Outgoing> AwaitDelivery(const std::stop_token& stop);
  void FinishDelivery(const Outgoing& sent, Attempt attempt);
  /// How long a receiver may take, in real time.
  Millis WebhookTimeout(const Outgoing& message);

  /// Plays the steps of running calls that are due.
  void PlayDueSteps();
  /// The same, again and again until `stop` is requested.
  void PlayCalls(const std::stop_token& stop);

  /// Wakes whoever waits for the end of a delay, for good.
  void CutDelaysShort() { stopping_.request_stop(); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  Reply HandleLocked(Lock& lock, const Request& request);
  Reply Answer(const Request& request, const Identity& caller, const std::optional<Fault>& fault);
  Reply Serve(const Request& request, const Identity& caller, const RouteMatch& match);
  Reply Control(const Request& request);
  Reply ServeAgent(const Request& request, Stage& stage);
  Reply ServeLimited(Visit& visit, const Route& route);
  std::optional<Outgoing> TakeDueDelivery();
  std::optional<WallTime> NextDelivery() const;
  std::optional<WallTime> NextStep() const;
  void WaitUntil(Lock& lock, const std::stop_token& stop, std::optional<WallTime> due);
  void TellChange();
  /// What the threads that wait would want to know of.
  std::pair<std::int64_t, std::optional<WallTime>> Awaited() const;
  /// Plays some of what is due; whether more is. With the lock held.
  bool PlayTurn();

  ShiftedClock clock_;
  std::mutex mutex_;
  Companies companies_;        // mutex_
  std::uint64_t changes_ = 0;  // mutex_
  std::condition_variable_any changed_;
  std::stop_source stopping_;
};

}  // namespace sb::aircall::sandbox
