#include "engine/adapters/s3/spool_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::adapters::s3 {
namespace {

Error CannotSpool(const std::filesystem::path& folder, int error) {
  return Unavailable("MEDIA_STORE_UNAVAILABLE",
                     "recordings on their way into the bucket cannot be kept below " +
                         folder.string() + ": " + std::strerror(error));
}

}  // namespace

Result<std::unique_ptr<SpoolFile>> SpoolFile::Open(const std::filesystem::path& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return CannotSpool(folder, errno);
  std::string name = (folder / "upload-XXXXXX").string();
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);  // 0600
  if (descriptor < 0) return CannotSpool(folder, errno);
  unlink(name.c_str());
  return std::unique_ptr<SpoolFile>(new SpoolFile(descriptor, folder));
}

SpoolFile::~SpoolFile() {
  close(descriptor_);
}

Status SpoolFile::Append(std::string_view piece) {
  while (!piece.empty()) {
    const ssize_t written = write(descriptor_, piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return CannotSpool(folder_, errno);
    size_ += written;
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

std::size_t SpoolFile::Read(std::int64_t offset, char* into, std::size_t most) const {
  ssize_t count = -1;
  do {
    count = pread(descriptor_, into, most, static_cast<off_t>(offset));
  } while (count < 0 && errno == EINTR);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

}  // namespace sb::adapters::s3
