#pragma once

#include <optional>

#include "engine/connector/sinks.h"
#include "engine/ports/onward_store.h"
#include "switchboard/v1/destination.pb.h"

namespace sb::api {

/// Without its counts.
switchboard::v1::Destination ToProto(const ports::Destination& destination);
switchboard::v1::OnwardDelivery ToProto(const ports::Delivery& delivery);
switchboard::v1::Sink ToProto(const connector::Sink& sink);
/// Nothing: all states.
std::optional<ports::DeliveryState> ToState(switchboard::v1::OnwardDelivery::State state);

}  // namespace sb::api
