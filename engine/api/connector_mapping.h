#pragma once

#include "engine/connector/connector.h"
#include "switchboard/v1/connector.pb.h"

namespace sb::api {

/// Without actions and events, but with their numbers.
switchboard::v1::Connector ToProto(const connector::Connector& connector);
/// Actions by name.
switchboard::v1::Connector ToProtoWhole(const connector::Connector& connector);

}  // namespace sb::api
