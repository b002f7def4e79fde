#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "engine/base/result.h"

namespace sb::adapters::s3 {

/// Bytes on the disk for as long as this lives: the file has no name, so that nothing of it is left
/// when the process ends, however that happens. Moved from thread to thread, not shared, but for
/// Read.
class SpoolFile {
 public:
  /// In `folder`, which is made (for this user alone) where it is missing. Fails with kUnavailable
  /// MEDIA_STORE_UNAVAILABLE.
  static Result<std::unique_ptr<SpoolFile>> Open(const std::filesystem::path& folder);

  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  /// Fails with kUnavailable MEDIA_STORE_UNAVAILABLE, as when the disk is full.
  Status Append(std::string_view piece);

  std::int64_t size() const { return size_; }

  /// Puts at most `most` bytes from `offset` on into `into`, and says how many; none behind the
  /// end, and when they cannot be read.
  std::size_t Read(std::int64_t offset, char* into, std::size_t most) const;

 private:
  SpoolFile(int descriptor, std::filesystem::path folder)
      : descriptor_(descriptor), folder_(std::move(folder)) {}

  const int descriptor_;
  const std::filesystem::path folder_;
  std::int64_t size_ = 0;
};

}  // namespace sb::adapters::s3
