#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/clock.h"
#include "connectors/aircall/sandbox/world/ids.h"
#include "connectors/aircall/sandbox/world/switches.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// The one OAuth app the sandbox knows, as Aircall registered it.
struct OauthClient {
  std::string name;
  std::string id;
  std::string secret;
  std::vector<std::string> redirect_uris;  ///< None: any address on this machine will do.
  std::string install_uri{};  ///< Where an install begun in Aircall starts; empty: nowhere.
};

/// What an administrator allowed the app.
struct Integration {
  std::int64_t id = 0;
  bool active = true;
  std::vector<std::int64_t> number_ids;  ///< Call events come for these only (doc).
  std::int64_t user_id = 0;              ///< Who allowed it.
  bool install_completed = false;        ///< The app said so itself, by ?install=true.
};

/// Whatever a client sends to the token endpoint, for either grant.
struct TokenRequest {
  std::string grant_type;
  std::string code;
  std::string redirect_uri;
  std::string client_id;
  std::string client_secret;
  std::string refresh_token{};
};

/// What the token endpoint answers. Permanent tokens have neither end nor successor.
struct IssuedTokens {
  std::string access_token;
  WallTime created_at;
  std::optional<WallTime> expires_at{};
  std::string refresh_token{};
};

/// How tokens are given. The default is what the reference says: they last until removal.
struct TokenRules {
  bool expiring = false;
  Seconds token_life{3600};
  Seconds refresh_life{2'592'000};  ///< Of a refresh token that nobody uses.
  Seconds grace{60};                ///< A used refresh token answers the same again for so long.
  bool codes_last = false;          ///< A code may be exchanged again.
  bool same_redirect = true;        ///< The redirect_uri must be the one of the authorize URL.

  static TokenRules From(const Switches& switches);
};

/// The app's road into the company: consent gives a code, a code gives tokens, a refresh token
/// gives the next pair, removal kills them all.
class AppInstall {
 public:
  static constexpr Seconds kCodeLife{600};  // Ten minutes, doc.

  AppInstall(OauthClient client, std::shared_ptr<IdSource> ids)
      : client_(std::move(client)), ids_(std::move(ids)) {}

  const OauthClient& client() const { return client_; }

  bool AcceptsRedirect(const std::string& uri) const;

  /// An administrator consents; answers with the code for the redirect.
  std::string Consent(const std::string& redirect_uri, std::int64_t user_id,
                      std::vector<std::int64_t> number_ids, WallTime now);
  /// Exchanges a code, or with the grant type refresh_token a refresh token. Fails with kInvalid:
  /// SANDBOX_OAUTH_REQUEST (something is missing), _CLIENT (wrong id or secret), _GRANT_TYPE, or
  /// _GRANT (code or refresh token unknown, used, expired, or given to another redirect_uri). A
  /// refresh token that comes back after its grace kills every token of its family.
  Result<IssuedTokens> Redeem(const TokenRequest& request, WallTime now,
                              const TokenRules& rules = {});

  /// Whether the code or the refresh token of the request was given here, dead or alive.
  bool Knows(const TokenRequest& request) const;
  bool HoldsToken(const std::string& token, WallTime now) const;
  /// The access tokens that would be accepted now.
  std::size_t LivingTokens(WallTime now) const;

  /// Nothing until the first token is issued, and after removal.
  const std::optional<Integration>& integration() const { return integration_; }

  void SetActive(bool active);
  void CompleteInstall();
  void Remove();

 private:
  struct Grant {
    std::string redirect_uri;
    std::int64_t user_id = 0;
    std::vector<std::int64_t> number_ids;
    WallTime expires_at;
    bool used = false;
  };

  /// All tokens that go back to one consent are a family.
  struct AccessToken {
    int family = 0;
    std::optional<WallTime> expires_at;
  };

  struct RefreshToken {
    int family = 0;
    WallTime expires_at;
    std::optional<IssuedTokens> successor{};  ///< What it was exchanged for.
    WallTime used_at{};
  };

  Result<IssuedTokens> RedeemCode(const TokenRequest& request, const TokenRules& rules,
                                  WallTime now);
  Result<IssuedTokens> Refresh(const TokenRequest& request, const TokenRules& rules, WallTime now);
  IssuedTokens Issue(int family, const TokenRules& rules, WallTime now);
  void KillFamily(int family);

  OauthClient client_;
  std::shared_ptr<IdSource> ids_;
  std::map<std::string, Grant> grants_;
  std::map<std::string, AccessToken> access_tokens_;
  std::map<std::string, RefreshToken> refresh_tokens_;
  int families_ = 0;
  std::optional<Integration> integration_;
};

}  // namespace sb::aircall::sandbox
