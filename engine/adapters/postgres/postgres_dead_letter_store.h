#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/dead_letter_store.h"

namespace sb::adapters::postgres {

class PostgresDeadLetterStore : public ports::DeadLetterStore {
 public:
  explicit PostgresDeadLetterStore(Database& database) : database_(database) {}

  Result<ports::Page<ports::DeadLetter>> List(const ports::EventFilter& filter,
                                              const ports::PageRequest& page) override;
  Result<ports::DeadLetter> Get(EventId id) override;
  Status Revive(EventId id) override;
  Status Discard(EventId id) override;

 private:
  Status Remove(const Statement& statement, EventId id);

  Database& database_;
};

}  // namespace sb::adapters::postgres
