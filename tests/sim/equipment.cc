#include "tests/sim/equipment.h"

#include "embedded/ConnectorFiles.h"

namespace sb::sim {

const adapters::jq::JqExpressions& Jq() {
  static const adapters::jq::JqExpressions expressions;
  return expressions;
}

const adapters::system::SystemTimeZones& Zones() {
  static const adapters::system::SystemTimeZones zones;
  return zones;
}

const connector::Library& Connectors() {
  static const auto library =
      connector::Library::Load(embedded::ConnectorFiles(),
                               {{"aircall", {"http://aircall.sim", "http://aircall.sim"}}}, Jq());
  return **library;
}

}  // namespace sb::sim
