#include "engine/adapters/postgres/postgres_dead_letter_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/inbox_rows.h"
#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

Error NoSuchLetter() {
  return NotFound("DEAD_LETTER_NOT_FOUND", "there is no such dead letter");
}

ports::DeadLetter ReadLetter(const pqxx::row& row) {
  return {ReadItem(row), static_cast<int>(NumberOf(row, "tries")), TextOf(row, "reason"),
          TimeOf(row, "buried_at")};
}

}  // namespace

Result<ports::Page<ports::DeadLetter>> PostgresDeadLetterStore::List(
    const ports::EventFilter& filter, const ports::PageRequest& page) {
  const auto rows = database_.Read(kDeadLetterList, ListParams(filter, page));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::DeadLetter>(*rows, page, ReadLetter, [](const ports::DeadLetter& letter) {
    return letter.item.id.number();
  });
}

Result<ports::DeadLetter> PostgresDeadLetterStore::Get(EventId id) {
  const auto rows = database_.Read(kDeadLetterGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NoSuchLetter();
  return ReadLetter(rows->front());
}

Status PostgresDeadLetterStore::Remove(const Statement& statement, EventId id) {
  const auto rows = database_.Write(statement, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  return rows->empty() ? Status(NoSuchLetter()) : Status();
}

Status PostgresDeadLetterStore::Revive(EventId id) {
  return Remove(kDeadLetterRevive, id);
}

Status PostgresDeadLetterStore::Discard(EventId id) {
  return Remove(kDeadLetterDiscard, id);
}

}  // namespace sb::adapters::postgres
