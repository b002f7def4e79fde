#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/connections.h"
#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/metrics.h"
#include "engine/connector/connector.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_application_store.h"
#include "tests/support/memory_data_key_store.h"
#include "tests/support/memory_refresh_store.h"
#include "tests/support/memory_session_store.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/accounts/far_side.h"

namespace sb::testing {

/// The shipped connectors, read once for the whole program.
const connector::Library& ShippedConnectors();
/// The same with a line added to the `accounts` block of aircall/connector.yaml.
std::unique_ptr<connector::Library> ConnectorsWithAccounts(const std::string& line);

/// In place of a text that must be there, another one.
using Edits = std::vector<std::pair<std::string, std::string>>;

/// The shipped connectors, with Aircall's manifest edited.
std::unique_ptr<connector::Library> ConnectorsWith(const Edits& edits);
const core::workflow::Expressions& SharedExpressions();

/// Connections in a world of memory: a tenant, a clock, and a provider behind a fake HTTP client.
class AccountsWorld {
 public:
  AccountsWorld();

  /// A link for tenant "acme", by its secret part.
  std::string NewLink(const std::string& return_url = "");
  /// The same, asked for in full; the tenant is "acme" where none is named.
  std::string NewLink(accounts::SessionRequest request);
  /// The browser goes off, an administrator consents, and it comes back.
  Result<ports::Account> ConnectByOAuth();
  /// What the browser would come back with.
  accounts::OAuthReturn Leave(const std::string& token);
  Result<ports::Account> ConnectByKey();
  std::map<std::string, Secret> GoodKey();

  ports::Account Stored(AccountId id) { return *accounts.Get(id); }

  /// For another instance in the same world.
  accounts::TokenRefresher::Dependencies DependenciesOfRefresher(std::int64_t instance);
  /// For another Connections in the same world.
  accounts::Connections::Dependencies DependenciesOfConnections(
      const connector::Library& connectors = ShippedConnectors());

  FakeClock clock;
  SeededRandom random;
  IdGenerator ids{1};
  Metrics metrics;
  MemoryAccountStore accounts;
  MemoryRefreshStore refreshes{accounts, clock};
  MemorySessionStore sessions;
  MemoryApplicationStore applications{accounts};
  MemoryDataKeyStore data_keys;
  adapters::crypto::SodiumKeys vault_keys =
      adapters::crypto::SodiumKeys::Create({Secret(std::string(32, 'k'))}).value();
  adapters::crypto::SodiumVault vault{vault_keys, data_keys};
  FarSide far_side;
  FakeHttpClient http;
  DirectPerformer performer;
  std::string public_url = "https://switchboard.example";
  std::vector<std::string> wanted = {"io.aircall.call.ended", "io.aircall.contact.updated"};
  std::optional<Error> wanted_error;  ///< Instead of `wanted`.
  std::mutex told_mutex;
  std::vector<ports::Account> told;  ///< What `changed` was called with.
  bool has_application = true;       ///< Ours, at the provider.
  accounts::AccountBook book;
  accounts::TokenRefresher refresher;
  accounts::CredentialCare care;
  accounts::Connections connections;
};

}  // namespace sb::testing
