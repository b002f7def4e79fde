#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "engine/adapters/system/data_directory.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::adapters::system {

struct EmbeddedPostgresSettings {
  Millis start_limit = std::chrono::minutes(2);  ///< Recovery after a crash counts, too.
  Millis stop_limit = std::chrono::seconds(30);
  bool sync = true;  ///< False gives up durability for speed: tests only.
  std::vector<std::pair<std::string, std::string>> settings;  ///< More of postgresql.conf's.
};

/// A PostgreSQL server of our own below `<data-dir>/postgres`: reachable over a Unix socket only,
/// and by us only.
///
/// It runs as us, or as `postgres` where we are root, and ends with us: cleanly by Stop, or by
/// SIGINT from the kernel when the thread that called Start ends. So call Start from the main
/// thread, before other threads start.
class EmbeddedPostgres {
 public:
  /// Makes the cluster at the first start, waits for a server that an earlier engine left behind,
  /// starts ours and waits until it takes connections. Borrows nothing; keep `directory` (and its
  /// lock) longer than the server.
  ///   kUnavailable POSTGRES_NOT_FOUND, POSTGRES_VERSION_MISMATCH, POSTGRES_NO_USER
  ///   kUnavailable POSTGRES_STILL_RUNNING   the earlier server does not end
  ///   kUnavailable POSTGRES_START_FAILED    with the end of its log
  ///   kInvalid     DATA_DIRECTORY_UNREACHABLE   the server's user cannot get to the data directory
  ///   kForbidden   DATA_DIRECTORY_NOT_OURS  the cluster belongs to another user
  static Result<std::unique_ptr<EmbeddedPostgres>> Start(const DataDirectory& directory,
                                                         EmbeddedPostgresSettings settings = {});
  ~EmbeddedPostgres();  ///< Stops.
  EmbeddedPostgres(const EmbeddedPostgres&) = delete;
  EmbeddedPostgres& operator=(const EmbeddedPostgres&) = delete;

  /// "postgresql://switchboard@/switchboard?host=<folder of the socket>"; holds no secret.
  const std::string& url() const { return url_; }

  pid_t pid() const { return pid_; }

  /// Ends the server: first as by Ctrl-C, which rolls back and writes everything out, and if that
  /// takes too long at once, which costs a recovery at the next start. Never by SIGKILL. Safe to
  /// repeat.
  Status Stop();

 private:
  EmbeddedPostgres(pid_t pid, std::filesystem::path socket_folder, bool owns_socket_folder,
                   Millis stop_limit);

  pid_t pid_;
  const std::filesystem::path socket_folder_;
  const bool owns_socket_folder_;  ///< A temporary one, to be removed.
  const Millis stop_limit_;
  const std::string url_;
};

}  // namespace sb::adapters::system
