#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/accounts/connections.h"
#include "engine/connector/connector.h"
#include "engine/edge/pages.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"

namespace sb::edge {

/// What the pages of a connect link say, in the look of the session's platform. Thread-safe;
/// blocks.
class ConnectPages {
 public:
  using Fields = std::map<std::string, std::string>;

  struct Dependencies {
    accounts::Connections& connections;
    ports::AccountStore& accounts;
    const connector::Library& connectors;
    const ports::Clock& clock;
  };

  explicit ConnectPages(Dependencies dependencies) : deps_(dependencies) {}

  /// What will be granted, and the ways to grant it. `problem` says what went wrong before; of what
  /// was `entered`, secrets are not shown again.
  Reply Invitation(const ports::ConnectSession& session, const std::string& token, int status,
                   const std::string& problem, const Fields& entered) const;
  /// For the browser that connected it.
  Reply Arrival(const ports::ConnectSession& session) const;
  /// For whoever else has the link: tells nothing of the account.
  static Reply Used(const ports::ConnectSession& session);
  /// What went wrong; with a `token`, also a way to try again.
  static Reply Trouble(const Error& error, const std::optional<ports::ConnectSession>& session,
                       const std::string& token);
  static Reply TroubleForPrograms(const Error& error);
  /// What a person reads of an error.
  static std::string TextFor(const Error& error);

 private:
  std::string CompanyOf(AccountId id) const;

  Dependencies deps_;
};

/// What our own form must bring along: it follows from the link's secret, so it needs no memory and
/// outlives a restart.
std::string FormProof(const std::string& token);

/// `url` with `query` added to the one that it has.
std::string WithQuery(const std::string& url, const std::string& query);

}  // namespace sb::edge
