#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/gap_store.h"

namespace sb::adapters::postgres {

/// eng.gap and eng.webhook_watch.
class PostgresGapStore : public ports::GapStore {
 public:
  explicit PostgresGapStore(Database& database) : database_(database) {}

  Result<bool> Open(const ports::Gap& gap) override;
  Result<ports::Page<ports::Gap>> List(AccountId account, const ports::PageRequest& page) override;
  Result<std::vector<ports::Gap>> Unfinished(const std::vector<Slot>& slots, int limit) override;
  Result<int> Save(const ports::Gap& gap) override;
  Result<ports::WebhookWatch> Watch(AccountId account) override;
  Status Note(Slot slot, const ports::WebhookWatch& watch) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
