#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/base/secret.h"
#include "engine/core/quota/lane.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/http_client.h"
#include "engine/ports/secret_store.h"
#include "engine/ports/vault.h"

namespace sb::runtime {

/// Performs the language's own calls ("http" and "openapi", core/workflow/http_call.h). No quota:
/// of one account at most kMostInFlight are under way, the most urgent lane first.
///
/// All state lives on the engine's thread; secrets are read on the pool. Perform is thread-safe.
class HttpCaller : public ports::ActionPerformer {
 public:
  struct Dependencies {
    ports::AccountStore& accounts;
    ports::SecretStore& secrets;
    ports::Vault& vault;
    ports::HttpClient& http;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    ports::Executor& home;
    ports::Executor& pool;
    Metrics& metrics;
    Millis request_timeout = std::chrono::seconds(10);
    Millis start_window = std::chrono::seconds(2);  ///< From a stored intent to the first byte.
    /// Whether this instance may still act for its slots. On any thread.
    std::function<bool()> may_act = {};
  };

  explicit HttpCaller(Dependencies dependencies);
  ~HttpCaller() override;

  /// Errors: HTTP_STATUS_<status>, HTTP_BODY_UNREADABLE, those of ports::HttpClient; kForbidden
  /// SECRET_NOT_FOUND, SECRET_INVALID, HTTP_TOKEN_REFUSED; kUnavailable HTTP_TOKEN_UNAVAILABLE; and
  /// those of OpenApiRequest.
  void Perform(ports::ActionCall call, Done done) override;
  /// Fails: such a call is never looked up.
  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override;

  /// Answers what waits with kCancelled ENGINE_STOPPING. On the engine's thread.
  void Stop();

 private:
  static constexpr int kMostInFlight = 4;  ///< One slow host must not hold every connection.

  struct Job;
  struct Token;
  using SharedJob = std::shared_ptr<Job>;  // shared with the one answer that it waits for

  struct Lanes {
    std::array<std::deque<SharedJob>, core::quota::kLaneCount> waiting;
    int in_flight = 0;
  };

  void Accept(SharedJob job);
  void Pump(AccountId account);
  void Begin(const SharedJob& job);
  Result<Json> ReadPolicy(const ports::ActionCall& call);
  Result<Json> ReadSecret(const std::string& tenant, const std::string& name);
  void Authenticate(const SharedJob& job);
  void UseToken(const SharedJob& job, const Json& oauth);
  void FetchToken(const SharedJob& job, const Json& oauth, const std::string& key);
  void OnToken(const std::string& key, Result<ports::HttpResponse> answer);
  void Admit(const SharedJob& job);
  void Send(const SharedJob& job);
  void OnAnswer(const SharedJob& job, Result<ports::HttpResponse> answer);
  void Finish(const SharedJob& job, Result<Json> result);
  bool MayAct() const;

  Dependencies deps_;
  std::map<AccountId, Lanes> lanes_;
  std::map<std::string, Token> tokens_;  ///< By account and a digest of the policy.
  bool stopped_ = false;
};

}  // namespace sb::runtime
