#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/world/world.h"

// The texts of a company: sent, on their way, received. Refusals are those of refusal.h.
namespace sb::aircall::sandbox {

struct MessageDraft {
  std::int64_t number_id = 0;
  std::vector<std::string> external{};  ///< To whom, or from whom; several for a group.
  std::string body{};
  std::vector<std::string> media{};
  std::optional<std::int64_t> user_id{};
  bool group = false;
  bool whatsapp = false;
  std::string template_content{};
};

/// Sent a second later, delivered two more later.
Result<Message> SendMessage(World& world, const MessageDraft& draft);
Result<Message> ReceiveMessage(World& world, const MessageDraft& draft);
/// As the carrier reports it: "failed", "delivered". Nothing follows by itself any more.
Result<Message> SetMessageStatus(World& world, std::int64_t id, const std::string& status);

void MarkMessageSent(World& world, std::int64_t id, WallTime at);
void MarkMessageDelivered(World& world, std::int64_t id, WallTime at);

}  // namespace sb::aircall::sandbox
