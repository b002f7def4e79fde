#pragma once

#include <map>
#include <string>

#include "engine/accounts/adoption.h"
#include "engine/accounts/connect_links.h"

namespace sb::accounts {

/// Connecting with an API key, from the connect page or by the API. Thread-safe; blocks.
class KeyRoad {
 public:
  KeyRoad(const ConnectionDependencies& dependencies, ConnectLinks& links, Adoption& adoption)
      : deps_(dependencies), links_(links), adoption_(adoption) {}

  /// As Connections::ConnectWithKey.
  Result<ports::Account> Connect(const std::string& tenant, const std::string& connector,
                                 const std::map<std::string, Secret>& fields,
                                 const std::string& by);
  /// As Connections::FinishWithKey.
  Result<ports::Account> Finish(const std::string& token,
                                const std::map<std::string, Secret>& fields);

 private:
  const ConnectionDependencies& deps_;
  ConnectLinks& links_;
  Adoption& adoption_;
};

}  // namespace sb::accounts
