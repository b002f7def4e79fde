#pragma once

#include <filesystem>
#include <sys/types.h>

#include "engine/adapters/system/service_user.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::adapters::system {

/// The files of a private PostgreSQL cluster, `<data-dir>/postgres`, and who is on them.
class ClusterDirectory {
 public:
  /// `data` is the data directory.
  ClusterDirectory(std::filesystem::path data, ServiceUser user);

  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path LogFile() const;
  bool Exists() const;
  /// The major version that made it; empty when it does not exist.
  std::string MajorVersion() const;

  /// Lets the server's user through the data directory and checks that the folders above let it,
  /// too, and that an existing cluster is its own. kInvalid DATA_DIRECTORY_UNREACHABLE, kForbidden
  /// DATA_DIRECTORY_NOT_OURS.
  Status Admit();

  /// Makes the cluster, in a folder beside that takes its place in one step: a crash leaves no half
  /// cluster.
  Status Create(const std::filesystem::path& binaries, bool sync, Millis limit);

  /// Ends a server that an earlier engine left behind, waits for its processes, and removes its
  /// process file: a number in there may by now be somebody else's. Only for the holder of the data
  /// directory's lock. kUnavailable POSTGRES_STILL_RUNNING.
  Status WaitForPredecessor(Millis limit) const;

  /// Whether the server `pid` says, in this cluster's own process file, that it takes connections.
  /// The file is what tells our server from another one on the same socket.
  bool IsReady(pid_t pid) const;

 private:
  const std::filesystem::path data_;
  const std::filesystem::path path_;
  const ServiceUser user_;
};

}  // namespace sb::adapters::system
