#include "engine/ports/inbox_store.h"

namespace sb::ports {

std::string SubjectOf(const InboxItem& item) {
  return item.entity_id.empty() ? item.entity : item.entity + "/" + item.entity_id;
}

bool EventFilter::Includes(const InboxItem& item) const {
  const bool in_occurred =
      item.occurred_at ? occurred.Includes(*item.occurred_at) : !occurred.from && !occurred.before;
  return in_occurred && accounts.Includes(item.account) && types.Includes(item.event) &&
         subjects.Includes(SubjectOf(item)) && sources.Includes(item.source) &&
         received.Includes(TimeOfIdNumber(item.id.number()));
}

}  // namespace sb::ports
