#include "engine/core/event/publication.h"

namespace sb::core::event {

std::string ToBody(const Publication& publication) {
  Json json = {{"specversion", "1.0"},
               {"id", publication.id},
               {"source", publication.source},
               {"type", publication.type},
               {"time", ToRfc3339(publication.time)},
               {"datacontenttype", "application/json"},
               {"data", publication.data}};
  if (!publication.subject.empty()) json["subject"] = publication.subject;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sb::core::event
