#pragma once

#include <filesystem>

namespace sb::testing {

/// A fresh, empty directory below /tmp that goes with the object. Everyone may pass through it, so
/// that a database server, which does not run as root, reaches what is below.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace sb::testing
