#pragma once

#include "engine/ports/erasure_store.h"
#include "switchboard/v1/erasure.pb.h"

namespace sb::api {

switchboard::v1::Erasure ToProto(const ports::Erasure& erasure);

}  // namespace sb::api
