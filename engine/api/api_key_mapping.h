#pragma once

#include "engine/ports/api_key_store.h"
#include "switchboard/v1/api_key.pb.h"

namespace sb::api {

/// A key as it may be shown: without its hash.
switchboard::v1::ApiKey ToProto(const ports::ApiKey& key, WallTime now);

}  // namespace sb::api
