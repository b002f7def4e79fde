#pragma once

#include <optional>
#include <string>

#include "engine/accounts/account_book.h"
#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/credential_shelf.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/accounts/webhook_care.h"

namespace sb::accounts {

/// What is known of an account before it is stored.
struct NewAccount {
  std::string tenant;
  ports::AuthMethod method = ports::AuthMethod::kOAuth;
  std::string external_id;
  connector::TokenGrant grant;  ///< Or a key, which nobody says the end of.
  std::string by = "customer";  ///< Who connects it: see AccountChange::by.
  AccountId account = {};       ///< The one that is connected again; none: whichever it is.
};

/// From a credential that was just given to an active account, whichever road it came by.
/// Thread-safe; blocks.
class Adoption {
 public:
  Adoption(const ConnectionDependencies& dependencies, AccountBook& book,
           CredentialShelf& credentials, WebhookCare& webhooks)
      : deps_(dependencies), book_(book), credentials_(credentials), webhooks_(webhooks) {}

  /// Stores the credential sealed, reads company and users once, registers the webhook. A company
  /// that the tenant has already keeps its account, also when it was connected in another way.
  /// kConflict ACCOUNT_OTHER_COMPANY: the account that is to be connected again is of another one.
  /// When the provider hinders, the account is kept as CONNECTING with the reason, and the next try
  /// goes on with it.
  Result<ports::Account> Adopt(const connector::Connector& connector, const NewAccount& wanted);

 private:
  Result<ports::Account> FindOrInsert(const connector::Connector& connector,
                                      const NewAccount& wanted);
  Result<ports::Account> FindNamed(const connector::Connector& connector, const NewAccount& wanted);
  Result<std::optional<ports::Account>> FindKin(const connector::Connector& connector,
                                                const NewAccount& wanted);
  Result<Json> KinOf(const ProviderSpec& spec, const Json& profile) const;
  Result<ports::Account> Complete(const ports::Account& account,
                                  const connector::Connector& connector, const std::string& by);
  Result<ports::Account> ReadCompany(ports::Account account, const Provider& provider,
                                     const ProviderSpec& spec);

  const ConnectionDependencies& deps_;
  AccountBook& book_;
  CredentialShelf& credentials_;
  WebhookCare& webhooks_;
};

}  // namespace sb::accounts
