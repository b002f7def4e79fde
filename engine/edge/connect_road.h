#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/accounts/connections.h"
#include "engine/connector/connector.h"
#include "engine/edge/bounded_executor.h"
#include "engine/edge/connect_pages.h"
#include "engine/edge/http.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"

namespace sb::edge {

/// The pages of a connect link: what will be granted, off to the provider and back, the API-key
/// form, and how it ended.
///
/// A link's secret is in its path, so it appears in no log, no referrer and no cookie but one: the
/// cookie of the browser that goes to the provider, which carries it home. Who has the link but is
/// not that browser learns nothing of the account.
class ConnectRoad {
 public:
  struct Dependencies {
    accounts::Connections& connections;
    ports::AccountStore& accounts;
    const connector::Library& connectors;
    BoundedExecutor& workers;
    const ports::Clock& clock;
    std::function<std::string()> public_url;
    Millis patience{60'000};  ///< Exchanging the code and registering the webhook take a few
                              ///< requests to the provider.
  };

  explicit ConnectRoad(const Dependencies& dependencies)
      : deps_(dependencies),
        pages_({dependencies.connections, dependencies.accounts, dependencies.connectors,
                dependencies.clock}) {}

  // On the listener's thread; they do not block.
  void ShowLink(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  void LeaveForProvider(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  void TakeKey(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  void ComeBack(const std::shared_ptr<Exchange>& exchange);
  /// How it stands, for the page that opened the link in a pop-up.
  void TellOutcome(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  /// The provider sends a browser to install an application.
  void Install(const std::shared_ptr<Exchange>& exchange, const std::string& connector,
               const std::string& install_key);

 private:
  using Fields = ConnectPages::Fields;
  struct Traveller;

  void Work(const std::shared_ptr<Exchange>& exchange, std::function<Reply()> work);
  Reply LinkPage(const Request& request, const std::string& token);
  Reply Arrival(const Request& request, const ports::ConnectSession& session) const;
  Reply Outcome(const Request& request, const std::string& token);
  Reply Departure(const Request& request, const std::string& token);
  Reply KeyGiven(const Request& request, const std::string& token);
  Reply Return(const Request& request);
  Reply Installation(const Request& request, const std::string& connector,
                     const std::string& install_key);

  /// After success: to the provider's or the platform's own page, or to the link's page, which
  /// shows this browser how it ended.
  Reply Onwards(const Request& request, const std::string& token, const std::string& browser,
                const ports::Account& account);
  Reply Trouble(const Request& request, const Error& error, const std::string& token);
  Traveller TravellerOf(const Request& request, const std::string& state) const;
  bool IsOurForm(const Request& request, const Fields& fields, const std::string& token) const;

  Dependencies deps_;
  ConnectPages pages_;
};

}  // namespace sb::edge
