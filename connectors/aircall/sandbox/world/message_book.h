#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "connectors/aircall/sandbox/world/objects.h"

namespace sb::aircall::sandbox {

/// The texts of a company. No request reads them: they are known through webhooks alone (doc), so
/// that it keeps the latest only, for as long as their status may change.
class MessageBook {
 public:
  static constexpr std::size_t kKept = 10'000;

  /// `message.id` is new.
  Message& Add(Message message) {
    if (messages_.size() >= kKept) messages_.erase(messages_.begin());
    return messages_.emplace(message.id, std::move(message)).first->second;
  }

  /// Null when there is none.
  Message* Find(std::int64_t id) {
    const auto found = messages_.find(id);
    return found == messages_.end() ? nullptr : &found->second;
  }

  const std::map<std::int64_t, Message>& all() const { return messages_; }

 private:
  std::map<std::int64_t, Message> messages_;
};

}  // namespace sb::aircall::sandbox
