#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/base/metrics.h"
#include "engine/core/quota/lane.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/http_client.h"
#include "engine/runtime/document_shelf.h"
#include "engine/runtime/named_secrets.h"
#include "engine/runtime/oauth_tokens.h"

namespace sb::runtime {

/// Performs the language's own calls ("http" and "openapi", core/workflow/http_call.h). No quota:
/// of one account at most kMostInFlight are under way, the most urgent lane first.
///
/// All state lives on the engine's thread; secrets and documents are read on the pool. Perform is
/// thread-safe.
class HttpCaller : public ports::ActionPerformer {
 public:
  struct Dependencies {
    NamedSecrets secrets;
    ports::HttpClient& http;
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

  /// Errors: HTTP_STATUS_<status>, HTTP_BODY_UNREADABLE, HTTP_ANSWER_TOO_LARGE (kInvalid), those
  /// of ports::HttpClient, NamedSecrets, OauthTokens and OpenApiRequest; kForbidden SECRET_INVALID.
  void Perform(ports::ActionCall call, Done done) override;
  /// Fails: such a call is never looked up.
  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override;

  /// Answers what waits with kCancelled ENGINE_STOPPING. On the engine's thread.
  void Stop();

 private:
  static constexpr int kMostInFlight = 4;  ///< One slow host must not hold every connection.

  struct Job;
  using SharedJob = std::shared_ptr<Job>;  // shared with the one answer that it waits for

  struct Lanes {
    std::array<std::deque<SharedJob>, core::quota::kLaneCount> waiting;
    int in_flight = 0;
  };

  void Accept(SharedJob job);
  void Pump(AccountId account);
  void Begin(const SharedJob& job);
  void Go(const SharedJob& job);
  void Authenticate(const SharedJob& job);
  void UseToken(const SharedJob& job);
  void Authorize(const SharedJob& job, const std::string& scheme, const std::string& parameter);
  void Admit(const SharedJob& job);
  void Send(const SharedJob& job);
  void OnAnswer(const SharedJob& job, Result<ports::HttpResponse> answer);
  void OnDocument(const SharedJob& job, std::string text);
  void MakeRequest(const SharedJob& job, DocumentShelf::Document document);
  void Finish(const SharedJob& job, Result<Json> result);
  bool MayAct() const;

  Dependencies deps_;
  std::map<AccountId, Lanes> lanes_;
  OauthTokens tokens_;
  DocumentShelf documents_;
  bool stopped_ = false;
};

}  // namespace sb::runtime
