#include "engine/adapters/system/cluster_directory.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <signal.h>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "engine/adapters/system/child_process.h"
#include "engine/base/file.h"

namespace sb::adapters::system {
namespace {

constexpr const char* kProcessFile = "postmaster.pid";

struct ProcessFile {
  pid_t pid = 0;
  bool ready = false;
};

/// Line 1 is the process, line 8 what it is doing; all zero when there is no such file.
ProcessFile ReadProcessFile(const std::filesystem::path& cluster) {
  const auto content = ReadFile(cluster / kProcessFile);
  if (!content.ok()) return {};
  std::istringstream lines(*content);
  ProcessFile file;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (number == 1) std::from_chars(line.data(), line.data() + line.size(), file.pid);
    if (number == 8) file.ready = line.starts_with("ready");
  }
  return file;
}

std::string NameOf(pid_t pid) {
  const auto name = ReadFile("/proc/" + std::to_string(pid) + "/comm");
  return name.ok() ? name->substr(0, name->find('\n')) : std::string();
}

/// Whether `pid` is a PostgreSQL process that works in `cluster`. Where the kernel does not show us
/// its folder (in a container with few rights) being one at all has to do: waiting in vain is
/// better than two servers on one cluster.
bool WorksIn(pid_t pid, const std::filesystem::path& cluster) {
  if (NameOf(pid) != "postgres") return false;
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error);
  return error || folder == cluster;
}

/// PostgreSQL processes of ours, or visible to us, whose folder is `cluster`.
std::vector<pid_t> ProcessesIn(const std::filesystem::path& cluster) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc() || end != name.data() + name.size()) continue;
    std::error_code hidden;
    if (std::filesystem::read_symlink(entry.path() / "cwd", hidden) != cluster || hidden) continue;
    if (NameOf(pid) == "postgres") found.push_back(pid);
  }
  return found;
}

Status GiveTo(const ServiceUser& user, const std::filesystem::path& path) {
  if (!user.differs || chown(path.c_str(), user.uid, user.gid) == 0) return {};
  return Unavailable("POSTGRES_START_FAILED", "cannot give " + path.string() + " to user " +
                                                  user.name + ": " + std::strerror(errno));
}

std::string HostRules() {
  return "local all switchboard peer map=switchboard\n";
}

std::string UserRules(const ServiceUser& user) {
  std::string rules = "switchboard " + user.name + " switchboard\n";
  if (user.differs) rules += "switchboard root switchboard\n";
  return rules;
}

}  // namespace

ClusterDirectory::ClusterDirectory(std::filesystem::path data, ServiceUser user)
    : data_(std::move(data)), path_(data_ / "postgres"), user_(std::move(user)) {}

std::filesystem::path ClusterDirectory::LogFile() const {
  return data_ / "postgres.log";
}

bool ClusterDirectory::Exists() const {
  std::error_code error;
  return std::filesystem::exists(path_ / "PG_VERSION", error);
}

std::string ClusterDirectory::MajorVersion() const {
  const auto version = ReadFile(path_ / "PG_VERSION");
  return version.ok() ? version->substr(0, version->find('\n')) : std::string();
}

Status ClusterDirectory::Admit() {
  struct stat about {};

  if (Exists() && stat(path_.c_str(), &about) == 0 && about.st_uid != user_.uid) {
    return Forbidden("DATA_DIRECTORY_NOT_OURS",
                     path_.string() + " belongs to another user than " + user_.name +
                         ", who the database runs as; give it to that user (chown -R " +
                         user_.name + "), or choose another --data-dir");
  }
  if (!user_.differs) return {};
  if (stat(data_.c_str(), &about) == 0 && (about.st_mode & 0001) == 0) {
    // The server's group may pass through, not look around.
    if (chown(data_.c_str(), static_cast<uid_t>(-1), user_.gid) != 0 ||
        chmod(data_.c_str(), (about.st_mode & 0700) | 0010) != 0) {
      return Invalid("DATA_DIRECTORY_UNREACHABLE", "cannot let user " + user_.name +
                                                       " pass through " + data_.string() + ": " +
                                                       std::strerror(errno));
    }
  }
  const Status passes =
      RunToEnd({{"/bin/true"}, data_, LogFile(), {}, user_, false}, std::chrono::seconds(10));
  if (passes.ok() || passes.error().code != "PROCESS_NOT_STARTED") return passes;
  return Invalid("DATA_DIRECTORY_UNREACHABLE",
                 "the database does not run as root but as user " + user_.name +
                     ", who cannot get to " + data_.string() +
                     "; choose a --data-dir below folders that everyone may pass through, such as "
                     "/var/lib/switchboard, or run switchboard as another user");
}

Status ClusterDirectory::Create(const std::filesystem::path& binaries, bool sync, Millis limit) {
  const std::filesystem::path fresh = data_ / "postgres.new";
  std::error_code error;
  std::filesystem::remove_all(fresh, error);
  if (mkdir(fresh.c_str(), 0700) != 0) {
    return Unavailable("POSTGRES_START_FAILED",
                       "cannot make " + fresh.string() + ": " + std::strerror(errno));
  }
  const Status given = GiveTo(user_, fresh);
  if (!given.ok()) return given;

  ChildCommand make{{binaries / "initdb", "--pgdata=" + fresh.string(), "--username=switchboard",
                     "--encoding=UTF8", "--no-locale", "--auth=reject", "--data-checksums"},
                    fresh,
                    LogFile(),
                    {},
                    user_,
                    false};
  if (!sync) make.arguments.emplace_back("--no-sync");
  const Status made = RunToEnd(make, limit);
  if (!made.ok()) return made;
  // A server without a network, only for this one statement.
  const Status named = RunToEnd({{binaries / "postgres", "--single", "-D", fresh, "postgres"},
                                 fresh,
                                 LogFile(),
                                 "create database switchboard;\n",
                                 user_,
                                 false},
                                limit);
  if (!named.ok()) return named;

  for (const auto& [file, content] : {std::pair(fresh / "pg_hba.conf", HostRules()),
                                      std::pair(fresh / "pg_ident.conf", UserRules(user_))}) {
    const Status written = WriteFileAtomically(file, content);
    if (!written.ok()) return written;
    const Status handed_over = GiveTo(user_, file);
    if (!handed_over.ok()) return handed_over;
  }
  std::filesystem::rename(fresh, path_, error);
  if (!error) return {};
  return Unavailable("POSTGRES_START_FAILED",
                     "cannot rename " + fresh.string() + ": " + error.message());
}

Status ClusterDirectory::WaitForPredecessor(Millis limit) const {
  const pid_t left_behind = ReadProcessFile(path_).pid;
  // We hold the lock, so its engine is gone, and it should have had this signal from the kernel
  // already.
  if (left_behind > 1 && WorksIn(left_behind, path_)) kill(left_behind, SIGINT);
  const bool gone = PollUntil(limit, [&] {
    return ProcessesIn(path_).empty() && !(left_behind > 1 && WorksIn(left_behind, path_));
  });
  if (!gone) {
    return Unavailable("POSTGRES_STILL_RUNNING",
                       "the database server of an earlier switchboard (process " +
                           std::to_string(left_behind) + ") still runs in " + path_.string() +
                           "; wait for it, or end it with kill -QUIT");
  }
  unlink((path_ / kProcessFile).c_str());
  return {};
}

bool ClusterDirectory::IsReady(pid_t pid) const {
  const ProcessFile file = ReadProcessFile(path_);
  return file.pid == pid && file.ready;
}

}  // namespace sb::adapters::system
