#pragma once

#include <optional>

#include "engine/adapters/jq/libjq.h"
#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb::adapters::jq {

/// The value as jq holds it. Nothing when it has a whole number beyond 2^53 in it, which jq would
/// silently round. The caller owns the result.
std::optional<jv> ToJv(const Json& value);

/// The value as we hold it; consumes `value`. Whole numbers within 2^53 become integers. Nothing
/// when it is nested deeper than 128 levels.
std::optional<Json> FromJv(jv value);

}  // namespace sb::adapters::jq
