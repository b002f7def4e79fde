#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/application_key.h"
#include "engine/ports/page.h"

namespace sb::ports {

enum class AccountState : std::int16_t {
  kConnecting = 1,
  kActive = 2,
  kNeedsReauth = 3,
  kRevoked = 4,
  kSuspended = 5,
  kDisconnected = 6,
  kExpiring =
      7,  ///< Works, but not for much longer: the credential ends and cannot be renewed now.
};

/// "CONNECTING", "ACTIVE", ...
const char* ToString(AccountState state);

/// Whether work is done for an account in this state.
constexpr bool Works(AccountState state) {
  return state == AccountState::kActive || state == AccountState::kExpiring;
}

enum class AuthMethod : std::int16_t { kOAuth = 1, kApiKey = 2 };

/// The webhook that the provider sends an account's events to.
struct WebhookSubscription {
  std::string hook_id;              ///< Unguessable part of our URL; unique.
  std::string remote_id;            ///< The provider's id of the webhook; empty: none registered.
  std::string token_hash;           ///< SHA-256 (raw) of the token that deliveries carry.
  std::vector<std::string> events;  ///< What the provider was asked to send, sorted.
};

/// One connected provider login of a tenant.
struct Account {
  AccountId id;
  Slot slot = 0;
  std::string tenant;
  std::string connector;
  std::string external_id;  ///< The provider's key of the company; empty when it has none.
  std::string display_name;
  AccountState state = AccountState::kConnecting;
  std::string state_reason;  ///< For people: why, and what to do; empty when all is well.
  std::string state_code;    ///< Why, as a stable code: "CREDENTIAL_REFUSED".
  std::string state_by;      ///< Who brought it about: see AccountChange::by.
  AuthMethod method = AuthMethod::kOAuth;
  WebhookSubscription webhook;
  /// What was read at connect: {"company": {...}, "users": [...], "region": "FR"}.
  Json profile = Json::object();
  int revision = 0;  ///< Counts updates; the compare-and-set of Update.
  WallTime created_at;
  WallTime updated_at;
};

using CompanyId = Id<struct CompanyTag>;

/// The company of an account, as far as it is known: accounts that any tenants have connected with
/// the same connector and external id have the same one, others each their own. Never shown; two
/// companies with one number would share a quota and turns, and nothing else.
CompanyId CompanyOf(const Account& account);

struct AccountFilter {
  std::string tenant;     ///< Empty: all.
  std::string connector;  ///< Empty: all.
  bool with_disconnected = false;
};

/// An account's credential as stored: opaque here.
struct StoredCredential {
  std::int64_t generation = 0;              ///< 0: none yet.
  std::string sealed;                       ///< Vault::Seal of the credential's JSON.
  std::optional<WallTime> expires_at = {};  ///< Nothing: it lasts, or nobody said how long.
  std::optional<WallTime> due_at = {};      ///< When to see to it (RefreshStore); nothing: never.
  ApplicationKey application = {};          ///< Which one the customer consented to, and renews it.
};

/// Accounts that were changed, or whose credential was, by whichever instance.
struct AccountChanges {
  std::int64_t number = 0;  ///< Of the newest change: what to ask for next.
  std::vector<AccountId> accounts;
};

/// Accounts and their sealed credentials. Where an account comes to another state, the same
/// statement notes that for AccountHistory. Blocking; thread-safe. Besides what each method names,
/// all may fail with kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  /// kConflict ACCOUNT_EXISTS when tenant, connector and (non-empty) external id are taken by a
  /// live account.
  virtual Status Insert(const Account& account) = 0;
  /// kNotFound ACCOUNT_NOT_FOUND.
  virtual Result<Account> Get(AccountId id) = 0;
  virtual Result<Page<Account>> List(const AccountFilter& filter, const PageRequest& page) = 0;
  /// Writes all fields where the stored revision still equals account.revision, and returns the new
  /// revision. kConflict ACCOUNT_CHANGED, kNotFound ACCOUNT_NOT_FOUND, kConflict ACCOUNT_EXISTS.
  virtual Result<int> Update(const Account& account) = 0;
  /// kNotFound ACCOUNT_NOT_FOUND.
  virtual Result<Account> FindByHook(const std::string& hook_id) = 0;
  /// The live (not disconnected) account of that company; kNotFound ACCOUNT_NOT_FOUND.
  virtual Result<Account> FindByExternal(const std::string& tenant, const std::string& connector,
                                         const std::string& external_id) = 0;

  /// The slots that live accounts of that company lie in, whoever connected them: usually one
  /// (docs/adr/0032). None for an empty external id.
  virtual Result<std::vector<Slot>> SlotsOfCompany(const std::string& connector,
                                                   const std::string& external_id) = 0;

  /// What changed after change `number`. Nothing is missed between two calls.
  virtual Result<AccountChanges> ChangedAfter(std::int64_t number) = 0;

  /// Generation 0 when there is none.
  virtual Result<StoredCredential> GetCredential(AccountId id) = 0;
  /// Stores `next` where the stored generation is next.generation - 1, and ends a refresh of that
  /// one; kConflict CREDENTIAL_CHANGED otherwise.
  virtual Status PutCredential(AccountId id, const StoredCredential& next) = 0;
};

}  // namespace sb::ports
