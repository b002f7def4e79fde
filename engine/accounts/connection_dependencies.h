#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/accounts/account_book.h"
#include "engine/accounts/allowed_addresses.h"
#include "engine/accounts/credential_care.h"
#include "engine/accounts/oauth_client.h"
#include "engine/accounts/webhook_witness.h"
#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/application_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"
#include "engine/ports/random.h"
#include "engine/ports/session_store.h"
#include "engine/ports/vault.h"

namespace sb::accounts {

/// What an account needs to be sent, given the workflows that are on: CloudEvents types. An error
/// means "not known now": no subscription is changed then, since a shorter list would lose events.
using WantedEvents = std::function<Result<std::vector<std::string>>(const ports::Account&)>;

/// What everything in this folder borrows.
struct ConnectionDependencies {
  ports::AccountStore& accounts;
  ports::SessionStore& sessions;
  ports::ApplicationStore& applications;
  ports::Vault& vault;
  ports::HttpClient& http;
  ports::ActionPerformer& actions;
  const connector::Library& connectors;
  const core::workflow::Expressions& expressions;
  const ports::Clock& clock;
  ports::Random& random;
  IdGenerator& ids;
  Metrics& metrics;
  std::map<std::string, OAuthClient> oauth_clients;  ///< By connector: where none is stored.
  AllowedAddresses allowed_addresses;
  std::function<std::string()>
      public_url;  ///< "https://switchboard.example", known once the edge listens.
  WantedEvents wanted_events;
  AccountBook& book;
  CredentialCare& care;
  WebhookWitness* witness = nullptr;  ///< Told of webhooks that are not as they should be.
};

/// kInvalid ADDRESS_NOT_ALLOWED.
Error NotAllowed(const std::string& field, const std::string& address);

/// The connector, or kInvalid CONNECTOR_UNKNOWN.
Result<const connector::Connector*> FindConnector(const connector::Library& connectors,
                                                  const std::string& name);

}  // namespace sb::accounts
