#include "engine/adapters/system/embedded_postgres.h"

#include <cerrno>
#include <cstring>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/adapters/system/child_process.h"
#include "engine/adapters/system/cluster_directory.h"
#include "engine/adapters/system/postgres_binaries.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::adapters::system {
namespace {

constexpr std::size_t kLongestSocketPath = 107;  // sun_path
constexpr const char* kSocketName = ".s.PGSQL.5432";
constexpr std::uintmax_t kLongLog = 16 << 20;

struct SocketFolder {
  std::filesystem::path path;
  bool temporary = false;
};

/// `<data-dir>/run`, or a folder below /tmp where that would be too long a name for a socket.
Result<SocketFolder> MakeSocketFolder(const std::filesystem::path& data, const ServiceUser& user) {
  SocketFolder folder{data / "run", false};
  std::string temporary = "/tmp/switchboard-XXXXXX";
  if ((folder.path / kSocketName).string().size() > kLongestSocketPath) {
    if (mkdtemp(temporary.data()) == nullptr) {
      return Unavailable("POSTGRES_START_FAILED",
                         std::string("cannot make a folder in /tmp: ") + std::strerror(errno));
    }
    folder = {temporary, true};
  }
  const bool made = folder.temporary || mkdir(folder.path.c_str(), 0700) == 0 || errno == EEXIST;
  if (made && (!user.differs || chown(folder.path.c_str(), user.uid, user.gid) == 0)) return folder;
  return Unavailable("POSTGRES_START_FAILED",
                     "cannot make " + folder.path.string() + ": " + std::strerror(errno));
}

/// What every server of ours runs with. Errors are logged without the values and statements that
/// caused them: they may hold phone numbers.
std::vector<std::string> ServerArguments(const std::filesystem::path& binaries,
                                         const std::filesystem::path& cluster,
                                         const std::filesystem::path& socket_folder,
                                         const EmbeddedPostgresSettings& settings) {
  std::vector<std::string> arguments = {binaries / "postgres", "-D", cluster};
  std::vector<std::pair<std::string, std::string>> options = {
      {"listen_addresses", ""},
      {"port", "5432"},
      {"unix_socket_directories", socket_folder},
      {"unix_socket_permissions", "0700"},
      {"max_connections", "50"},
      {"shared_buffers", "128MB"},
      {"wal_level", "minimal"},
      {"max_wal_senders", "0"},
      {"jit", "off"},
      {"timezone", "UTC"},
      {"log_timezone", "UTC"},
      {"logging_collector", "off"},
      {"log_min_messages", "warning"},
      {"log_min_error_statement", "panic"},
      {"log_error_verbosity", "terse"},
      {"log_line_prefix", "%m [%p] "},
  };
  if (!settings.sync) {
    for (const char* name : {"fsync", "synchronous_commit", "full_page_writes"})
      options.emplace_back(name, "off");
  }
  options.insert(options.end(), settings.settings.begin(), settings.settings.end());
  for (const auto& [name, value] : options) {
    arguments.emplace_back("-c");
    arguments.push_back(name + "=" + value);
  }
  return arguments;
}

/// A log that has grown long is kept once and begun anew; only between two servers, which hold it
/// open.
void TurnLogOver(const std::filesystem::path& log) {
  std::error_code error;
  if (std::filesystem::file_size(log, error) > kLongLog && !error) {
    std::filesystem::rename(log, log.string() + ".1", error);
  }
}

Error StartFailed(const std::string& what, const std::filesystem::path& log) {
  return Unavailable("POSTGRES_START_FAILED", "the private database " + what + "; its log " +
                                                  log.string() +
                                                  " ends with: " + LastLines(log, 3));
}

/// Makes ready what a server needs: the cluster, nobody on it, and the programs of its version.
Result<std::filesystem::path> Prepare(ClusterDirectory& cluster,
                                      const EmbeddedPostgresSettings& settings) {
  const auto binaries = FindPostgresBinaries(cluster.MajorVersion());
  if (!binaries.ok()) return binaries.error();
  TurnLogOver(cluster.LogFile());
  const Status admitted = cluster.Admit();
  if (!admitted.ok()) return admitted.error();
  const Status prepared = cluster.Exists()
                              ? cluster.WaitForPredecessor(settings.start_limit)
                              : cluster.Create(*binaries, settings.sync, settings.start_limit);
  if (!prepared.ok()) return prepared.error();
  return binaries;
}

/// Waits until the server takes connections.
Status AwaitReady(pid_t server, const ClusterDirectory& cluster, Millis limit) {
  ChildEnd end;
  const bool decided = PollUntil(limit, [&] {
    end = WaitForChild(server, Millis(0));
    return end.ended || cluster.IsReady(server);
  });
  if (end.ended) return StartFailed("ended at its start", cluster.LogFile());
  if (decided) return {};
  kill(server, SIGINT);
  WaitForChild(server, limit);
  return StartFailed("was not ready within " + ToHumanText(limit), cluster.LogFile());
}

}  // namespace

Result<std::unique_ptr<EmbeddedPostgres>> EmbeddedPostgres::Start(
    const DataDirectory& directory, EmbeddedPostgresSettings settings) {
  const auto user = FindServiceUser();
  if (!user.ok()) return user.error();
  ClusterDirectory cluster(directory.path(), *user);
  const auto binaries = Prepare(cluster, settings);
  if (!binaries.ok()) return binaries.error();
  const auto socket_folder = MakeSocketFolder(directory.path(), *user);
  if (!socket_folder.ok()) return socket_folder.error();

  const auto server =
      Spawn({ServerArguments(*binaries, cluster.path(), socket_folder->path, settings),
             cluster.path(),
             cluster.LogFile(),
             {},
             *user,
             true});
  if (!server.ok()) return server.error();
  // From here on the object ends the server, also when it never gets ready.
  std::unique_ptr<EmbeddedPostgres> postgres(new EmbeddedPostgres(
      *server, socket_folder->path, socket_folder->temporary, settings.stop_limit));
  const Status ready = AwaitReady(*server, cluster, settings.start_limit);
  if (!ready.ok()) {
    postgres->pid_ = 0;
    return ready.error();
  }
  Log::Info("database.started", {{"pid", *server}, {"data", cluster.path().string()}});
  return postgres;
}

EmbeddedPostgres::EmbeddedPostgres(pid_t pid, std::filesystem::path socket_folder,
                                   bool owns_socket_folder, Millis stop_limit)
    : pid_(pid),
      socket_folder_(std::move(socket_folder)),
      owns_socket_folder_(owns_socket_folder),
      stop_limit_(stop_limit),
      url_("postgresql://switchboard@/switchboard?host=" + UrlEncode(socket_folder_.string())) {}

EmbeddedPostgres::~EmbeddedPostgres() {
  const Status stopped = Stop();
  if (!stopped.ok()) Log::Error("database.not_stopped", {{"reason", stopped.error().message}});
  std::error_code error;
  if (owns_socket_folder_) std::filesystem::remove_all(socket_folder_, error);
}

Status EmbeddedPostgres::Stop() {
  if (pid_ == 0) return {};
  for (const int signal_number : {SIGINT, SIGQUIT}) {
    kill(pid_, signal_number);
    if (WaitForChild(pid_, stop_limit_).ended) {
      Log::Info("database.stopped", {{"pid", pid_}});
      pid_ = 0;
      return {};
    }
  }
  return TimedOut("POSTGRES_STILL_RUNNING",
                  "the private database (process " + std::to_string(pid_) + ") does not end");
}

}  // namespace sb::adapters::system
