#pragma once

#include "engine/base/ids.h"

namespace sb {

// Apart from the ids that everybody meets: only the API and its store know this one.

using ApiKeyId = Id<struct ApiKeyTag>;  ///< One key of our own API.

std::string ToText(ApiKeyId id);  ///< key_...
std::optional<ApiKeyId> ParseApiKeyId(std::string_view text);

}  // namespace sb
