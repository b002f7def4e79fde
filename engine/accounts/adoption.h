#pragma once

#include <string>

#include "engine/accounts/account_book.h"
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
  connector::Credential credential;
};

/// From a credential that was just given to an active account, whichever road it came by.
/// Thread-safe; blocks.
class Adoption {
 public:
  Adoption(const ConnectionDependencies& dependencies, AccountBook& book,
           CredentialShelf& credentials, WebhookCare& webhooks)
      : deps_(dependencies), book_(book), credentials_(credentials), webhooks_(webhooks) {}

  /// Stores the credential sealed, reads company and users once, registers the webhook. A company
  /// that the tenant has already keeps its account. When the provider hinders, the account is kept
  /// as CONNECTING with the reason, and the next try goes on with it.
  Result<ports::Account> Adopt(const connector::Connector& connector, const NewAccount& wanted);

 private:
  Result<ports::Account> FindOrInsert(const connector::Connector& connector,
                                      const NewAccount& wanted);
  Result<ports::Account> Complete(const ports::Account& account,
                                  const connector::Connector& connector);
  Result<ports::Account> ReadCompany(ports::Account account, const Provider& provider,
                                     const ProviderSpec& spec);

  const ConnectionDependencies& deps_;
  AccountBook& book_;
  CredentialShelf& credentials_;
  WebhookCare& webhooks_;
};

}  // namespace sb::accounts
