#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/accounts/connections.h"
#include "engine/connector/connector.h"
#include "engine/edge/bounded_executor.h"
#include "engine/edge/http.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"

namespace sb::edge {

/// The pages of a connect link: what will be granted, off to the provider and back, the API-key
/// form, and how it ended.
///
/// A link's secret is in its path, so it appears in no log, no referrer and no cookie but one: the
/// cookie of the browser that goes to the provider, which carries it home.
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

  explicit ConnectRoad(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  // On the listener's thread; they do not block.
  void ShowLink(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  void LeaveForProvider(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  void TakeKey(const std::shared_ptr<Exchange>& exchange, const std::string& token);
  void ComeBack(const std::shared_ptr<Exchange>& exchange);

 private:
  using Fields = std::map<std::string, std::string>;
  struct Traveller;

  void Work(const std::shared_ptr<Exchange>& exchange, std::function<Reply()> work);
  Reply LinkPage(const Request& request, const std::string& token);
  Reply Departure(const Request& request, const std::string& token);
  Reply KeyGiven(const Request& request, const std::string& token);
  Reply Return(const Request& request);

  Reply Invitation(const ports::ConnectSession& session, const std::string& token, int status,
                   const std::string& problem, const Fields& entered) const;
  Reply Arrival(const ports::ConnectSession& session) const;
  /// After success: to the platform's own page, or to the link's page, which shows how it ended.
  Reply Onwards(const std::string& token, const ports::Account& account);
  Reply Trouble(const Request& request, const Error& error, const std::string& token);
  Traveller TravellerOf(const Request& request, const std::string& state) const;
  std::string Cookie(const Request& request, const std::string& name, const std::string& value,
                     int max_age) const;
  bool IsOurForm(const Request& request, const Fields& fields, const std::string& token) const;

  Dependencies deps_;
};

}  // namespace sb::edge
