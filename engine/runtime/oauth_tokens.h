#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/http_client.h"

namespace sb::runtime {

/// Access tokens of OAuth 2 client credentials (RFC 6749 4.4), fetched once for all calls of an
/// account that need the same one. All state lives on the engine's thread (`home`).
class OauthTokens {
 public:
  struct Dependencies {
    ports::HttpClient& http;
    const ports::Clock& clock;
    ports::Executor& home;
    Millis request_timeout;
    std::function<bool()> may_leave;  ///< See HttpRequest::may_leave.
  };

  using Done = std::function<void(Result<std::string>)>;

  explicit OauthTokens(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Gives the token of this `oauth2` policy, with its secrets: at once, or once it was fetched, on
  /// `home`. Fails with kForbidden HTTP_TOKEN_REFUSED, kUnavailable HTTP_TOKEN_UNAVAILABLE, and as
  /// ports::HttpClient does when nothing was sent.
  void Get(AccountId account, const Json& oauth, Done done);
  /// The server refused this token. It is not given again; another that took its place is.
  void Drop(AccountId account, const Json& oauth, const std::string& token);

 private:
  struct Token {
    std::string text;
    WallTime good_until;
    bool fetching = false;
    std::vector<Done> waiting;
  };

  void Fetch(const std::string& key, const Json& oauth);
  void OnAnswer(const std::string& key, const Result<ports::HttpResponse>& answer);

  Dependencies deps_;
  std::map<std::string, Token> tokens_;  ///< By account and a digest of the policy.
};

}  // namespace sb::runtime
