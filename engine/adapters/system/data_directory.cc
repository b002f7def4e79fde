#include "engine/adapters/system/data_directory.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <pwd.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "engine/base/file.h"

namespace sb::adapters::system {
namespace {

std::string UserName(uid_t uid) {
  const passwd* entry = getpwuid(uid);
  return entry != nullptr ? entry->pw_name : "number " + std::to_string(uid);
}

Error Unusable(const std::filesystem::path& path, int error) {
  return Invalid("DATA_DIRECTORY_UNUSABLE", "cannot use " + path.string() + " as data directory (" +
                                                std::strerror(error) +
                                                "); choose another with --data-dir");
}

Error NotOurs(const std::filesystem::path& path, uid_t owner) {
  return Forbidden(
      "DATA_DIRECTORY_NOT_OURS",
      path.string() + " belongs to user " + UserName(owner) + ", and this is " +
          UserName(geteuid()) + "; run as " + UserName(owner) +
          ", give the directory to this user (chown -R), or choose another with --data-dir");
}

Status MakeDirectory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return Unusable(path, error.value());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Unusable(path, errno);
  return {};
}

Status CheckDirectory(const std::filesystem::path& path) {
  struct stat about {};

  if (stat(path.c_str(), &about) != 0) return Unusable(path, errno);
  if (!S_ISDIR(about.st_mode)) return Unusable(path, ENOTDIR);
  if (about.st_uid != geteuid()) return NotOurs(path, about.st_uid);
  if ((about.st_mode & 0022) != 0) {
    return Invalid("DATA_DIRECTORY_UNSAFE",
                   "other users may write into " + path.string() +
                       "; take that from them (chmod go-w), or choose another with --data-dir");
  }
  return {};
}

Error InUse(const std::filesystem::path& path) {
  const auto holder = ReadFile(path / "lock");
  const std::string who = holder.ok() && !holder->empty() ? " (process " + *holder + ")" : "";
  return Conflict("DATA_DIRECTORY_IN_USE",
                  "another switchboard" + who + " uses " + path.string() +
                      "; stop it first, or choose another directory with --data-dir");
}

/// The descriptor that holds the lock.
Result<int> TakeLock(const std::filesystem::path& path) {
  const int lock = open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return Unusable(path, errno);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(lock);
    if (error == EWOULDBLOCK) return InUse(path);
    return Unusable(path, error);
  }
  const std::string pid = std::to_string(getpid());
  const bool written = ftruncate(lock, 0) == 0 &&
                       pwrite(lock, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  if (!written) {
    const int error = errno;
    close(lock);
    return Unusable(path, error);
  }
  return lock;
}

Result<InstanceId> ReadInstance(const std::filesystem::path& file, const std::string& text) {
  int number = 0;
  const std::string digits = text.substr(0, text.find('\n'));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 1 || number > 1023) {
    return Invalid(
        "INSTANCE_FILE_INVALID",
        file.string() + " should hold a number from 1 to 1023; delete it to draw a new one");
  }
  return InstanceId(number);
}

Result<InstanceId> ReadOrDrawInstance(const std::filesystem::path& path, ports::Random& random) {
  const std::filesystem::path file = path / "instance";
  const auto text = ReadFile(file);
  if (text.ok()) return ReadInstance(file, *text);
  if (text.error().code != "FILE_NOT_FOUND") return text.error();
  int number = 0;
  while (number == 0) {
    const std::string bytes = random.Bytes(2);
    number =
        (static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1])) & 0x3FF;
  }
  const Status written = WriteFileAtomically(file, std::to_string(number) + "\n");
  if (!written.ok()) return written.error();
  return InstanceId(number);
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(const std::filesystem::path& path,
                                          ports::Random& random) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  if (error || path.empty()) return Unusable(path, error ? error.value() : ENOENT);
  for (const auto& step : {MakeDirectory, CheckDirectory}) {
    const Status done = step(absolute);
    if (!done.ok()) return done.error();
  }
  absolute = std::filesystem::canonical(absolute, error);  // as /proc will show it
  if (error) return Unusable(path, error.value());
  const auto lock = TakeLock(absolute);
  if (!lock.ok()) return lock.error();
  DataDirectory directory(std::move(absolute), *lock, InstanceId());
  const auto instance = ReadOrDrawInstance(directory.path_, random);
  if (!instance.ok()) return instance.error();
  directory.instance_ = *instance;
  return directory;
}

DataDirectory::DataDirectory(std::filesystem::path path, int lock, InstanceId instance)
    : path_(std::move(path)), lock_(lock), instance_(instance) {}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      instance_(other.instance_) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  if (this == &other) return *this;
  if (lock_ >= 0) close(lock_);
  path_ = std::move(other.path_);
  lock_ = std::exchange(other.lock_, -1);
  instance_ = other.instance_;
  return *this;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) close(lock_);  // and with it the lock
}

}  // namespace sb::adapters::system
