#include "engine/adapters/postgres/inbox_rows.h"

#include <utility>

#include "engine/adapters/postgres/array_text.h"
#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

ports::InboxItem ReadItem(const pqxx::row& row) {
  ports::InboxItem item;
  item.slot = static_cast<Slot>(NumberOf(row, "slot"));
  item.account = AccountId(NumberOf(row, "account_id"));
  item.id = EventId(NumberOf(row, "event_id"));
  item.dedupe = BytesOf(row, "dedupe");
  item.occurrence = BytesOf(row, "occurrence");
  item.source = static_cast<ports::InboxSource>(NumberOf(row, "source"));
  item.event = TextOf(row, "event");
  item.entity = TextOf(row, "entity");
  item.entity_id = TextOf(row, "entity_id");
  item.occurred_at = OptionalTimeOf(row, "occurred_at");
  item.received_at = TimeOf(row, "received_at");
  item.body = BytesOf(row, "body");
  return item;
}

Params& AddInboxItems(const std::vector<ports::InboxItem>& items, Params& params) {
  ArrayText slots, accounts, ids, keys, sources, events, entities, entity_ids, occurred, received,
      firsts, lengths, occurrences;
  std::string bodies;
  for (const ports::InboxItem& item : items) {
    slots.AddNumber(item.slot);
    accounts.AddNumber(item.account.number());
    ids.AddNumber(item.id.number());
    keys.AddBytes(item.dedupe);
    sources.AddNumber(static_cast<std::int64_t>(item.source));
    events.AddText(item.event);
    entities.AddText(item.entity);
    entity_ids.AddText(item.entity_id);
    occurred.AddTimeOrNull(item.occurred_at);
    received.AddTime(item.received_at);
    firsts.AddNumber(static_cast<std::int64_t>(bodies.size()) + 1);
    lengths.AddNumber(static_cast<std::int64_t>(item.body.size()));
    occurrences.AddBytesOrNull(item.occurrence);
    bodies += item.body;
  }
  for (const ArrayText* array :
       {&slots, &accounts, &ids, &keys, &sources, &events, &entities, &entity_ids, &occurred,
        &received, &firsts, &lengths, &occurrences}) {
    params.Array(*array);
  }
  return params.LastBytes(std::move(bodies));
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
