#include "engine/adapters/jq/plain_path.h"

#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "engine/adapters/jq/names.h"

namespace sb::adapters::jq {
namespace {

/// Takes a name off the front of `text`; empty when there is none.
std::string TakeName(std::string_view& text) {
  std::size_t length = 0;
  if (text.empty() || !IsNameStart(text[0])) return {};
  while (length < text.size() && IsNamePart(text[length])) ++length;
  std::string name(text.substr(0, length));
  text.remove_prefix(length);
  return name;
}

/// Takes `"key"` without escapes.
std::optional<std::string> TakeQuoted(std::string_view& text) {
  if (!text.starts_with('"')) return {};
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return {};
  const std::string_view key = text.substr(1, end - 1);
  if (key.find('\\') != std::string_view::npos) return {};
  text.remove_prefix(end + 1);
  return std::string(key);
}

using Step = std::variant<std::string, long>;

/// Takes `[3]`, `[-1]` or `["key"]`.
std::optional<Step> TakeBracket(std::string_view& text) {
  text.remove_prefix(1);
  std::optional<Step> step;
  if (auto key = TakeQuoted(text)) {
    step = std::move(*key);
  } else {
    long index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc()) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    step = index;
  }
  if (!text.starts_with(']')) return {};
  text.remove_prefix(1);
  return step;
}

/// Takes `.name`, `."key"`, `.[3]` or `[3]`.
std::optional<Step> TakeStep(std::string_view& text) {
  if (text.starts_with('[')) return TakeBracket(text);
  if (!text.starts_with('.')) return {};
  text.remove_prefix(1);
  if (text.starts_with('[')) return TakeBracket(text);
  if (auto key = TakeQuoted(text)) return Step(std::move(*key));
  std::string name = TakeName(text);
  if (name.empty()) return {};
  return Step(std::move(name));
}

const Json kNull;

const Json* Child(const Json& value, const std::string& key) {
  if (value.is_null()) return &kNull;
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? &kNull : &*found;
}

const Json* Child(const Json& value, long index) {
  if (value.is_null()) return &kNull;
  if (!value.is_array()) return nullptr;
  const auto size = static_cast<long>(value.size());
  const long at = index < 0 ? index + size : index;
  return at < 0 || at >= size ? &kNull : &value[static_cast<std::size_t>(at)];
}

}  // namespace

std::optional<PlainPath> PlainPath::Parse(std::string_view source) {
  PlainPath path;
  if (source == ".") return path;
  if (source.starts_with('$')) {
    source.remove_prefix(1);
    path.variable_ = TakeName(source);
    // "$__loc__" and "$ENV" are jq's own.
    if (path.variable_.empty() || path.variable_ == "__loc__" || path.variable_ == "ENV") return {};
  } else if (!source.starts_with('.')) {
    return {};
  }
  while (!source.empty()) {
    auto step = TakeStep(source);
    if (!step) return {};
    path.steps_.push_back(std::move(*step));
  }
  return path;
}

const Json* PlainPath::Read(const Json& root) const {
  const Json* at = &root;
  for (const auto& step : steps_) {
    at = std::visit([at](const auto& part) { return Child(*at, part); }, step);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace sb::adapters::jq
