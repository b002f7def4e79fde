#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/platform_record_store.h"
#include "engine/syncs/platform_rules.h"

namespace sb::syncs {

/// What a platform tells of its records, stored: pushes and acknowledgements. Thread-safe; blocks;
/// borrows everything. Whatever somebody else stores in between is read anew and decided again.
class PlatformRecords {
 public:
  struct Dependencies {
    ports::PlatformRecordStore& store;
    const ports::Clock& clock;
  };

  explicit PlatformRecords(Dependencies dependencies) : deps_(dependencies) {}

  struct Pushed {
    PushOutcome outcome = PushOutcome::kUnchanged;
    std::int64_t version = 0;  ///< 0: it is not there, or the request is a repeated one.
  };

  struct PushAnswer {
    std::vector<Pushed> records;  ///< In the order of the pushes.
    bool repeated = false;
  };

  /// At most 1,000, of which those that are to be stored are stored together. `request_id`: may be
  /// empty; `digest`: of what the request says. kInvalid REQUEST_ID_REUSED; kConflict RECORD_MOVED
  /// (others write these records all the time); besides as PlatformRecordStore.
  Result<PushAnswer> Push(const ports::PlatformPlace& place, const std::vector<RecordPush>& pushes,
                          const std::string& request_id, const std::string& digest);

  /// What became of a change.
  struct Answer {
    bool done = true;
    std::string own_key;  ///< Of a creation that was carried out; may be empty.
    std::string reason;   ///< Of a refusal.
  };

  struct Acknowledged {
    ports::RecordChange change;
    ports::PlatformRecord record;
  };

  /// The same answer again changes nothing. kNotFound RECORD_CHANGE_NOT_FOUND; kConflict
  /// RECORD_CHANGE_SETTLED, RECORD_KEY_TAKEN, RECORD_MOVED; besides as PlatformRecordStore.
  Result<Acknowledged> Acknowledge(const ports::PlatformPlace& place, ports::RecordChangeId id,
                                   const Answer& answer);

  /// By either of its keys; nothing: it is not there. With the changes of it that wait.
  Result<std::optional<RecordFile>> Find(const ports::PlatformPlace& place, const std::string& key);

 private:
  Result<PushAnswer> TryPush(const ports::PlatformPlace& place,
                             const std::vector<RecordPush>& pushes, const std::string& request_id,
                             const std::string& digest);
  Result<Acknowledged> TryAcknowledge(const ports::PlatformPlace& place, ports::RecordChangeId id,
                                      const Answer& answer);
  /// Of a creation that was carried out: another record that has the key that it was given.
  Result<std::optional<ports::PlatformRecord>> TwinOf(const ports::PlatformPlace& place,
                                                      const RecordFile& file,
                                                      const std::string& own_key);

  Dependencies deps_;
};

}  // namespace sb::syncs
