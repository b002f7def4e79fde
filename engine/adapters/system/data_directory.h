#pragma once

#include <filesystem>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/ports/random.h"

namespace sb::adapters::system {

/// The directory that belongs to one engine at a time: it proves that no other lives by a lock on
/// it, which the kernel lets go of however the process ends. Movable; the lock lives as long as the
/// object.
class DataDirectory {
 public:
  /// Makes the directory (mode 0700) where needed, locks it, and reads or draws its instance
  /// number.
  ///   kInvalid   DATA_DIRECTORY_UNUSABLE   cannot be made, is no directory, or cannot be written
  ///   kInvalid   DATA_DIRECTORY_UNSAFE     others may write into it
  ///   kForbidden DATA_DIRECTORY_NOT_OURS   belongs to another user
  ///   kConflict  DATA_DIRECTORY_IN_USE     another engine lives on it
  ///   kInvalid   INSTANCE_FILE_INVALID     its instance file holds no number from 1 to 1023
  static Result<DataDirectory> Open(const std::filesystem::path& path, ports::Random& random);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }  ///< Absolute.

  /// 1 to 1023, drawn once and kept in `<path>/instance`.
  InstanceId instance() const { return instance_; }

 private:
  DataDirectory(std::filesystem::path path, int lock, InstanceId instance);

  std::filesystem::path path_;
  int lock_ = -1;
  InstanceId instance_;
};

}  // namespace sb::adapters::system
