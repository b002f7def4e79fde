#pragma once

#include <optional>

#include "engine/ports/recording_store.h"
#include "switchboard/v1/recording.pb.h"

namespace sb::api {

switchboard::v1::Recording ToProto(const ports::Recording& recording);
switchboard::v1::RecordingPolicy ToProto(const ports::RecordingPolicy& policy);
/// Nothing: all states.
std::optional<ports::RecordingState> ToState(switchboard::v1::Recording::State state);

}  // namespace sb::api
