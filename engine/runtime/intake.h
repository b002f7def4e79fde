#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"
#include "engine/ports/black_box.h"
#include "engine/ports/clock.h"
#include "engine/ports/delivery_spool.h"
#include "engine/ports/executor.h"
#include "engine/ports/inbox_store.h"
#include "engine/runtime/group_writer.h"
#include "engine/runtime/run_table.h"
#include "engine/runtime/slot_set.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

/// From the door to the runs: stores deliveries in groups, and makes runs of the workflows that an
/// event starts, in the commit that clears it.
///
/// A delivery that came through this door and belongs to one of our slots is dealt with right after
/// it was stored, from memory. Everything else is read from what is pending: events that came
/// through another door, that were left by a crash, that have to be tried again, or that were too
/// many to hold. Of events about one thing that are there together the one that happened first is
/// dealt with first: providers do not send them in order.
///
/// `Accept` and `Ring` are thread-safe; the rest belongs to the engine's thread.
class Intake {
 public:
  struct Dependencies {
    ports::InboxStore& inbox;
    ports::AccountStore& accounts;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    ports::Executor& home;
    ports::Executor& pool;
    IdGenerator& ids;
    RunTable& runs;
    Metrics& metrics;
    ports::DeliverySpool* spool = nullptr;  ///< Null: what cannot be stored is refused.
    /// Told, on the pool, when something was stored that other instances may have to deal with.
    std::function<void()> stored = {};
    /// Asked, on the pool, when a provider says that a customer removed us; before any workflow
    /// sees the event. An error: it is tried again. Empty: nobody minds.
    std::function<Status(AccountId)> grant_taken_back = {};
    ports::BlackBox* black_box = nullptr;  ///< Null: nobody wants to know what a crash was about.
    /// Told, on the pool, of events by which records are seen to settle, with what they carry, of
    /// accounts for which a workflow listens to that; before any workflow sees them. An error: it
    /// is tried again. Empty: nobody minds.
    std::function<Status(const ports::InboxItem&, const Json&)> note_record = {};
    /// Told, on the engine's thread, when a provider says something after which the account's
    /// region may be another. Must not block. Empty: nobody minds.
    std::function<void(AccountId)> region_changed = {};
    Millis poll_interval = std::chrono::seconds(1);  ///< When nothing rings.
  };

  explicit Intake(const Dependencies& dependencies);

  /// Stores a delivery and answers once it is durable: true when it was new. While the database is
  /// away it goes to the spool, from where it reaches the inbox when the database is back.
  /// kUnavailable when it cannot be spooled either: the door says 503 and the provider comes again.
  void Accept(ports::InboxItem item, std::optional<Json> data,
              std::function<void(Result<bool>)> done);

  /// Something may be pending: look now.
  void Ring();
  void Start();
  /// The slots whose events are ours from now on.
  void SetSlots(const SlotSet& slots);
  /// Whether an event of these slots is being dealt with.
  bool IsHandling(const SlotSet& slots) const;

  void SetWorkflows(std::vector<EnabledWorkflow> workflows);

  const std::vector<EnabledWorkflow>& workflows() const { return workflows_; }

  /// Whether a workflow that is on for the account wants these events of runs.
  bool WantsLifecycle(AccountId account, const std::string& type) const;

  void Stop() { stopped_ = true; }

  /// Returns once every accepted delivery is answered. Only while the pool runs.
  void Drain() { writer_.Drain(); }

 private:
  struct Delivery {
    ports::InboxItem item;
    std::optional<Json> data;  ///< What the event carries, where the door has read it.
    std::function<void(Result<bool>)> done;
  };

  /// An item with what is needed to understand it; made on the pool.
  struct Understood {
    ports::PendingItem pending;
    Result<core::event::CloudEvent> event;
  };

  void Store(std::vector<Delivery> group);
  void HandOver(std::vector<Delivery>& group, std::vector<ports::InboxItem>& items,
                const std::vector<bool>& is_new);
  bool HandleStored(std::vector<Understood>& stored);
  Result<std::vector<bool>> Spool(const std::vector<ports::InboxItem>& items, const Error& reason);
  void Unspool();
  void Announce();
  void PollLater();
  void Poll();
  void OnPolled(std::vector<Understood>& found);
  std::vector<Understood> ReadPending(const std::vector<Slot>& slots);
  Result<const connector::Connector*> ConnectorOf(AccountId account);
  void Handle(Understood understood);
  bool TakesGrantBack(const ports::InboxItem& item) const;
  bool MayChangeRegion(const ports::InboxItem& item) const;
  bool TellsOfRecord(const ports::InboxItem& item) const;
  void TellFirst(Understood understood, std::function<Status(const Understood&)> tell,
                 void (Intake::*then)(const Understood&));
  void PutInOrder(std::vector<Understood>& together) const;
  void DealInTurn(const Understood& understood);
  bool TakesTurns(const Understood& understood) const;
  void DealNow(const Understood& understood);
  void Deal(const Understood& understood);
  void NextInLine(AccountId account);
  void Clear(std::vector<Creation> creations, const ports::HandledEvent& handled);
  void HandleNoted(Understood understood);
  void OnCleared(EventId id);
  std::vector<Creation> CreationsFor(const ports::InboxItem& item,
                                     const core::event::CloudEvent& event);
  void Postpone(const ports::PendingItem& pending, const Error& error);

  Dependencies deps_;
  std::map<std::string, int> ranks_;  ///< Of types of events: their places in the life of a thing.
  SlotSet slots_;
  std::vector<EnabledWorkflow> workflows_;
  std::vector<std::vector<std::string>> wanted_;  ///< The types that each of them listens to.
  bool settling_wanted_ = false;                  ///< One of them listens to what settles.

  struct UnderWay {
    Slot slot = 0;
    std::optional<AccountId> in_line;  ///< The next event of its line waits for it.
  };

  std::map<EventId, UnderWay>
      under_way_;  ///< Taken up and not yet cleared: a poll in between must not handle them twice.
  /// Events that start runs together with others are dealt with one after the other: each must find
  /// what the one before has begun. The lines behind those that are being dealt with.
  std::map<AccountId, std::deque<Understood>> lines_;
  std::set<EventId> cleared_while_polling_;  ///< Likewise: that poll may have read them before.
  bool behind_ = false;                      ///< More is pending than was read or could be held.
  bool polling_ = false;
  bool again_ = false;
  bool stopped_ = false;
  std::atomic<bool> unspooling_ = false;
  GroupWriter<Delivery> writer_;  // last: its destructor drains through the members above
};

}  // namespace sb::runtime
