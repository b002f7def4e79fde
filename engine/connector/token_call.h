#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/connector/connector.h"

namespace sb::connector {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string FormEncode(const Fields& fields);

/// A request to the token endpoint, in the format that it takes.
ports::HttpRequest TokenCall(const OAuthSpec& oauth, const Fields& fields);

/// What a successful answer of the token endpoint holds; nothing when it holds no access token.
std::optional<TokenGrant> GrantIn(const ports::HttpResponse& response);

}  // namespace sb::connector
