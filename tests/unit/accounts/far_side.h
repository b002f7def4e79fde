#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/emulator.h"
#include "engine/base/json.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/http_client.h"
#include "engine/ports/vault.h"

namespace sb::testing {

/// The provider that accounts are connected to: the Aircall sandbox itself, without a socket,
/// behind a FakeHttpClient. Thread-safe.
class FarSide {
 public:
  using Hook = aircall::sandbox::Webhook;

  FarSide();

  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request);

  /// An administrator follows the link to the consent page and agrees; the code that the browser
  /// comes back with.
  std::string Consent(const std::string& authorize_url);
  /// An access token of the app, which an administrator has allowed in.
  std::string InstalledApp();
  /// Removes the app: its tokens are worth nothing any more.
  void RemoveApp();

  aircall::sandbox::OauthClient client() { return emulator_.oauth_client(); }

  aircall::sandbox::ApiKey key() { return emulator_.api_key(); }

  std::vector<Hook> hooks();
  /// A webhook that the app once made.
  Hook AddHook(const std::string& url);
  void SwitchHookOff(const std::string& id);
  void RemoveHooks();
  void HireUntil(std::size_t users);

  /// The sandbox's control API: "POST", "calls".
  Json Control(const std::string& method, const std::string& path, const Json& body = {});
  /// The bodies of deliveries that it has made so far, and which nobody sends.
  std::vector<std::string> Deliveries();

  /// Everything that must never be shown.
  std::vector<std::string> Secrets();

  /// Asked before anything else; what it gives is the answer. Path without query.
  std::function<std::optional<Result<ports::HttpResponse>>(const std::string& method,
                                                           const std::string& path)>
      interfere;
  /// The next creation of a webhook happens, but its answer is lost.
  bool lose_next_create = false;
  /// Lists of webhooks come without their tokens.
  bool hides_tokens = false;

  /// "GET /v1/company", in order.
  std::vector<std::string> log() const;
  std::size_t Count(const std::string& line) const;

 private:
  /// The sandbox's clock, standing still.
  class StillClock final : public aircall::sandbox::Clock {
   public:
    WallTime Now() const override { return WallTime(std::chrono::seconds(1'790'700'000)); }
  };

  StillClock clock_;
  aircall::sandbox::Emulator emulator_;
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  std::vector<std::string> tokens_;
};

/// Performs actions at once, without lanes and quota, with the stored credential.
class DirectPerformer : public ports::ActionPerformer {
 public:
  struct Dependencies {
    ports::AccountStore& accounts;
    ports::Vault& vault;
    ports::HttpClient& http;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
  };

  explicit DirectPerformer(Dependencies dependencies) : deps_(dependencies) {}

  void Perform(ports::ActionCall call, Done done) override;
  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override;

 private:
  Result<ports::HttpRequest> Render(const ports::ActionCall& call);

  Dependencies deps_;
};

}  // namespace sb::testing
