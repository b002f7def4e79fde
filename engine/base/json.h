#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "engine/base/result.h"

namespace sb {

using Json = nlohmann::json;

/// Parses strict JSON. Fails with kInvalid JSON_MALFORMED, which says where. Depth is limited to
/// 128 levels.
Result<Json> ParseJson(std::string_view text);

/// Compact text; bytes that are not UTF-8 become U+FFFD, so foreign input can never throw.
std::string DumpJson(const Json& value);

/// Indented text for people.
std::string PrettyJson(const Json& value);

/// The member `key` of an object, or null when `value` is no object or lacks it. Aircall leaves
/// keys out where others send null (aircall-api 8): callers treat the two alike.
const Json& Member(const Json& value, std::string_view key);

/// A text as it is, anything else as DumpJson writes it.
std::string PlainText(const Json& value);

/// Member as text: "" when absent, null, or not a string.
std::string TextMember(const Json& value, std::string_view key);

}  // namespace sb
