#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/ports/clock.h"
#include "engine/ports/platform_record_store.h"

namespace sb::testing {

/// A platform's records in memory. `clock`: that of the database.
class MemoryPlatformRecordStore : public ports::PlatformRecordStore {
 public:
  explicit MemoryPlatformRecordStore(const ports::Clock& clock) : clock_(clock) {}

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
  struct Book {
    std::int64_t last = 0;
    std::map<std::string, ports::PlatformRecord> records;  ///< By key.
    std::map<std::string, WallTime> gone_at;
    std::map<ports::RecordChangeId, ports::RecordChange> changes;
    std::map<std::string, ports::RecordPushReceipt> receipts;
  };

  /// The book after the commit. kConflict RECORD_MOVED.
  Result<Book> After(Book book, const ports::PlatformCommit& commit,
                     std::vector<ports::PlatformRecord>& stored) const;
  Status Save(Book& book, ports::PlatformRecord& record) const;
  static Status Save(Book& book, ports::RecordChange change);
  std::vector<ports::RecordChange> ChangesIf(
      const ports::PlatformPlace& place,
      const std::function<bool(const ports::RecordChange&)>& wanted);

  const ports::Clock& clock_;
  std::mutex mutex_;
  std::map<ports::PlatformPlace, Book> books_;
};

}  // namespace sb::testing
