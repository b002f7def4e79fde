#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "tests/support/live/process.h"
#include "tests/support/live/secret_search.h"

namespace sb::live {

/// Everything that runs in production, as real processes on loopback with data of its own: the
/// sandbox Aircall and `switchboard serve` with its private PostgreSQL. A failure to start is a
/// test failure with the log in it. At its end it searches what was logged, printed and stored for
/// its secrets: one that was told is a test failure, too.
class LiveSystem {
 public:
  LiveSystem();
  ~LiveSystem();
  LiveSystem(const LiveSystem&) = delete;
  LiveSystem& operator=(const LiveSystem&) = delete;

  void StartSandbox(const std::vector<std::string>& more = {});
  /// Starts, or starts again on the same data; returns once it is ready.
  void StartServe(const std::vector<std::string>& more = {},
                  const std::map<std::string, std::string>& environment = {});
  void KillServe();
  int StopServe();
  /// The private database of a server that runs; empty where there is none.
  std::string DatabaseUrl() const;
  /// Searches the database of a server that runs for our secrets; done besides when it is stopped.
  void SearchDatabase() const;

  /// `switchboard <words> -o json` on this system: its answer; a test failure when it does not
  /// succeed.
  Json Cli(const std::vector<std::string>& words, const std::string& input = {});
  Ended TryCli(const std::vector<std::string>& words, const std::string& input = {});

  /// The sandbox's control API.
  Json Control(const std::string& method, const std::string& path, const Json& body = nullptr);
  /// Aircall's API at the sandbox, with the seeded key.
  Json Aircall(const std::string& path);
  /// Likewise, with a PUT.
  Json PutAtAircall(const std::string& path, const Json& body);

  /// Connects the sandbox's company with its API key; the account's id.
  std::string ConnectWithKey();
  /// Connects it by OAuth, as the browser of an administrator who agrees; the account's id.
  std::string ConnectWithOAuth();
  /// Deploys and enables a workflow for all accounts, and waits until the sandbox sends what it
  /// listens to.
  void SwitchOn(const std::filesystem::path& workflow, const std::string& name);
  /// One inbound call that nobody answers; its id.
  std::int64_t MissedCallFrom(const std::string& phone);

  /// From now on `serve` finds Aircall there.
  void ReachAircallAt(const std::string& url) { aircall_url_ = url; }

  /// What must not be logged, printed or stored: the credentials of the sandbox's companies, the
  /// keys of every data directory in the folder, and whatever a test adds.
  Secrets secrets() const;

  /// Notes what a program printed, to be searched as well. Any thread.
  void Hear(const Ended& ended);

  void Plant(const std::string& what, const std::string& secret) { planted_[what] = secret; }

  const std::filesystem::path& folder() const { return folder_; }

  const Json& sandbox() const { return sandbox_endpoints_; }

  const Json& serve() const { return serve_endpoints_; }

  std::string ServeLog() const;

 private:
  std::filesystem::path folder_;
  std::string aircall_url_;
  Secrets planted_;
  std::mutex heard_mutex_;  ///< Of cli.log.
  std::unique_ptr<Process> sandbox_process_;
  std::unique_ptr<Process> serve_process_;
  Json sandbox_endpoints_;
  Json serve_endpoints_;
};

}  // namespace sb::live
