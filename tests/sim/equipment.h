#pragma once

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/connector/connector.h"

// What all engines of all histories share and none can change: the real thing, made once.
namespace sb::sim {

const adapters::jq::JqExpressions& Jq();
const adapters::system::SystemTimeZones& Zones();
/// The shipped connectors, with a provider whose addresses only the simulator knows.
const connector::Library& Connectors();

}  // namespace sb::sim
