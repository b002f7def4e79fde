#include "engine/base/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace sb {
namespace {

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(descriptor) == 0;
}

/// Makes the new name last over a power cut. Some file systems refuse; then it is as good as it
/// gets.
void SyncFolderOf(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  if (!in && !std::filesystem::exists(path, error)) {
    return NotFound("FILE_NOT_FOUND", "there is no file " + path.string());
  }
  std::ostringstream content;
  if (!in || std::filesystem::is_directory(path, error) || !(content << in.rdbuf())) {
    if (in && std::filesystem::is_regular_file(path, error) && content.str().empty()) {
      return std::string();  // streaming an empty file sets failbit, which is no failure
    }
    return Unavailable("FILE_UNREADABLE", "cannot read " + path.string() +
                                              ": check that it is a file and " +
                                              "that this user may read it");
  }
  return content.str();
}

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode) {
  const std::string temporary = path.string() + ".new";
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  // A temporary file that a crash left behind keeps its old permissions when it is opened again.
  const bool written =
      descriptor >= 0 && fchmod(descriptor, mode) == 0 && WriteAll(descriptor, content);
  const int write_error = errno;
  if (descriptor >= 0) close(descriptor);
  if (!written || rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = written ? errno : write_error;
    unlink(temporary.c_str());
    return Unavailable("FILE_UNWRITABLE",
                       "cannot write " + path.string() + ": " + std::strerror(error));
  }
  SyncFolderOf(path);
  return {};
}

}  // namespace sb
