#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/ports/command_store.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/run_store.h"

namespace sb::testing {

/// The tables that several memory stores share: the inbox, runs and ownership meet in one commit.
/// One lock, since a statement of the real database is atomic, too.
struct MemoryDatabase {
  struct Instance {
    std::int64_t incarnation = 0;
    bool live = false;
    WallTime heartbeat_at;
  };

  struct Writer {
    std::int64_t incarnation = 0;
    std::string last_commit;
  };

  struct Pending {
    int tries = 0;
    std::optional<WallTime> not_before;
  };

  struct DeadLetter {
    ports::InboxItem item;
    int tries = 0;
    std::string reason;
    WallTime buried_at;
  };

  struct Run {
    ports::StoredRun stored;
    bool finished = false;
    ports::StoredRunState state = ports::StoredRunState::kRunnable;
    std::optional<WallTime> wake_at = {};
  };

  struct StoredCommand {
    ports::Command command;
    enum class State { kAsked, kTaken, kAnswered } state = State::kAsked;
    std::pair<InstanceId, std::int64_t> taker;
    Json answer;
  };

  using TriggerKey = std::tuple<Slot, AccountId, WorkflowId, std::string>;

  std::mutex mutex;

  std::map<InstanceId, Instance> instances;
  std::map<std::pair<InstanceId, int>, Writer> writers;
  std::map<Slot, InstanceId> owners;  ///< Of slots that are not free.

  std::map<EventId, ports::InboxItem> inbox;
  std::set<std::tuple<Slot, AccountId, std::string>> inbox_keys;
  std::map<std::pair<Slot, EventId>, Pending> pending;
  std::map<EventId, DeadLetter> dead_letters;

  std::map<std::pair<ports::CommandId, Slot>, StoredCommand> commands;
  /// What was stored, in the order of commits, for those who follow.
  std::map<ports::FeedPosition, EventId> event_feed;
  std::map<ports::FeedPosition, ports::JournalRow> journal_feed;
  std::int64_t commits = 0;  ///< So many so far.

  std::map<RunId, Run> runs;
  std::map<TriggerKey, RunId> triggers;
  std::map<std::pair<Slot, ports::CompanyId>, core::quota::BudgetRecord> budgets;
  std::map<ports::ScheduleKey, ports::Schedule> schedules;
  std::map<ports::RunKey, ports::Turn> turns;
};

}  // namespace sb::testing
