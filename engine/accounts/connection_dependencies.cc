#include "engine/accounts/connection_dependencies.h"

namespace sb::accounts {

Error NotAllowed(const std::string& field, const std::string& address) {
  return Invalid("ADDRESS_NOT_ALLOWED",
                 field + " " + address.substr(0, 200) +
                     " is not among the addresses that this server allows; its operator adds them "
                     "with serve --return-url-allow");
}

Result<const connector::Connector*> FindConnector(const connector::Library& connectors,
                                                  const std::string& name) {
  const connector::Connector* connector = connectors.FindConnector(name);
  if (connector != nullptr) return connector;
  return Invalid("CONNECTOR_UNKNOWN", "there is no connector '" + name +
                                          "'; 'switchboard account connect --help' lists them");
}

}  // namespace sb::accounts
