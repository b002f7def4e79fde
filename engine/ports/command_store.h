#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

using CommandId = Id<struct CommandTag>;

enum class CommandKind : std::int16_t {
  kStartRun = 1,
  kCancelRun = 2,
  kResumeRun = 3,
  kCallAction = 4,
  kSuspendRun = 5,
  kReadQuota = 6
};

/// What a door asks of the instance that owns an account's slot.
struct Command {
  Slot slot = 0;
  CommandId id;
  AccountId account;
  CommandKind kind = CommandKind::kStartRun;
  InstanceId asker;
  Json body;
  WallTime asked_at;
  WallTime expires_at;  ///< Nobody takes it for the first time after this.
  int takes = 0;        ///< 1: nobody had taken it before.
};

struct CommandAnswer {
  Slot slot = 0;
  CommandId id;
  Json answer;
};

/// Commands between instances. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE or kInDoubt. Asking, answering and discarding may be repeated.
class CommandStore {
 public:
  virtual ~CommandStore() = default;

  virtual Status Ask(const std::vector<Command>& commands) = 0;
  /// Takes commands of these slots that nobody has taken, or that an owner took which is not this
  /// one in this incarnation: it is gone, or it would not have lost the slot. Oldest first. What
  /// has expired before anybody took it stays.
  virtual Result<std::vector<Command>> Take(InstanceId taker, std::int64_t incarnation,
                                            const std::vector<Slot>& slots, WallTime now,
                                            int limit) = 0;
  /// Nothing was done about it: the next owner takes it as if for the first time. By its taker
  /// alone.
  virtual Status PutBack(InstanceId taker, std::int64_t incarnation, Slot slot, CommandId id) = 0;
  virtual Status Answer(const CommandAnswer& answer) = 0;
  /// Answered commands of this asker, until they are discarded.
  virtual Result<std::vector<CommandAnswer>> Answers(InstanceId asker) = 0;
  virtual Status Discard(const std::vector<CommandAnswer>& answered) = 0;
  /// True: nobody had taken it, and nobody will. False: it was taken, or answered.
  virtual Result<bool> Withdraw(Slot slot, CommandId id) = 0;
  /// Removes what expired before `when`, answered or not; how many.
  virtual Result<int> RemoveExpired(WallTime when) = 0;
};

}  // namespace sb::ports
