#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/clock.h"
#include "connectors/aircall/sandbox/ids.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// The one OAuth app the sandbox knows, as Aircall registered it.
struct OauthClient {
  std::string name;
  std::string id;
  std::string secret;
  std::vector<std::string> redirect_uris;  ///< None: any address on this machine will do.
};

/// What an administrator allowed the app.
struct Integration {
  std::int64_t id = 0;
  bool active = true;
  std::vector<std::int64_t> number_ids;  ///< Call events come for these only (doc).
  std::int64_t user_id = 0;              ///< Who allowed it.
};

struct TokenRequest {
  std::string grant_type;
  std::string code;
  std::string redirect_uri;
  std::string client_id;
  std::string client_secret;
};

/// The app's road into the company: consent gives a code, a code gives a token, removal kills every
/// token.
class AppInstall {
 public:
  static constexpr Seconds kCodeLife{600};  // Ten minutes, doc.

  AppInstall(OauthClient client, IdSource& ids) : client_(std::move(client)), ids_(ids) {}

  const OauthClient& client() const { return client_; }

  bool AcceptsRedirect(const std::string& uri) const;

  /// An administrator consents; answers with the code for the redirect.
  std::string Consent(const std::string& redirect_uri, std::int64_t user_id,
                      std::vector<std::int64_t> number_ids, WallTime now);
  /// Exchanges a code for an access token, once. Fails with kInvalid: SANDBOX_OAUTH_REQUEST
  /// (something is missing), _CLIENT (wrong id or secret), _GRANT_TYPE, or _GRANT (code unknown,
  /// used, expired, or given to another redirect_uri).
  Result<std::string> Redeem(const TokenRequest& request, WallTime now);

  bool HoldsToken(const std::string& token) const { return tokens_.contains(token); }

  /// Nothing until the first token is issued, and after removal.
  const std::optional<Integration>& integration() const { return integration_; }

  void SetActive(bool active);
  void Remove();

 private:
  struct Grant {
    std::string redirect_uri;
    std::int64_t user_id = 0;
    std::vector<std::int64_t> number_ids;
    WallTime expires_at;
  };

  OauthClient client_;
  IdSource& ids_;
  std::map<std::string, Grant> grants_;
  std::set<std::string> tokens_;
  std::optional<Integration> integration_;
};

}  // namespace sb::aircall::sandbox
