#include "engine/base/json.h"

#include <nlohmann/json.hpp>

namespace sb {
namespace {

constexpr int kMaxDepth = 128;

bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxDepth) return true;
  }
  return false;
}

}  // namespace

Result<Json> ParseJson(std::string_view text) {
  if (TooDeep(text)) {
    return Invalid("JSON_MALFORMED", "the JSON is nested more than 128 levels deep; flatten it");
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // The parser's own text quotes the input, which may hold a secret or a phone number.
    return Invalid("JSON_MALFORMED",
                   "not valid JSON: reading stopped at byte " + std::to_string(error.byte));
  } catch (const Json::exception& error) {
    return Invalid("JSON_MALFORMED",
                   "not valid JSON (nlohmann error " + std::to_string(error.id) + ")");
  }
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string PrettyJson(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

const Json& Member(const Json& value, std::string_view key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  const auto found = value.find(key);
  return found == value.end() ? kNull : *found;
}

std::string PlainText(const Json& value) {
  return value.is_string() ? value.get<std::string>() : DumpJson(value);
}

std::string TextMember(const Json& value, std::string_view key) {
  const Json& member = Member(value, key);
  return member.is_string() ? member.get<std::string>() : std::string();
}

}  // namespace sb
