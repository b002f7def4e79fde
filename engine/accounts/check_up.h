#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/accounts/check_findings.h"
#include "engine/accounts/connections.h"
#include "engine/ports/run_store.h"

namespace sb::accounts {

/// What a check found.
struct CheckReport {
  bool healthy = false;           ///< The credential works.
  std::string detail;             ///< As AccountCheck.
  std::vector<Finding> findings;  ///< In a fixed order.
  int requests = 0;               ///< Made at the provider.
};

/// Looks at everything that an account needs, at the cost of a few requests, and changes nothing
/// but the account's state as Connections::Check does, and its region where the lines say another
/// by now. Thread-safe; blocks.
class CheckUp {
 public:
  struct Dependencies {
    Connections& connections;
    ConnectionDependencies world;
    ports::RunStore& runs;  ///< For what was learned of the quota.
    /// By how much the provider's clock is ahead, as far as it has told.
    std::function<std::optional<Millis>(const std::string& url)> provider_ahead;
    std::function<Result<WallTime>()> database_time;
  };

  explicit CheckUp(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Fails only when our own side does: kNotFound ACCOUNT_NOT_FOUND, kInvalid CONNECTOR_UNKNOWN.
  Result<CheckReport> Run(AccountId id, const KnownEmails& known);

 private:
  Result<AccountCheck> Probe(const ports::Account& account,
                             const connector::Connector& connector) const;
  Status AskProvider(const ports::Account& account, const connector::Connector& connector,
                     const KnownEmails& known, CheckReport& report) const;
  std::optional<Millis> DatabaseAhead() const;

  Dependencies deps_;
};

}  // namespace sb::accounts
