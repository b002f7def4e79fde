#include "engine/accounts/connection_dependencies.h"

namespace sb::accounts {

Result<const connector::Connector*> FindConnector(const connector::Library& connectors,
                                                  const std::string& name) {
  const connector::Connector* connector = connectors.FindConnector(name);
  if (connector != nullptr) return connector;
  return Invalid("CONNECTOR_UNKNOWN", "there is no connector '" + name +
                                          "'; 'switchboard account connect --help' lists them");
}

}  // namespace sb::accounts
