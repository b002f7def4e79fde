#include "engine/adapters/postgres/postgres_onward_store.h"

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/inbox_rows.h"
#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::Delivery;
using ports::Destination;

std::vector<std::string> TextsIn(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& text : list) texts.push_back(PlainText(text));
  return texts;
}

Destination ReadDestination(const pqxx::row& row) {
  Destination destination;
  destination.slot = static_cast<Slot>(NumberOf(row, "slot"));
  destination.account = AccountId(NumberOf(row, "account_id"));
  destination.id = ports::DestinationId(NumberOf(row, "destination_id"));
  destination.name = TextOf(row, "name");
  destination.sink = TextOf(row, "sink");
  destination.settings = JsonOf(row, "settings");
  const Json secrets = JsonOf(row, "secrets");
  for (const auto& [name, of_tenant] : secrets.items())
    destination.secrets[name] = PlainText(of_tenant);
  destination.choice.types = TextsIn(JsonOf(row, "types"));
  destination.choice.numbers = TextsIn(JsonOf(row, "numbers"));
  destination.state = static_cast<ports::DestinationState>(NumberOf(row, "state"));
  destination.reason = TextOf(row, "reason");
  destination.since = TimeOf(row, "since");
  destination.failures = static_cast<int>(NumberOf(row, "failures"));
  destination.not_before = OptionalTimeOf(row, "not_before");
  destination.created_at = TimeOf(row, "created_at");
  destination.step = static_cast<int>(NumberOf(row, "step"));
  return destination;
}

Result<std::vector<Destination>> DestinationsIn(const Result<pqxx::result>& rows) {
  if (!rows.ok()) return rows.error();
  std::vector<Destination> destinations;
  for (const pqxx::row& row : *rows) destinations.push_back(ReadDestination(row));
  return destinations;
}

/// What may change, in the order in which both statements have it.
Params& AddChangeable(const Destination& destination, Params& params) {
  return params.Text(DumpJson(destination.settings))
      .Text(DumpJson(Json(destination.secrets)))
      .Text(DumpJson(Json(destination.choice.types)))
      .Text(DumpJson(Json(destination.choice.numbers)))
      .Number(static_cast<int>(destination.state))
      .Text(destination.reason)
      .Time(destination.since)
      .Number(destination.failures)
      .TimeOrNull(destination.not_before);
}

Error NameTaken(const Destination& destination) {
  return Conflict("DESTINATION_EXISTS",
                  "the account has a destination '" + destination.name + "' already");
}

Delivery ReadDelivery(const pqxx::row& row) {
  Delivery delivery;
  delivery.slot = static_cast<Slot>(NumberOf(row, "slot"));
  delivery.account = AccountId(NumberOf(row, "account_id"));
  delivery.destination = ports::DestinationId(NumberOf(row, "destination_id"));
  delivery.event = EventId(NumberOf(row, "event_id"));
  delivery.type = TextOf(row, "type");
  delivery.order_key = BytesOf(row, "order_key");
  delivery.place = NumberOf(row, "place");
  delivery.state = static_cast<ports::DeliveryState>(NumberOf(row, "state"));
  delivery.tries = static_cast<int>(NumberOf(row, "tries"));
  delivery.alone = FlagOf(row, "alone");
  delivery.due_at = TimeOf(row, "due_at");
  delivery.first_tried_at = OptionalTimeOf(row, "first_tried_at");
  delivery.tried_at = OptionalTimeOf(row, "tried_at");
  delivery.status = static_cast<int>(NumberOf(row, "status"));
  delivery.reason = TextOf(row, "reason");
  return delivery;
}

Params NewDeliveries(const std::vector<Delivery>& deliveries) {
  ArrayText slots, accounts, destinations, events, types, keys, due;
  for (const Delivery& delivery : deliveries) {
    slots.AddNumber(delivery.slot);
    accounts.AddNumber(delivery.account.number());
    destinations.AddNumber(delivery.destination.number());
    events.AddNumber(delivery.event.number());
    types.AddText(delivery.type);
    keys.AddBytesOrNull(delivery.order_key);
    due.AddTime(delivery.due_at);
  }
  Params params;
  params.Array(slots).Array(accounts).Array(destinations).Array(events).Array(types).Array(keys);
  params.Array(due);
  return params;
}

}  // namespace

// ---- PostgresDestinationStore
// -----------------------------------------------------------------------------------

Status PostgresDestinationStore::Create(const Destination& destination) {
  Params params;
  params.Number(destination.slot)
      .Number(destination.account.number())
      .Number(destination.id.number())
      .Text(destination.name)
      .Text(destination.sink);
  const auto rows = database_.Write(
      kDestinationInsert, AddChangeable(destination, params).Time(destination.created_at));
  if (!rows.ok()) return rows.error();
  return rows->empty() ? Status(NameTaken(destination)) : Status();
}

