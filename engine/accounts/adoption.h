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
  connector::TokenGrant grant;             ///< Or a key, which nobody says the end of.
  std::string by = "customer";             ///< Who connects it: see AccountChange::by.
  AccountId reconnects = {};               ///< This account and no other; none: whichever it is.
  ports::ApplicationKey application = {};  ///< Which one was consented to; none for a key.
};

/// From a credential that was just given to an active account, whichever road it came by.
/// Thread-safe; blocks.
class Adoption {
 public:
  Adoption(const ConnectionDependencies& dependencies, AccountBook& book,
           CredentialShelf& credentials, WebhookCare& webhooks)
      : deps_(dependencies), book_(book), credentials_(credentials), webhooks_(webhooks) {}

  /// Stores the credential sealed, reads company and users once, registers the webhook. A company
  /// that the tenant has already keeps its account, also when it was connected in another way. When
  /// the provider hinders, the account is kept as CONNECTING with the reason, and the next try goes
  /// on with it. Besides kNotFound ACCOUNT_NOT_FOUND, kConflict ACCOUNT_DISCONNECTED,
  /// ACCOUNT_OTHER_COMPANY for an account to connect again.
  Result<ports::Account> Adopt(const connector::Connector& connector, const NewAccount& wanted);

 private:
  /// The account to connect again, when the credential is of its company.
  Result<ports::Account> FindAgain(const connector::Connector& connector, const NewAccount& wanted);
  Result<ports::Account> FindOrInsert(const connector::Connector& connector,
                                      const NewAccount& wanted);
  Result<std::optional<ports::Account>> FindKin(const connector::Connector& connector,
                                                const NewAccount& wanted);
  Status CheckCompany(const connector::Connector& connector, const NewAccount& wanted,
                      const ports::Account& account);
  Provider With(const connector::Connector& connector, const connector::Credential& credential);
  /// Whether two profiles are of one company; nothing where one of them does not tell.
  std::optional<bool> AreKin(const ProviderSpec& spec, const Json& left, const Json& right) const;
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
