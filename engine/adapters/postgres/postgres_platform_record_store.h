#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/platform_record_store.h"

namespace sb::adapters::postgres {

/// eng.platform_record and the tables that begin with `platform_`. A commit holds the row of its
/// place in eng.platform_book from its beginning to its end: commits of one place follow each
/// other.
class PostgresPlatformRecordStore : public ports::PlatformRecordStore {
 public:
  explicit PostgresPlatformRecordStore(Database& database) : database_(database) {}

  Result<std::vector<ports::PlatformRecord>> Commit(const ports::PlatformCommit& commit) override;

  Result<std::optional<ports::PlatformRecord>> Get(const ports::PlatformPlace& place,
                                                   const std::string& key) override;
  Result<std::vector<ports::PlatformRecord>> Named(const ports::PlatformPlace& place,
                                                   const std::vector<std::string>& keys) override;
  Result<std::vector<ports::PlatformRecord>> List(const ports::PlatformPlace& place,
                                                  const std::string& after, int limit) override;
  Result<std::int64_t> Count(const ports::PlatformPlace& place) override;
  Result<std::vector<ports::PlatformRecord>> Marked(const ports::PlatformPlace& place,
                                                    const std::string& mark, int limit) override;
  Result<std::vector<ports::PlatformRecord>> Since(const ports::PlatformPlace& place,
                                                   std::int64_t version, int limit) override;
  Result<std::int64_t> Newest(const ports::PlatformPlace& place) override;

  Result<std::vector<ports::RecordChange>> Waiting(const ports::PlatformPlace& place,
                                                   const std::vector<std::string>& keys) override;
  Result<std::vector<ports::RecordChange>> WaitingSince(const ports::PlatformPlace& place,
                                                        std::int64_t number, int limit) override;
  Result<ports::RecordChange> Change(const ports::PlatformPlace& place,
                                     ports::RecordChangeId id) override;
  Result<std::optional<ports::RecordChange>> ChangeOf(const ports::PlatformPlace& place,
                                                      const std::string& op_key) override;
  Result<std::optional<ports::RecordPushReceipt>> Receipt(const ports::PlatformPlace& place,
                                                          const std::string& request_id) override;

  Result<std::int64_t> Prune(WallTime now, int limit) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
