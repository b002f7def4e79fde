#pragma once

#include <string>

#include "engine/accounts/adoption.h"
#include "engine/accounts/connect_links.h"

namespace sb::accounts {

/// What the provider sends the browser back with.
struct OAuthReturn {
  std::string code;
  std::string state;
  std::string error;           ///< "access_denied", ...
  std::string browser_cookie;  ///< Of the browser that came back.
  std::string error_description = {};
};

struct Departure {
  std::string authorize_url;
  std::string state;         ///< As in the URL.
  std::string redirect_url;  ///< Where the provider will send the browser.
  std::string
      browser_cookie;  ///< To be given back with the state: proves that it is the same browser.
};

/// Off to the provider's consent page, and back with a code. Thread-safe; blocks.
class OAuthRoad {
 public:
  OAuthRoad(const ConnectionDependencies& dependencies, const OAuthApplications& applications,
            ConnectLinks& links, Adoption& adoption)
      : deps_(dependencies), applications_(applications), links_(links), adoption_(adoption) {}

  /// As Connections::OffersOAuth.
  Result<bool> Offers(const ports::ConnectSession& session) const;
  /// As Connections::BeginOAuth.
  Result<Departure> Begin(const std::string& token);
  /// As Connections::FinishOAuth.
  Result<ports::Account> Finish(const OAuthReturn& returned);

 private:
  Result<ports::Account> Complete(const ports::ConnectSession& session,
                                  const OAuthReturn& returned);
  Result<connector::TokenGrant> ExchangeCode(const connector::Connector& connector,
                                             const ChosenApplication& application,
                                             const OAuthReturn& returned);

  const ConnectionDependencies& deps_;
  const OAuthApplications& applications_;
  ConnectLinks& links_;
  Adoption& adoption_;
};

}  // namespace sb::accounts
