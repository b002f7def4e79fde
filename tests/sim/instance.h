#pragma once

#include <memory>
#include <string>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/base/metrics.h"
#include "engine/runtime/local_engine.h"
#include "tests/sim/aircall.h"
#include "tests/sim/wire.h"
#include "tests/support/memory_spool.h"
#include "tests/support/seeded_random.h"

namespace sb::sim {

/// Whose company an account is: the account, and the place of the company.
struct Customer {
  AccountId account;
  Slot slot = 0;
};

/// What all processes of a history have in common.
struct Surroundings {
  Timeline& timeline;
  SharedDatabase& database;
  Aircall& aircall;
  const connector::Library& connectors;
  const core::workflow::Expressions& expressions;
  const core::schedule::TimeZones& zones;
  std::vector<Customer> customers;
};

/// One process with an engine in it: starts, works, freezes, dies.
class Instance {
 public:
  /// `spool` is its disk, which outlives it. `lost` is told that it has to end.
  Instance(Surroundings& around, int number, testing::MemorySpool& spool,
           std::function<void()> lost);
  ~Instance();

  /// False: the database could not be reached; the process ends.
  bool Start();

  void Freeze(Millis time) { life_.frozen_until = around_.timeline.Now() + time; }

  /// Nothing it does from now on reaches anybody.
  void Die() { life_.dead = true; }

  bool alive() const { return !life_.dead; }

  bool started() const { return started_; }

  /// A webhook at its door.
  void Receive(int company, const std::string& body, std::function<void(bool)> answer);
  void StartRun(runtime::Engine::StartRequest request, std::function<void(Result<RunId>)> done);

  /// An action, wherever the account's owner is.
  void Perform(ports::ActionCall call, ports::ActionPerformer::Done done);

  bool Owns(Slot slot) const { return engine_->Owns(slot); }

  /// Wishes whose answers nobody waits for.
  void SuspendRun(RunId run);
  void ResumeRun(RunId run);

  std::function<void()> ring_others;  ///< Wakes the other instances.
  void Rung();

 private:
  class Bell : public ports::Doorbell {
   public:
    explicit Bell(Instance& owner) : owner_(owner) {}

    void Ring() override;

    void Listen(std::function<void()> rung) override { rung_ = std::move(rung); }

    std::function<void()> rung_;

   private:
    Instance& owner_;
  };

  class Http : public ports::HttpClient {
   public:
    explicit Http(Instance& owner) : owner_(owner) {}

    void Send(ports::HttpRequest request, Millis timeout, Done done) override;

   private:
    Instance& owner_;
  };

  Surroundings& around_;
  const InstanceId id_;
  Life life_;
  bool started_ = false;
  bool told_lost_ = false;
  std::function<void()> lost_;
  ProcessClock clock_;
  testing::SeededRandom random_;
  IdGenerator ids_;
  Metrics metrics_;
  Thread home_;
  Thread pool_;
  Thread pulse_;
  Wire wire_;
  WiredOwnership ownership_;
  WiredInbox inbox_;
  WiredRuns runs_;
  WiredCommands commands_;
  Bell bell_;
  Http http_;
  std::unique_ptr<runtime::LocalEngine> engine_;
};

/// A vault without a lock: what it seals can be read.
ports::Vault& GlassVault();

}  // namespace sb::sim
