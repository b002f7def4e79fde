#pragma once

#include <optional>
#include <string>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

enum class SessionState : std::int16_t {
  kPending = 1,
  kAuthorizing = 2,
  kSucceeded = 3,
  kFailed = 4
};

/// How a platform's connect page looks. Everything may be empty: then it looks like ours.
struct Branding {
  std::string name;              ///< Whom the person knows: "Acme CRM".
  std::string logo_url;          ///< https, or data: of an image.
  std::string accent_color;      ///< "#0f5c5c": buttons and links.
  std::string background_color;  ///< "#f4f5f2": behind the card, where the browser is not dark.
  std::string text;              ///< A sentence or two of the platform's own.
};

/// One invitation to connect an account: the page that a link opens.
struct ConnectSession {
  SessionId id;
  std::string token_hash;  ///< SHA-256 (raw) of the link's secret part.
  std::string tenant;
  std::string connector;
  std::string return_url;  ///< Where the browser goes at the end; empty: our own page.
  bool offers_oauth = true;
  bool offers_key = true;
  AccountId reconnects;        ///< The account to connect again, and no other; none: any.
  std::string opener_origin;   ///< Of the page that opens the link in a pop-up and is told how it
                               ///< ended; empty: nobody is told.
  bool from_provider = false;  ///< An installation that began at the provider and ends there.
  Branding branding;
  SessionState state = SessionState::kPending;
  std::string state_hash;    ///< SHA-256 (raw) of the OAuth `state` in use; empty: none or spent.
  std::string browser_hash;  ///< SHA-256 (raw) of the cookie of the browser that started it.
  std::string error;         ///< Why it failed, for people.
  AccountId account;         ///< Set when it succeeded.
  WallTime created_at;
  WallTime expires_at;
};

/// Connect sessions. Blocking; thread-safe; fails besides with kUnavailable DATABASE_UNAVAILABLE or
/// kInDoubt.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  virtual Status Insert(const ConnectSession& session) = 0;
  /// kNotFound SESSION_NOT_FOUND.
  virtual Result<ConnectSession> Get(SessionId id) = 0;
  /// kNotFound SESSION_NOT_FOUND.
  virtual Result<ConnectSession> FindByToken(const std::string& token_hash) = 0;
  /// Remembers the state and browser of an authorisation that begins (again): replaces what was
  /// there, unless the session has succeeded (kConflict SESSION_FINISHED).
  virtual Status BeginAuthorization(SessionId id, const std::string& state_hash,
                                    const std::string& browser_hash) = 0;
  /// Spends a state: returns its session once and clears the state in the same statement. kNotFound
  /// SESSION_STATE_UNKNOWN for a forged, reused or replaced state.
  virtual Result<ConnectSession> SpendState(const std::string& state_hash) = 0;
  /// Ends a session: succeeded with `account`, or failed with `error` when `account` is none.
  virtual Status Finish(SessionId id, AccountId account, const std::string& error) = 0;
};

}  // namespace sb::ports
