#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/clock.h"
#include "engine/ports/platform_record_store.h"
#include "engine/ports/record_side.h"

namespace sb::syncs {

/// The records that a platform pushes, as a side. A write is a change that the platform is given,
/// and counts from the moment that it is stored (docs/adr/0052). Native fields are those that the
/// platform pushes, whatever they are.
///
/// Find gives candidates: records that have the last seven digits of a phone, an address, or a
/// field's value anywhere. Thread-safe; borrows what it depends on.
class PlatformSide : public ports::RecordSide {
 public:
  struct Dependencies {
    ports::PlatformRecordStore& store;
    const ports::Clock& clock;
    std::function<std::int64_t()> new_id;  ///< Time-ordered (IdGenerator).
  };

  /// `external_key`: the field that holds the other side's key; may be empty.
  PlatformSide(Dependencies dependencies, ports::PlatformPlace place, std::string external_key);

  Result<core::twoway::SideShape> Shape() override;
  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override;
  Status Prepare() override;
  Status Dismantle() override;

  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override;
  Result<bool> IsGone(const std::string& key, core::quota::Lane lane) override;
  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override;
  Result<ports::SidePage> Scan(const std::string& from, core::quota::Lane lane) override;
  Result<ports::SideChanges> Changes(const std::string& from, int limit) override;

  /// The key of what is made follows from the op_key.
  Result<ports::SideWritten> Create(const ports::SideWrite& write, core::quota::Lane lane) override;
  Result<ports::SideWritten> Update(const ports::SideWrite& write, core::quota::Lane lane) override;
  Status Delete(const ports::SideWrite& write, core::quota::Lane lane) override;
  Result<std::optional<ports::SideRecord>> FindCreated(const ports::SideWrite& write,
                                                       core::quota::Lane lane) override;

 private:
  /// A new change of a record; what the record becomes is for the caller.
  ports::RecordChange ChangeFor(const ports::SideWrite& write, ports::RecordChangeKind kind,
                                const std::string& key) const;
  /// kConflict RECORD_MOVED where somebody was faster.
  Result<ports::SideWritten> Store(ports::PlatformRecord record, ports::RecordChange change);
  Result<ports::SideWritten> TryCreate(const ports::SideWrite& write);
  Result<ports::SideWritten> TryUpdate(const ports::SideWrite& write);
  Status TryDelete(const ports::SideWrite& write);

  Dependencies deps_;
  const ports::PlatformPlace place_;
  const std::string external_key_;
};

}  // namespace sb::syncs
