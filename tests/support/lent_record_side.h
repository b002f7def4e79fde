#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/ports/record_side.h"

namespace sb::testing {

/// A side for a sync, which lives elsewhere.
class LentRecordSide : public ports::RecordSide {
 public:
  explicit LentRecordSide(ports::RecordSide& side) : side_(side) {}

  Result<core::twoway::SideShape> Shape() override { return side_.Shape(); }

  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override {
    return side_.Check(read, written);
  }

  Status Prepare() override { return side_.Prepare(); }

  Status Dismantle() override { return side_.Dismantle(); }

  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override {
    return side_.Read(key, lane);
  }

  Result<bool> IsGone(const std::string& key, core::quota::Lane lane) override {
    return side_.IsGone(key, lane);
  }

  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override {
    return side_.Find(key, lane);
  }

  Result<ports::SidePage> Scan(const std::string& from, core::quota::Lane lane) override {
    return side_.Scan(from, lane);
  }

  Result<ports::SideChanges> Changes(const std::string& from, int limit) override {
    return side_.Changes(from, limit);
  }

  Result<ports::SideWritten> Create(const ports::SideWrite& write,
                                    core::quota::Lane lane) override {
    return side_.Create(write, lane);
  }

  Result<ports::SideWritten> Update(const ports::SideWrite& write,
                                    core::quota::Lane lane) override {
    return side_.Update(write, lane);
  }

  Status Delete(const ports::SideWrite& write, core::quota::Lane lane) override {
    return side_.Delete(write, lane);
  }

  Result<std::optional<ports::SideRecord>> FindCreated(const ports::SideWrite& write,
                                                       core::quota::Lane lane) override {
    return side_.FindCreated(write, lane);
  }

 private:
  ports::RecordSide& side_;
};

}  // namespace sb::testing
