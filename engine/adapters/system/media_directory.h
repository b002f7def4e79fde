#pragma once

#include <filesystem>
#include <memory>

#include "engine/ports/media_store.h"
#include "engine/ports/random.h"

namespace sb::adapters::system {

/// A folder with one file per key, in a folder for each account. Files are written under a name of
/// their own below ".incoming", made safe on the disk, and then renamed. Several processes may use
/// one folder, also over a network file system that renames atomically.
class MediaDirectory : public ports::MediaStore {
 public:
  /// Makes the folder (for this user alone) where it is missing, and takes away what writers that
  /// died more than a day ago left behind. Fails with kUnavailable MEDIA_STORE_UNAVAILABLE.
  static Result<std::unique_ptr<MediaDirectory>> Open(std::filesystem::path folder,
                                                      ports::Random& random);

  Result<std::unique_ptr<Writer>> Create(const std::string& key) override;
  Result<std::int64_t> Size(const std::string& key) override;
  Result<std::string> Read(const std::string& key, std::int64_t offset, std::size_t most) override;
  Status Erase(const std::string& key) override;

 private:
  MediaDirectory(std::filesystem::path folder, ports::Random& random)
      : folder_(std::move(folder)), random_(random) {}

  void DropLeftovers() const;
  Result<std::filesystem::path> PathOf(const std::string& key) const;

  const std::filesystem::path folder_;
  ports::Random& random_;
};

}  // namespace sb::adapters::system
