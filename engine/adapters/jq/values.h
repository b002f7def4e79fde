#pragma once

#include <optional>
#include <variant>

#include "engine/adapters/jq/libjq.h"
#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb::adapters::jq {

/// The value as jq holds it. Nothing when it has a whole number beyond 2^53 in it, which jq would
/// silently round. The caller owns the result.
std::optional<jv> ToJv(const Json& value);

/// Why a value of jq's is none of ours.
enum class NotJson {
  kTooDeep,   ///< Nested deeper than 128 levels.
  kTooLarge,  ///< More than two million values, or 32 MB of texts.
};

/// The value as we hold it; does not consume `value`. Whole numbers within 2^53 become integers.
/// Small values of jq's can be large ones of ours: it stores once what occurs many times.
std::variant<Json, NotJson> FromJv(jv value);

}  // namespace sb::adapters::jq
