#include "tests/support/memory_command_store.h"

#include <algorithm>

namespace sb::testing {

using State = MemoryDatabase::StoredCommand::State;

Status MemoryCommandStore::Ask(const std::vector<ports::Command>& commands) {
  const std::lock_guard lock(database_.mutex);
  for (const ports::Command& command : commands) {
    auto& stored = database_.commands[{command.id, command.slot}];
    if (stored.command.id.IsNone()) stored.command = command;
  }
  return {};
}

Result<std::vector<ports::Command>> MemoryCommandStore::Take(InstanceId taker,
                                                             std::int64_t incarnation,
                                                             const std::vector<Slot>& slots,
                                                             WallTime now, int limit) {
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::Command> taken;
  for (auto& [key, stored] : database_.commands) {
    if (taken.size() == static_cast<std::size_t>(limit)) break;
    const bool mine = std::ranges::find(slots, key.second) != slots.end();
    const bool free = stored.state == State::kAsked &&
                      (stored.command.takes > 0 || stored.command.expires_at > now);
    const bool orphan =
        stored.state == State::kTaken && stored.taker != std::pair(taker, incarnation);
    if (!mine || !(free || orphan)) continue;
    stored.state = State::kTaken;
    stored.taker = {taker, incarnation};
    ++stored.command.takes;
    taken.push_back(stored.command);
  }
  return taken;
}

Status MemoryCommandStore::PutBack(InstanceId taker, std::int64_t incarnation, Slot slot,
                                   ports::CommandId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.commands.find({id, slot});
  if (found == database_.commands.end() || found->second.state != State::kTaken ||
      found->second.taker != std::pair(taker, incarnation)) {
    return {};
  }
  found->second.state = State::kAsked;
  --found->second.command.takes;
  return {};
}

Status MemoryCommandStore::Answer(const ports::CommandAnswer& answer) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.commands.find({answer.id, answer.slot});
  if (found == database_.commands.end() || found->second.state != State::kTaken) return {};
  found->second.state = State::kAnswered;
  found->second.answer = answer.answer;
  return {};
}

Result<std::vector<ports::CommandAnswer>> MemoryCommandStore::Answers(InstanceId asker) {
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::CommandAnswer> answers;
  for (const auto& [key, stored] : database_.commands) {
    if (stored.command.asker == asker && stored.state == State::kAnswered)
      answers.push_back({key.second, key.first, stored.answer});
  }
  return answers;
}

Status MemoryCommandStore::Discard(const std::vector<ports::CommandAnswer>& answered) {
  const std::lock_guard lock(database_.mutex);
  for (const ports::CommandAnswer& each : answered) database_.commands.erase({each.id, each.slot});
  return {};
}

Result<bool> MemoryCommandStore::Withdraw(Slot slot, ports::CommandId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.commands.find({id, slot});
  if (found == database_.commands.end() || found->second.state != State::kAsked ||
      found->second.command.takes > 0) {
    return false;
  }
  database_.commands.erase(found);
  return true;
}

Result<int> MemoryCommandStore::RemoveExpired(WallTime when) {
  const std::lock_guard lock(database_.mutex);
  return static_cast<int>(std::erase_if(database_.commands, [when](const auto& entry) {
    return entry.second.command.expires_at < when;
  }));
}

}  // namespace sb::testing
