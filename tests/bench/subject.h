#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "tests/bench/figures.h"
#include "tests/bench/relay.h"
#include "tests/support/live/process.h"

namespace sb::bench {

/// What is measured: `switchboard serve` with its private PostgreSQL and the sandbox Aircall, as
/// real processes with data of their own. Throws std::runtime_error with the log when something
/// does not start or a command fails.
class Subject {
 public:
  /// The sandbox refuses nothing, unless `sandbox_options` say otherwise.
  explicit Subject(std::filesystem::path programs,
                   const std::vector<std::string>& sandbox_options = {});
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// Starts the engine, or starts it again on the same data, with `options` besides; the seconds
  /// until it was ready.
  double Start(const std::vector<std::string>& options = {});
  void Stop();

  /// Connects the sandbox's company; the account's id.
  std::string Connect();
  /// Deploys a definition and returns its "namespace/name:version".
  std::string Deploy(const std::string& name, const std::string& tasks,
                     const std::string& trigger = {});
  /// `switchboard <words> -o json`.
  Json Cli(const std::vector<std::string>& words, const std::string& input = {}) const;
  /// The sandbox's record of the webhook that the engine registered: `url` and `token`.
  Json Webhook() const;
  /// What the sandbox's control API answers to a GET.
  Json Sandbox(const std::string& path) const;
  /// The same to a PUT: an edit as in the app.
  Json EditSandbox(const std::string& path, const Json& body) const;
  /// What the provider's API answers to a GET, past the relay and the engine.
  Json Aircall(const std::string& path) const;

  /// Writes the connector for a provider that does not limit requests, as otherwise its own limit
  /// would be measured. The folder, for Start({"--connectors", ...}).
  std::filesystem::path UnlimitedConnectors() const;

  std::string grpc_address() const { return TextMember(endpoints_, "grpc"); }

  std::string api_key() const;
  std::string database_url() const;

  Relay& relay() { return *relay_; }

  /// Processor time so far.
  CpuTimes Cpu() const;
  /// Resident memory of the engine, in MB.
  double Memory() const;
  /// The most that it was so far, in MB.
  double PeakMemory() const;

  /// For files of the measure; goes away with it.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  /// A line of /proc/<pid>/status in MB: "VmRSS:".
  double MemoryLine(const std::string& name) const;

  std::filesystem::path programs_;
  std::filesystem::path folder_;
  std::unique_ptr<live::Process> sandbox_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<live::Process> serve_;
  Json sandbox_endpoints_;
  Json endpoints_;
};

}  // namespace sb::bench
