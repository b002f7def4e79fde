#include "engine/core/event/event.h"

#include <algorithm>

namespace sb::core::event {
namespace {

constexpr std::size_t kLongestText = 500;

Error Wrong(const std::string& attribute, const std::string& rule) {
  return Invalid("EVENT_INVALID", "the event's `" + attribute.substr(0, 60) + "` " + rule);
}

/// CloudEvents 1.0: lower-case letters and digits.
bool IsAttributeName(const std::string& name) {
  return !name.empty() && name.size() <= 40 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

Status CheckTexts(const Json& json) {
  for (const char* name : {"type", "source", "id"}) {
    const std::string text = TextMember(json, name);
    if (text.empty() || text.size() > kLongestText)
      return Wrong(name, "must be a text of 1 to 500 characters");
  }
  for (const char* name : {"subject", "datacontenttype", "dataschema"}) {
    const Json& value = Member(json, name);
    if (!value.is_null() && (!value.is_string() || value.get<std::string>().size() > kLongestText))
      return Wrong(name, "must be a text of at most 500 characters");
  }
  if (Member(json, "specversion") != Json("1.0")) return Wrong("specversion", "must be \"1.0\"");
  return {};
}

Status CheckNames(const Json& json) {
  for (const auto& [name, value] : json.items()) {
    if (!IsAttributeName(name))
      return Wrong(name, "is no attribute's name: those are lower-case letters and digits");
    if (name != "data" && value.is_structured())
      return Wrong(name, "must be a single value; what has parts belongs into `data`");
  }
  return {};
}

}  // namespace

Json ToJson(const CloudEvent& event) {
  Json json = {{"specversion", "1.0"},
               {"id", ToText(event.id)},
               {"source", "/accounts/" + ToText(event.account)},
               {"type", event.type},
               {"time", ToRfc3339(event.time)},
               {"datacontenttype", "application/json"},
               {"data", event.data}};
  if (!event.subject.empty()) json["subject"] = event.subject;
  json.update(event.attributes);
  return json;
}

Result<CloudEvent> ReadCloudEvent(const Json& json, EventId id, AccountId account, WallTime now) {
  if (!json.is_object()) return Invalid("EVENT_INVALID", "an event is a JSON object");
  if (Status texts = CheckTexts(json); !texts.ok()) return texts.error();
  if (Status names = CheckNames(json); !names.ok()) return names.error();
  CloudEvent event{id,
                   account,
                   TextMember(json, "type"),
                   TextMember(json, "subject"),
                   now,
                   Member(json, "data"),
                   json};
  const Json& time = Member(json, "time");
  if (!time.is_null()) {
    const auto when = time.is_string() ? ParseRfc3339(time.get<std::string>()) : std::nullopt;
    if (!when) return Wrong("time", "must be a time as in 2026-06-01T09:30:00Z");
    event.time = *when;
  }
  for (const char* known : {"type", "subject", "time", "data", "specversion"})
    event.attributes.erase(known);
  return event;
}

}  // namespace sb::core::event
