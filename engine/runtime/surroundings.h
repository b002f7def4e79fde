#pragma once

#include <functional>

#include "engine/base/ids.h"
#include "engine/core/workflow/decide.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/run_store.h"
#include "engine/ports/workflow_store.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

class Intake;
class RunTable;
class Turnstile;

/// What runs ask of the engine around them. Engine's thread; answers come there too.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  /// Stores an event that a run has emitted, once however often it is asked to; tells when it is
  /// stored. Goes on trying.
  virtual void StoreEvent(const ports::RunKey& by, const core::workflow::EventEmitted& emission,
                          std::function<void()> stored) = 0;
  /// Makes the run that a run wants, once however often it is asked to. `started` is told which it
  /// is, perhaps more than once; `ended`, if it is waited for, what became of it, also when it
  /// cannot be made.
  virtual void StartChild(const ports::RunKey& parent, const core::workflow::StartChild& order,
                          std::function<void(RunId)> started,
                          std::function<void(core::workflow::ChildRunEnded)> ended) = 0;
  /// Puts a run in its line; it is given TurnGranted when it is its turn, or Cancel where its
  /// policy wants that. May be asked again.
  virtual void AskTurn(const ports::Turn& turn) = 0;
  /// A run that stood in a line has ended.
  virtual void LeaveLine(RunId run) = 0;
};

/// The surroundings of the runs of one instance: its inbox, and its other runs. A child belongs to
/// its parent's account, and so to its slot and instance.
class InstanceSurroundings : public Surroundings {
 public:
  struct Dependencies {
    ports::WorkflowStore& workflows;
    WorkflowBook& book;
    ports::RunStore& stored_runs;
    RunTable& runs;
    Intake& intake;
    Turnstile& turnstile;
    const ports::Clock& clock;
    ports::Executor& home;
    ports::Executor& pool;
    IdGenerator& ids;
    Millis pause = std::chrono::seconds(1);  ///< Before something that failed is tried again.
  };

  explicit InstanceSurroundings(const Dependencies& dependencies) : deps_(dependencies) {}

  void StoreEvent(const ports::RunKey& by, const core::workflow::EventEmitted& emission,
                  std::function<void()> stored) override;
  void StartChild(const ports::RunKey& parent, const core::workflow::StartChild& order,
                  std::function<void(RunId)> started,
                  std::function<void(core::workflow::ChildRunEnded)> ended) override;
  void AskTurn(const ports::Turn& turn) override;
  void LeaveLine(RunId run) override;

  /// From here on nothing is tried again.
  void Stop() { stopped_ = true; }

 private:
  /// One order on its way.
  struct Order {
    ports::RunKey parent;
    core::workflow::StartChild what;
    std::function<void(RunId)> started;
    std::function<void(core::workflow::ChildRunEnded)> ended;
  };

  void Later(std::function<void()> task);
  void Find(const Order& order);
  void Make(const Order& order, WorkflowId id, SharedWorkflow workflow);
  void FindFirst(const Order& order, const ports::NewRun& duplicate);
  void Follow(const Order& order, RunId child);
  void Refuse(const Order& order, const Error& error);

  Dependencies deps_;
  bool stopped_ = false;
};

}  // namespace sb::runtime
