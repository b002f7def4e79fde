#include "tests/unit/accounts/accounts_world.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "embedded/ConnectorFiles.h"

namespace sb::testing {

const core::workflow::Expressions& SharedExpressions() {
  static const adapters::jq::JqExpressions kExpressions;
  return kExpressions;
}

const connector::Library& ShippedConnectors() {
  static const std::unique_ptr<connector::Library> kLibrary = [] {
    auto library = connector::Library::Load(embedded::ConnectorFiles(), {}, SharedExpressions());
    if (!library.ok()) {
      std::fprintf(stderr, "%s\n", library.error().message.c_str());
      std::abort();
    }
    return std::move(*library);
  }();
  return *kLibrary;
}

std::unique_ptr<connector::Library> ConnectorsWith(const Edits& edits) {
  const EmbeddedFiles shipped = embedded::ConnectorFiles();
  std::vector<EmbeddedFile> files(shipped.begin(), shipped.end());
  std::string manifest;
  for (EmbeddedFile& file : files) {
    if (file.path != "aircall/connector.yaml") continue;
    manifest = file.content;
    for (const auto& [from, to] : edits) manifest.replace(manifest.find(from), from.size(), to);
    file.content = manifest;
  }
  return std::move(connector::Library::Load(files, {}, SharedExpressions())).value();
}

std::unique_ptr<connector::Library> ConnectorsWithAccounts(const std::string& line) {
  return ConnectorsWith({{"\naccounts:\n", "\naccounts:\n  " + line + "\n"}});
}

AccountsWorld::AccountsWorld()
    : http([this](const ports::HttpRequest& request) { return far_side.Answer(request); }),
      performer({.accounts = accounts,
                 .vault = vault,
                 .http = http,
                 .connectors = ShippedConnectors(),
                 .expressions = SharedExpressions()}),
      book(accounts, clock,
           [this](const ports::Account& account) {
             const std::lock_guard lock(told_mutex);
             told.push_back(account);
           }),
      refresher(DependenciesOfRefresher(1)),
      care({.book = book,
            .refresher = refresher,
            .accounts = accounts,
            .refreshes = refreshes,
            .vault = vault,
            .http = http,
            .connectors = ShippedConnectors(),
            .expressions = SharedExpressions(),
            .clock = clock}),
      connections(DependenciesOfConnections()) {}

accounts::TokenRefresher::Dependencies AccountsWorld::DependenciesOfRefresher(
    std::int64_t instance) {
  return {.refreshes = refreshes,
          .vault = vault,
          .http = http,
          .clock = clock,
          .random = random,
          .metrics = metrics,
          .instance = InstanceId(instance),
          .client_of = [this](const ports::Account& account, const ports::ApplicationKey& key)
              -> Result<std::optional<accounts::OAuthClient>> {
            if (!has_application) return std::optional<accounts::OAuthClient>();
            return connections.applications().ClientOf(account, key);
          }};
}

accounts::Connections::Dependencies AccountsWorld::DependenciesOfConnections(
    const connector::Library& connectors) {
  return {.accounts = accounts,
          .sessions = sessions,
          .applications = applications,
          .vault = vault,
          .http = http,
          .actions = performer,
          .connectors = connectors,
          .expressions = SharedExpressions(),
          .clock = clock,
          .random = random,
          .ids = ids,
          .metrics = metrics,
          .oauth_clients = {{"aircall", {far_side.client().id, Secret(far_side.client().secret)}}},
          .allowed_addresses = accounts::AllowedAddresses::Parse(
                                   {"https://app.example", "https://connect.acme.example"})
                                   .value(),
          .public_url = [this] { return public_url; },
          .wanted_events = [this](const ports::Account&) -> Result<std::vector<std::string>> {
            if (wanted_error) return *wanted_error;
            return wanted;
          },
          .book = book,
          .care = care};
}

std::string AccountsWorld::NewLink(const std::string& return_url) {
  accounts::SessionRequest request;
  request.return_url = return_url;
  return NewLink(std::move(request));
}

std::string AccountsWorld::NewLink(accounts::SessionRequest request) {
  if (request.tenant.empty()) request.tenant = "acme";
  const auto link = connections.CreateSession(request);
  return link->url.substr(link->url.rfind('/') + 1);
}

accounts::OAuthReturn AccountsWorld::Leave(const std::string& token) {
  const auto departure = connections.BeginOAuth(token);
  return {far_side.Consent(departure->authorize_url), departure->state, "",
          departure->browser_cookie};
}

Result<ports::Account> AccountsWorld::ConnectByOAuth() {
  return connections.FinishOAuth(Leave(NewLink()));
}

std::map<std::string, Secret> AccountsWorld::GoodKey() {
  return {{"api_id", Secret(far_side.key().id)}, {"api_token", Secret(far_side.key().token)}};
}

Result<ports::Account> AccountsWorld::ConnectByKey() {
  return connections.ConnectWithKey({"acme", "aircall", GoodKey()});
}

}  // namespace sb::testing
