#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/http_client.h"
#include "engine/ports/vault.h"

namespace sb::testing {

/// A company at the provider, as far as connecting it goes: what stands behind a FakeHttpClient.
/// Thread-safe.
class FarSide {
 public:
  struct Hook {
    std::string id;
    std::string url;
    std::string token;
    std::vector<std::string> events;
    bool active = true;
  };

  Result<ports::HttpResponse> Answer(const ports::HttpRequest& request);

  // What is the case there.
  std::string company = "Lumen Tools";
  std::int64_t company_id = 7001;
  int user_count = 3;
  std::set<std::string> codes = {"good-code"};  ///< Each may be exchanged once.
  std::map<std::string, std::string> keys = {{"good-id", "good-token"}};
  std::set<std::string> access_tokens;
  std::vector<Hook> hooks;

  /// Asked before anything else; what it gives is the answer. Path without query.
  std::function<std::optional<Result<ports::HttpResponse>>(const std::string& method,
                                                           const std::string& path)>
      interfere;
  /// The next creation of a webhook happens, but its answer is lost.
  bool lose_next_create = false;

  /// "GET /v1/company", in order.
  std::vector<std::string> log() const;
  std::size_t Count(const std::string& line) const;

 private:
  bool IsKnown(const ports::HttpRequest& request) const;
  ports::HttpResponse Exchange(const Json& body);
  Result<ports::HttpResponse> Webhooks(const std::string& method, const std::string& id,
                                       const ports::HttpRequest& request);
  ports::HttpResponse ListHooks(const std::string& query) const;
  ports::HttpResponse ListUsers(const std::string& query) const;

  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  int next_ = 1;
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
