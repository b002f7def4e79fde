#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/accounts/connections.h"
#include "engine/accounts/recording_links.h"
#include "engine/base/metrics.h"
#include "engine/connector/connector.h"
#include "engine/edge/http.h"
#include "engine/edge/http_listener.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/media_store.h"
#include "engine/ports/recording_store.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/login_guard.h"

namespace sb::edge {

/// The HTTP door: webhooks, the connect pages, and what a machine asks (health, readiness,
/// metrics).
///
///   POST /webhooks/{connector}/{hook}    a provider's delivery
///   GET  /connect/{token}                the page of a connect link
///   POST /connect/{token}/oauth          off to the provider
///   POST /connect/{token}/key            its API-key form
///   GET  /connect/{token}/outcome        how it stands, for the page that opened it in a pop-up
///   GET  /oauth/callback                 back from the provider
///   GET  /install/{connector}/{key}      an installation that begins at the provider
///   GET  /recordings/{recording}         a kept recording, by a signed link
///   GET  /connect.js                     what platforms put into their pages
///   GET  /healthz /readyz /metrics /     and the files of the pages
///
/// An address that tries one unknown connect link after the other is answered 429 before anything
/// is looked up; so are wrong deliveries of one that sends many, but never a right one: a
/// provider's addresses serve all its customers.
///
/// One thread takes requests in; everything that blocks runs on `workers`. No path, query, token,
/// cookie or body is ever logged: the access log names the route.
class Door : private Handler {
 public:
  struct Dependencies {
    accounts::Connections& connections;
    ports::AccountStore& accounts;
    runtime::Engine& engine;
    const connector::Library& connectors;
    ports::Executor& workers;  ///< A pool.
    const ports::Clock& clock;
    IdGenerator& ids;
    Metrics& metrics;
    std::function<std::string()> public_url;
    /// Why this instance should not be sent requests now, for people; empty: it is ready. Called on
    /// a worker.
    std::function<std::vector<std::string>()> unready_reasons;
    // What is kept of calls; null: nothing is.
    ports::RecordingStore* recordings = nullptr;
    ports::MediaStore* media = nullptr;
    const accounts::RecordingLinks* recording_links = nullptr;
  };

  struct Settings {
    HttpListener::Settings listener{};
    Millis webhook_patience{4'000};  ///< From a whole delivery to "try again".
    Millis page_patience{60'000};
  };

  Door(Dependencies dependencies, Settings settings);
  /// As Stop. Workers and engine must have stopped by then.
  ~Door() override;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// Opens at "host:port" and returns the bound address ("127.0.0.1:41234"). Fails as
  /// HttpListener::Start. Once only.
  Result<std::string> Start(const std::string& address);
  /// Closes; requests under way are answered first, within a few seconds. Safe twice, and without
  /// Start.
  void Stop();

  /// An account was connected, changed or disconnected: what is remembered of its webhook is
  /// dropped. Any thread.
  void AccountChanged(AccountId account);

 private:
  class Routes;

  void Serve(std::shared_ptr<Exchange> exchange) override;
  void OnAnswered(const Answered& answered) override;

  Metrics& metrics_;
  runtime::LoginGuard guard_;
  std::unique_ptr<Routes> routes_;
  HttpListener listener_;
};

}  // namespace sb::edge
