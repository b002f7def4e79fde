#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/app/config.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/syncs/sync_scene.h"

namespace sb::accounts {
struct ConnectionDependencies;
}

namespace sb::app {

/// Everything that `switchboard serve` is, put together: the one place where interfaces meet their
/// implementations.
///
/// Start and Stop belong to the main thread (the private database ends with the thread that started
/// it).
class Server {
 public:
  /// `lost` is told, on some thread, when this instance must end because another has taken over.
  Server(ServeConfig config, std::function<void(std::string reason)> lost);
  /// As Stop.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts everything in order and writes endpoints.json. On failure what had started is stopped
  /// again, and the error says what to do.
  Status Start();
  /// Takes nothing new, stores what is decided, and ends the private database last. Safe twice.
  void Stop();

  std::string grpc_address() const;
  std::string http_address() const;
  std::string public_url() const;

 private:
  struct Parts;

  Status LoadConnectors();
  Status OpenDatabase();
  Status LoadSecrets();
  Status LoadTokenKey();
  Status OpenMedia();
  Status OpenBucket();
  Status BuildEngine();
  void BuildCredentialCare();
  /// CloudEvents types that workflows, the keeping of recordings or destinations need, sorted.
  Result<std::vector<std::string>> WantedEventsOf(const ports::Account& account);
  void BuildErasures();
  void BuildRecordings();
  void BuildOnward();
  void BuildGapBook();
  void BuildSyncVerifier(const accounts::ConnectionDependencies& world);
  void BuildGapKeeping(const accounts::ConnectionDependencies& world);
  void BuildSettling(const accounts::ConnectionDependencies& world);
  void BuildReplications(const accounts::ConnectionDependencies& world);
  void BuildTwoWaySyncs();
  /// A side of a two-way sync: a table, what the platform pushed, or a connector's records.
  Result<syncs::MadeSide> MakeSide(const syncs::SideWish& wish);
  Status OpenDoors();
  Status WriteEndpoints() const;
  void KeepPartitions();
  void ForgetTheOld();

  const ServeConfig config_;
  const std::function<void(std::string)> lost_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sb::app