Result<Destination> PostgresDestinationStore::Get(ports::DestinationId id) {
  const auto rows = database_.Read(kDestinationGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("DESTINATION_NOT_FOUND", "there is no such destination");
  return ReadDestination(rows->front());
}

Result<std::vector<Destination>> PostgresDestinationStore::List(AccountId account) {
  return DestinationsIn(database_.Read(kDestinationList, Params().Number(account.number())));
}

Result<std::vector<Destination>> PostgresDestinationStore::All() {
  return DestinationsIn(database_.Read(kDestinationAll, Params()));
}

Result<std::vector<Destination>> PostgresDestinationStore::Due(
    const std::vector<Slot>& slots, WallTime now, const std::set<ports::DestinationId>& without,
    int limit) {
  ArrayText ours;
  for (const Slot slot : slots) ours.AddNumber(slot);
  ArrayText others;
  for (const ports::DestinationId id : without) others.AddNumber(id.number());
  return DestinationsIn(
      database_.Read(kDestinationDue, Params().Array(ours).Time(now).Array(others).Number(limit)));
}

Result<int> PostgresDestinationStore::Save(const Destination& destination) {
  Params params;
  params.Number(destination.slot)
      .Number(destination.account.number())
      .Number(destination.id.number())
      .Number(destination.step)
      .Text(destination.name);
  const auto rows = database_.Write(kDestinationSave, AddChangeable(destination, params));
  if (!rows.ok()) return rows.error();
  if (!IsNull(rows->front(), "step")) return static_cast<int>(NumberOf(rows->front(), "step"));
  if (FlagOf(rows->front(), "taken")) return NameTaken(destination);
  return Conflict("DESTINATION_MOVED", "somebody else changed this destination");
}

Status PostgresDestinationStore::Delete(ports::DestinationId id) {
  const auto rows = database_.Write(kDestinationDelete, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("DESTINATION_NOT_FOUND", "there is no such destination");
  return {};
}

// ---- PostgresDeliveryStore
// --------------------------------------------------------------------------------------

Result<std::optional<ports::FeedPosition>> PostgresDeliveryStore::Position() {
  const auto rows = database_.Read(kOnwardPosition, Params());
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<ports::FeedPosition>();
  return std::optional(ports::FeedPosition{NumberOf(rows->front(), "commit_id"),
                                           NumberOf(rows->front(), "event_id"), 0});
}

Status PostgresDeliveryStore::Enqueue(const std::vector<Delivery>& deliveries,
                                      const ports::FeedPosition& position) {
  return database_.Transact("onward.enqueue", [&](Transaction& transaction) -> Status {
    if (!deliveries.empty()) {
      const auto rows = transaction.Run(kOnwardEnqueue, NewDeliveries(deliveries));
      if (!rows.ok()) return rows.error();
    }
    const auto saved =
        transaction.Run(kOnwardSavePosition, Params().Number(position.commit).Number(position.id));
    return saved.ok() ? Status() : Status(saved.error());
  });
}

Result<int> PostgresDeliveryStore::Replay(const std::vector<Delivery>& deliveries) {
  const auto rows = database_.Write(kOnwardReplay, NewDeliveries(deliveries));
  if (!rows.ok()) return rows.error();
  return static_cast<int>(rows->size());
}

Result<std::vector<ports::DueDelivery>> PostgresDeliveryStore::Due(const Destination& destination,
                                                                   WallTime now, int limit) {
  const auto rows =
      database_.Read(kOnwardDue, Params().Number(destination.id.number()).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<ports::DueDelivery> due;
  for (const pqxx::row& row : *rows) {
    due.push_back({ReadDelivery(row), {}});
    if (FlagOf(row, "kept")) due.back().item = ReadItem(row);
  }
  return due;
}

Status PostgresDeliveryStore::Note(const std::vector<Delivery>& deliveries) {
  ArrayText slots, accounts, destinations, events, places, states, tries, alone, due, firsts, lasts,
      statuses, reasons;
  for (const Delivery& delivery : deliveries) {
    slots.AddNumber(delivery.slot);
    accounts.AddNumber(delivery.account.number());
    destinations.AddNumber(delivery.destination.number());
    events.AddNumber(delivery.event.number());
    places.AddNumber(delivery.place);
    states.AddNumber(static_cast<int>(delivery.state));
    tries.AddNumber(delivery.tries);
    alone.AddFlag(delivery.alone);
    due.AddTime(delivery.due_at);
    firsts.AddTimeOrNull(delivery.first_tried_at);
    lasts.AddTimeOrNull(delivery.tried_at);
    statuses.AddNumber(delivery.status);
    reasons.AddText(delivery.reason);
  }
  Params params;
  params.Array(slots).Array(accounts).Array(destinations).Array(events).Array(places);
  params.Array(states).Array(tries).Array(alone).Array(due).Array(firsts).Array(lasts);
  params.Array(statuses).Array(reasons);
  const auto rows = database_.Write(kOnwardNote, params);
  return rows.ok() ? Status() : Status(rows.error());
}

Result<ports::Page<Delivery>> PostgresDeliveryStore::List(const ports::DeliveryFilter& filter,
                                                          const ports::PageRequest& page) {
  const auto rows =
      database_.Read(kOnwardList, Params()
                                      .Number(filter.destination.number())
                                      .Number(BoundOf(page))
                                      .Number(SizeOf(page) + 1)
                                      .Number(filter.state ? static_cast<int>(*filter.state) : 0));
  if (!rows.ok()) return rows.error();
  return PageOf<Delivery>(*rows, page, ReadDelivery,
                          [](const Delivery& delivery) { return delivery.place; });
}

Result<std::map<ports::DeliveryState, std::int64_t>> PostgresDeliveryStore::Count(
    ports::DestinationId destination) {
  const auto rows = database_.Read(kOnwardCount, Params().Number(destination.number()));
  if (!rows.ok()) return rows.error();
  std::map<ports::DeliveryState, std::int64_t> counts;
  for (const pqxx::row& row : *rows) {
    counts[static_cast<ports::DeliveryState>(NumberOf(row, "state"))] = NumberOf(row, "deliveries");
  }
  return counts;
}

}  // namespace sb::adapters::postgres
