#pragma once

#include <map>
#include <string>

#include "engine/accounts/adoption.h"
#include "engine/accounts/connect_links.h"

namespace sb::accounts {

/// An API key to connect with.
struct KeyRequest {
  std::string tenant;
  std::string connector;
  std::map<std::string, Secret> fields;
  AccountId reconnects = {};    ///< Connect this account again, and no other.
  std::string by = "customer";  ///< Who connects it: see AccountChange::by.
};

/// Connecting with an API key, from the connect page or by the API. Thread-safe; blocks.
class KeyRoad {
 public:
  KeyRoad(const ConnectionDependencies& dependencies, ConnectLinks& links, Adoption& adoption)
      : deps_(dependencies), links_(links), adoption_(adoption) {}

  /// As Connections::ConnectWithKey.
  Result<ports::Account> Connect(const KeyRequest& request);
  /// As Connections::FinishWithKey.
  Result<ports::Account> Finish(const std::string& token,
                                const std::map<std::string, Secret>& fields);

 private:
  const ConnectionDependencies& deps_;
  ConnectLinks& links_;
  Adoption& adoption_;
};

}  // namespace sb::accounts
