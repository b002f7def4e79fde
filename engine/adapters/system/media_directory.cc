#include "engine/adapters/system/media_directory.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::adapters::system {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIncoming = ".incoming";
constexpr std::size_t kNameBytes = 16;
constexpr int kMostTries = 5;

Error CannotUse(const fs::path& path, int error) {
  return Unavailable("MEDIA_STORE_UNAVAILABLE", "the folder of recordings cannot be used at " +
                                                    path.string() + ": " + std::strerror(error));
}

Error NoSuchFile() {
  return NotFound("MEDIA_NOT_FOUND", "there is no such file");
}

/// An open file; closed when it goes away.
class OpenedFile {
 public:
  explicit OpenedFile(int number) : number_(number) {}

  ~OpenedFile() { Close(); }

  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  int number() const { return number_; }

  bool ok() const { return number_ >= 0; }

  void Close() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

/// Makes names in it last over a power cut. Some file systems refuse; then it is as good as it
/// gets.
void SyncFolder(const fs::path& folder) {
  const OpenedFile opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.ok()) fsync(opened.number());
}

class FileWriter : public ports::MediaStore::Writer {
 public:
  FileWriter(fs::path incoming, fs::path final_path, int descriptor)
      : incoming_(std::move(incoming)), final_(std::move(final_path)), file_(descriptor) {}

  ~FileWriter() override {
    if (!finished_) unlink(incoming_.c_str());
  }

  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  Status Write(std::string_view piece) override {
    while (!piece.empty()) {
      const ssize_t written = write(file_.number(), piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return CannotUse(incoming_, errno);
      piece.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Status Finish() override {
    if (fsync(file_.number()) != 0) return CannotUse(incoming_, errno);
    file_.Close();
    const fs::path folder = final_.parent_path();
    // Whoever erases the last file of an account takes its folder away, perhaps just now.
    for (int tries = 1; !finished_; ++tries) {
      if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return CannotUse(folder, errno);
      finished_ = rename(incoming_.c_str(), final_.c_str()) == 0;
      if (!finished_ && (errno != ENOENT || tries == kMostTries)) return CannotUse(final_, errno);
    }
    SyncFolder(folder);
    SyncFolder(folder.parent_path());
    return {};
  }

 private:
  const fs::path incoming_;
  const fs::path final_;
  OpenedFile file_;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<MediaDirectory>> MediaDirectory::Open(fs::path folder,
                                                             ports::Random& random) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  for (const fs::path& each : {folder, folder / kIncoming}) {
    if (mkdir(each.c_str(), 0700) != 0 && errno != EEXIST) return CannotUse(each, errno);
    if (access(each.c_str(), R_OK | W_OK | X_OK) != 0) return CannotUse(each, errno);
  }
  auto directory = std::unique_ptr<MediaDirectory>(new MediaDirectory(std::move(folder), random));
  directory->DropLeftovers();
  return directory;
}

// By the clock of the file system, which stamped them: other processes may be writing now.
void MediaDirectory::DropLeftovers() const {
  const fs::path incoming = folder_ / kIncoming;
  const fs::path probe = incoming / ToHex(random_.Bytes(kNameBytes));
  {
    const OpenedFile made(open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made.ok()) return;
  }
  std::error_code error;
  const auto now = fs::last_write_time(probe, error);
  fs::remove(probe, error);
  for (const auto& entry : fs::directory_iterator(incoming, error)) {
    std::error_code ignored;
    const auto written = fs::last_write_time(entry.path(), ignored);
    if (!ignored && now - written > std::chrono::hours(24)) fs::remove(entry.path(), ignored);
  }
}

Result<fs::path> MediaDirectory::PathOf(const std::string& key) const {
  if (!ports::IsMediaKey(key))
    return Invalid("MEDIA_KEY_INVALID", "this is no name of a stored file");
  return folder_ / key;
}

Result<std::unique_ptr<ports::MediaStore::Writer>> MediaDirectory::Create(const std::string& key) {
  auto path = PathOf(key);
  if (!path.ok()) return path.error();
  const fs::path incoming = folder_ / kIncoming / ToHex(random_.Bytes(kNameBytes));
  const int descriptor =
      open(incoming.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return CannotUse(incoming, errno);
  return std::unique_ptr<Writer>(
      std::make_unique<FileWriter>(incoming, std::move(*path), descriptor));
}

Result<std::int64_t> MediaDirectory::Size(const std::string& key) {
  const auto path = PathOf(key);
  if (!path.ok()) return path.error();

  struct stat about {};

  if (stat(path->c_str(), &about) == 0) return static_cast<std::int64_t>(about.st_size);
  if (errno == ENOENT || errno == ENOTDIR) return NoSuchFile();
  return CannotUse(*path, errno);
}

Result<std::string> MediaDirectory::Read(const std::string& key, std::int64_t offset,
                                         std::size_t most) {
  const auto path = PathOf(key);
  if (!path.ok()) return path.error();
  const OpenedFile file(open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.ok() && errno == ENOENT) return NoSuchFile();
  if (!file.ok()) return CannotUse(*path, errno);
  std::string bytes(most, '\0');
  std::size_t filled = 0;
  while (filled < most) {
    const ssize_t count = pread(file.number(), bytes.data() + filled, most - filled,
                                offset + static_cast<std::int64_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotUse(*path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Status MediaDirectory::Erase(const std::string& key) {
  const auto path = PathOf(key);
  if (!path.ok()) return path.error();
  if (unlink(path->c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    return CannotUse(*path, errno);
  rmdir(path->parent_path().c_str());  // of an account that has no other: it fails where it has
  SyncFolder(path->parent_path());
  SyncFolder(folder_);
  return {};
}

}  // namespace sb::adapters::system
