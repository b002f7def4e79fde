#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"

// Objects for the lists of which hundreds are drawn a second. A braced list is built twice over, as
// arrays and then as an object; these are built once.
namespace sb::aircall::sandbox {

template <typename Value>
Doc OrNull(const std::optional<Value>& value) {
  return value ? Doc(*value) : Doc(nullptr);
}

/// Adds a member at the end; the caller knows that there is none of that name.
template <typename Value>
void Append(Doc& object, const char* key, Value&& value) {
  using Members = std::vector<std::pair<const std::string, Doc>>;
  static_cast<Members&>(object.get_ref<Doc::object_t&>())
      .emplace_back(key, Doc(std::forward<Value>(value)));
}

/// An object with room for so many members.
inline Doc RoomyObject(std::size_t members) {
  Doc object = Doc::object();
  object.get_ref<Doc::object_t&>().reserve(members);
  return object;
}

inline void AppendAll(Doc&) {}

template <typename Value, typename... Rest>
void AppendAll(Doc& object, const char* key, Value&& value, Rest&&... rest) {
  Append(object, key, std::forward<Value>(value));
  AppendAll(object, std::forward<Rest>(rest)...);
}

/// ObjectOf("id", 7, "name", "Ines"): keys and values in turn.
template <typename... Members>
Doc ObjectOf(Members&&... members) {
  Doc object = RoomyObject(sizeof...(members) / 2);
  AppendAll(object, std::forward<Members>(members)...);
  return object;
}

}  // namespace sb::aircall::sandbox
