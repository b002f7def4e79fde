#include "connectors/aircall/sandbox/api/line_body.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/sent.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

std::optional<bool> Flag(const Json& body, const char* name) {
  const Json& value = Member(body, name);
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

Status ReadPriority(const Json& body, LineDraft& draft) {
  if (!body.contains("priority")) return {};
  draft.priority.emplace();
  if (Member(body, "priority").is_null()) return {};
  const auto priority = NumberMember(body, "priority", 0, 0, 1);
  if (!priority.ok()) return Refused("priority is not null, 0 or 1");
  draft.priority->emplace(*priority);
  return {};
}

Status ReadMessages(const Json& body, LineDraft& draft) {
  const Json& messages = Member(body, "messages");
  if (messages.is_null()) return {};
  if (!messages.is_object()) return Refused("messages is not an object of URLs");
  for (const auto& [kind, url] : messages.items()) {
    if (!url.is_string()) return Refused("messages: " + kind + " is not a URL");
    draft.messages[kind] = url.get<std::string>();
  }
  return {};
}

}  // namespace

Result<LineDraft> LineDraftOf(const Request& request) {
  const auto body = BodyOf(request);
  if (!body.ok()) return body.error();
  LineDraft draft{.name = Sent(*body, "name")};
  if (Status status = ReadPriority(*body, draft); !status.ok()) return status.error();
  if (Status status = ReadMessages(*body, draft); !status.ok()) return status.error();
  return draft;
}

Result<LineDraft> OwnLineDraftOf(const Request& request) {
  auto draft = LineDraftOf(request);
  const auto body = BodyOf(request);
  if (!draft.ok()) return draft.error();
  draft->e164 = Sent(*body, "e164");
  draft->country = Sent(*body, "country");
  draft->time_zone = Sent(*body, "time_zone");
  draft->registration = Sent(*body, "registration_status");
  draft->records_calls = Flag(*body, "live_recording_activated");
  draft->ivr = Flag(*body, "is_ivr");
  if (const Json& users = Member(*body, "user_ids"); users.is_array()) {
    draft->user_ids.emplace();
    for (const Json& id : users) {
      draft->user_ids->push_back(id.is_number_integer() ? id.get<std::int64_t>() : 0);
    }
  }
  return draft;
}

}  // namespace sb::aircall::sandbox
