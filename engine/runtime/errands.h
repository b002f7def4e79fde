#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/command_store.h"
#include "engine/ports/executor.h"
#include "engine/runtime/group_writer.h"
#include "engine/runtime/slot_set.h"

namespace sb::runtime {

/// What the doors of one instance ask of the instance that owns an account's slot, and what others
/// ask of us: through rows of a table that both look at again and again, so that nothing depends on
/// a message that arrives.
///
/// All state belongs to the engine's thread; `Ask` and `Ring` are thread-safe.
class Errands {
 public:
  using Reply = std::function<void(Result<Json>)>;

  struct Dependencies {
    ports::CommandStore& store;
    const ports::Clock& clock;
    ports::Executor& home;
    ports::Executor& pool;
    IdGenerator& ids;
    /// Carries out what another instance asked; on the engine's thread. An answer of kUnavailable
    /// or kCancelled SLOT_MOVED means that nothing was done: the next owner gets it.
    std::function<void(const ports::Command&, Reply)> carry_out;
    std::function<void()> asked;  ///< Told, on the pool, when there is something for others to do.
  };

  struct Settings {
    InstanceId instance;
    Millis take_interval{250};
    Millis collect_interval{50};                    ///< While something of ours is not answered.
    Millis patience = std::chrono::seconds(30);     ///< Until the owner has taken it.
    Millis longest_work = std::chrono::minutes(5);  ///< Of the owner, once it has taken it.
  };

  Errands(Dependencies dependencies, Settings settings);

  /// Answers what the owner answered; kUnavailable OWNER_UNAVAILABLE when no instance took it in
  /// time (nothing was done), kInDoubt OWNER_SILENT when one took it and its answer never came.
  /// `at_most` is for questions that are soon worth nothing: it stands for both times.
  void Ask(Slot slot, AccountId account, ports::CommandKind kind, Json body, Reply done,
           std::optional<Millis> at_most = {});

  /// On the engine's thread.
  void Start(std::int64_t incarnation);
  void SetSlots(const SlotSet& slots);
  /// Something may have been asked or answered: look now.
  void Ring();
  /// Whatever still waits is answered with kInDoubt OWNER_SILENT.
  void Stop();

  /// Returns once every command that was asked is stored. Only while the pool runs.
  void Drain() { writer_.Drain(); }

 private:
  struct Asked {
    Slot slot = 0;
    Reply done;
    WallTime asked_at;
    Millis patience;
    Millis longest_work;
    bool taken = false;  ///< It could not be withdrawn any more.
  };

  void Store(std::vector<ports::Command> group);
  void TakeLater();
  void SweepLater();
  void Take();
  void CarryOut(const ports::Command& command);
  void Answer(const ports::Command& command, const Result<Json>& result);
  void CollectLater();
  void Collect();
  void Deliver(const std::vector<ports::CommandAnswer>& answers);
  void GiveUpLate();
  void Withdraw(ports::CommandId id, Slot slot);
  void Conclude(ports::CommandId id, const Result<Json>& result);

  Dependencies deps_;
  const Settings settings_;
  std::int64_t incarnation_ = 0;
  SlotSet slots_;
  std::map<ports::CommandId, Asked> asked_;
  bool taking_ = false;
  bool collecting_ = false;
  bool stopped_ = false;
  GroupWriter<ports::Command> writer_;  // last: its destructor drains through the members above
};

/// An error as it travels in an answer, and back.
Json ToJson(const Error& error);
Error ErrorFromJson(const Json& value);

}  // namespace sb::runtime
