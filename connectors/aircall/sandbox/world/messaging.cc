#include "connectors/aircall/sandbox/world/messaging.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

// Chosen by us: the reference knows the statuses, not the times between them.
constexpr Seconds kSentAfter{1};
constexpr Seconds kDeliveredAfter{3};

constexpr std::size_t kLongestSms = 1600;       // doc
constexpr std::size_t kLongestWhatsapp = 4096;  // doc

Status CheckExternal(const MessageDraft& draft) {
  const char* name = draft.group ? "participants" : "to";
  if (draft.external.empty()) return Refused(std::string(name) + " is missing");
  const bool all_phones = std::all_of(draft.external.begin(), draft.external.end(),
                                      [](const std::string& each) { return IsPhone(each); });
  if (!all_phones) {
    return Refused(std::string(name) + " is not a phone number: write it as +16175550142");
  }
  return {};
}

Status CheckDraft(const World& world, const MessageDraft& draft) {
  if (world.directory().FindLine(draft.number_id) == nullptr) return UnknownId("Number");
  if (Status status = CheckExternal(draft); !status.ok()) return status;
  if (IsBlank(draft.body) && draft.media.empty() && draft.template_content.empty()) {
    return Refused(draft.whatsapp ? "text or template is missing" : "body is missing");
  }
  const std::size_t most = draft.whatsapp ? kLongestWhatsapp : kLongestSms;
  if (CharactersIn(draft.body) > most) {
    return Refused("body is longer than " + std::to_string(most) + " characters");
  }
  if (draft.user_id && world.directory().FindUser(*draft.user_id) == nullptr) {
    return Refused("user_id is not a user of this company");
  }
  return {};
}

/// The configuration of a number in proxy mode, or null.
Doc ConfigurationOf(const World& world, std::int64_t number_id) {
  const Record* record = world.records().Find("message_configuration", std::to_string(number_id));
  return record == nullptr ? Doc(nullptr) : RecordDoc(*record);
}

/// `what`: "sent", "received" or "status_updated". The texts of a number in proxy mode go to its
/// callback, as `message.received` or `message.updated`, and nowhere else (doc).
void TellMessage(World& world, const std::string& what, const Message& message, WallTime at) {
  const Doc configuration = ConfigurationOf(world, message.number_id);
  const std::string resource = message.group ? "group_message" : "message";
  if (configuration.is_null()) {
    world.Tell({resource + "." + what, resource, at, MessageEventDoc(world, message).dump(),
                message.number_id});
    return;
  }
  const std::string event = what == "received" ? "message.received" : "message.updated";
  world.Tell({event, resource, at,
              NumberCallbackDoc(world, message, event, at, configuration).dump(), message.number_id,
              configuration.at("callbackUrl").get<std::string>()});
}

Message& Keep(World& world, const MessageDraft& draft, Direction direction, const char* status) {
  Message message;
  message.id = world.ids().Next(IdKind::kMessage);
  message.number_id = draft.number_id;
  message.direction = direction;
  message.status = status;
  message.external = draft.external;
  message.body = draft.body;
  message.media = draft.media;
  message.group = draft.group;
  message.whatsapp = draft.whatsapp;
  message.template_content = draft.template_content;
  message.user_id = draft.user_id;
  const bool outbound = direction == Direction::kOutbound;
  if (!message.user_id && outbound) message.user_id = world.cause().agent;
  message.created_at = message.updated_at = world.Now();
  return world.messages().Add(std::move(message));
}

/// Moves on from `from` to `to`; a message that left its way stays where it is.
Message* Advance(World& world, std::int64_t id, const char* from, const char* to, WallTime at) {
  Message* message = world.messages().Find(id);
  if (message == nullptr || message->status != from) return nullptr;
  message->status = to;
  message->updated_at = at;
  return message;
}

}  // namespace

Result<Message> SendMessage(World& world, const MessageDraft& draft) {
  if (Status status = CheckDraft(world, draft); !status.ok()) return status.error();
  const Message& message = Keep(world, draft, Direction::kOutbound, "pending");
  world.Note("message.accepted", message.id);
  world.Later(world.Now() + kSentAfter, {LaterKind::kMessageSent, message.id});
  world.Later(world.Now() + kDeliveredAfter, {LaterKind::kMessageDelivered, message.id});
  return message;
}

Result<Message> ReceiveMessage(World& world, const MessageDraft& draft) {
  if (Status status = CheckDraft(world, draft); !status.ok()) return status.error();
  const Message& message = Keep(world, draft, Direction::kInbound, "received");
  world.Note("message.received", message.id);
  TellMessage(world, "received", message, world.Now());
  return message;
}

Result<Message> SetMessageStatus(World& world, std::int64_t id, const std::string& status) {
  Message* message = world.messages().Find(id);
  if (message == nullptr) return UnknownId("Message");
  if (IsBlank(status)) return Refused("status is missing: e.g. failed");
  message->status = status;
  message->updated_at = world.Now();
  world.Note("message.status_updated", id);
  TellMessage(world, "status_updated", *message, world.Now());
  return *message;
}

void MarkMessageSent(World& world, std::int64_t id, WallTime at) {
  Message* message = Advance(world, id, "pending", "sent", at);
  if (message == nullptr) return;
  message->sent_at = at;
  world.Note("message.sent", id);
  TellMessage(world, "sent", *message, at);
}

void MarkMessageDelivered(World& world, std::int64_t id, WallTime at) {
  const Message* message = Advance(world, id, "sent", "delivered", at);
  if (message == nullptr) return;
  world.Note("message.status_updated", id);
  TellMessage(world, "status_updated", *message, at);
}

}  // namespace sb::aircall::sandbox
