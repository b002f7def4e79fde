#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "engine/ports/delivery_spool.h"

namespace sb::adapters::system {

/// A folder with one file per group, written whole or not at all. What waits in it at start, left
/// by a process that ended, waits on.
class FileSpool : public ports::DeliverySpool {
 public:
  struct Limits {
    std::uintmax_t bytes = 256 * 1024 * 1024;  ///< Some 80,000 deliveries of 3 KB.
  };

  /// Makes the folder (for this user alone) where it is missing. Fails with kUnavailable
  /// SPOOL_UNUSABLE.
  static Result<std::unique_ptr<FileSpool>> Open(std::filesystem::path folder, Limits limits);

  static Result<std::unique_ptr<FileSpool>> Open(std::filesystem::path folder) {
    return Open(std::move(folder), Limits());
  }

  Status Keep(const std::vector<ports::InboxItem>& items) override;
  bool IsEmpty() const override;
  std::optional<ports::SpooledGroup> Oldest() override;
  void Forget(const std::string& name) override;

 private:
  FileSpool(std::filesystem::path folder, Limits limits)
      : folder_(std::move(folder)), limits_(limits) {}

  Status FindWhatWaits();
  void Drop(const std::string& name);
  void PutAside(const std::string& name);

  const std::filesystem::path folder_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uintmax_t> sizes_;  ///< File name -> bytes, oldest first.
  std::uintmax_t bytes_ = 0;
  std::int64_t next_ = 1;
};

}  // namespace sb::adapters::system
