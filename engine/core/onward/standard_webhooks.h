#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"

namespace sb::core::onward {

/// The headers by which a receiver knows that a request is ours, of now, and not seen before
/// (Standard Webhooks 1.0.0): webhook-id, webhook-timestamp and webhook-signature.
///
/// `id` is the same for every try. `secret`: "whsec_" and 24 to 64 bytes in base 64. Fails with
/// kInvalid ONWARD_SECRET_INVALID; the message does not repeat the secret.
Result<std::vector<std::pair<std::string, std::string>>> SignWebhook(const Secret& secret,
                                                                     const std::string& id,
                                                                     WallTime now,
                                                                     std::string_view body);

}  // namespace sb::core::onward
