#include "engine/adapters/postgres/inbox_rows.h"

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

ports::InboxItem ReadItem(const pqxx::row& row) {
  ports::InboxItem item;
  item.slot = static_cast<Slot>(NumberOf(row, "slot"));
  item.account = AccountId(NumberOf(row, "account_id"));
  item.id = EventId(NumberOf(row, "event_id"));
  item.dedupe = BytesOf(row, "dedupe");
  item.source = static_cast<ports::InboxSource>(NumberOf(row, "source"));
  item.event = TextOf(row, "event");
  item.entity = TextOf(row, "entity");
  item.entity_id = TextOf(row, "entity_id");
  item.occurred_at = OptionalTimeOf(row, "occurred_at");
  item.received_at = TimeOf(row, "received_at");
  item.body = BytesOf(row, "body");
  return item;
}

Params ListParams(const ports::EventFilter& filter, const ports::PageRequest& page) {
  Params params;
  params.Number(UpperBoundOf(page, filter.received))
      .Number(LowerBoundOf(filter.received))
      .Chosen(filter.accounts)
      .Chosen(filter.types)
      .Chosen(filter.sources)
      .Chosen(filter.subjects)
      .TimeOrNull(filter.occurred.from)
      .TimeOrNull(filter.occurred.before)
      .Number(SizeOf(page) + 1);
  return params;
}

}  // namespace sb::adapters::postgres
