#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/adapters/system/data_directory.h"
#include "engine/adapters/system/embedded_postgres.h"
#include "engine/adapters/system/system_random.h"
#include "engine/base/json.h"
#include "tests/support/live/live_system.h"
#include "tests/support/live/process.h"

namespace sb::live {

/// Several `switchboard serve` on one PostgreSQL, before one sandbox, all as real processes on
/// loopback. At its end it searches what they logged, printed and stored for secrets, as a
/// LiveSystem does. Starting and stopping things belongs to the test's main thread; asking may be
/// done on any.
class Fleet {
 public:
  struct Settings {
    int instances = 3;
    int companies = 1;
    double time_to_live = 3;
    std::vector<std::string> words = {};                  ///< More for each `serve`.
    std::map<std::string, std::string> environment = {};  ///< Of each `serve`.
  };

  explicit Fleet(const Settings& settings);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Starts those that do not run, and waits until they are ready.
  void StartAll();
  void StartInBackground(int instance);
  bool IsRunning(int instance);
  bool IsReady(int instance);
  void Kill(int instance);
  pid_t Pid(int instance) const;
  int Stop(int instance);  ///< SIGTERM; the exit status.
  void Freeze(int instance);
  void Thaw(int instance);
  /// As a supervisor: starts again what has ended by itself.
  void Revive();

  void CrashDatabase();  ///< `immediate`: no clean-up, sessions are cut.
  void StartDatabase();

  /// `switchboard ARGUMENTS` at one instance; an exit status of 124 means no end within 15 s.
  Ended Cli(int instance, const std::vector<std::string>& words, const std::string& input = {});
  /// The same with `-o json`; a test failure unless it succeeds.
  Json CliJson(int instance, const std::vector<std::string>& words, const std::string& input = {});
  /// "127.0.0.1:1234", where an instance takes webhooks.
  std::string HttpAddress(int instance) const;
  /// Likewise, its API.
  std::string GrpcAddress(int instance) const;

  /// Connects every company of the sandbox with its key; the accounts, in the same order.
  std::vector<std::string> ConnectAll();
  /// Deploys a definition and switches it on for all accounts.
  void SwitchOn(const std::string& yaml, const std::string& name);

  /// One value as text; "" when there is none. A test failure when the database refuses.
  std::string Ask(const std::string& sql) const;
  void Execute(const std::string& sql) const;

  LiveSystem& outside() { return outside_; }

  int size() const { return static_cast<int>(members_.size()); }

  std::string LogOf(int instance) const;

  const std::filesystem::path& folder() const { return outside_.folder(); }

  const std::string& database_url() const { return database_url_; }

  /// Where the sandbox sends webhooks: a door before all instances, set before StartAll.
  void SetPublicUrl(std::string url) { public_url_ = std::move(url); }

 private:
  struct Member {
    std::filesystem::path data;
    std::unique_ptr<Process> process;
    Json endpoints;
    bool frozen = false;
  };

  Command CommandOf(const Member& member) const;
  void ReadEndpoints(Member& member);

  const Settings settings_;
  LiveSystem outside_;
  std::string public_url_;
  adapters::system::SystemRandom random_;
  std::unique_ptr<adapters::system::DataDirectory> database_directory_;
  std::unique_ptr<adapters::system::EmbeddedPostgres> database_;
  std::string database_url_;
  mutable std::mutex mutex_;  ///< Of the endpoints.
  std::vector<Member> members_;
};

}  // namespace sb::live
