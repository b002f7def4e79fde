#include "engine/core/event/event.h"

namespace sb::core::event {

Json ToJson(const CloudEvent& event) {
  Json json = {{"specversion", "1.0"},
               {"id", ToText(event.id)},
               {"source", "/accounts/" + ToText(event.account)},
               {"type", event.type},
               {"time", ToRfc3339(event.time)},
               {"datacontenttype", "application/json"},
               {"data", event.data}};
  if (!event.subject.empty()) json["subject"] = event.subject;
  return json;
}

}  // namespace sb::core::event
