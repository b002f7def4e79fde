#include "engine/runtime/intake.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/base/log.h"
#include "engine/connector/settling.h"
#include "engine/core/event/order.h"
#include "engine/core/workflow/trigger.h"
#include "engine/runtime/cloud_event.h"
#include "engine/runtime/lifecycle_events.h"

namespace sb::runtime {
namespace {

constexpr std::size_t kMostPerPoll = 256;
/// Events held in memory at once; what comes beyond that waits in the database.
constexpr std::size_t kMostUnderWay = 1024;
constexpr int kMostTries = 8;

Millis BackoffAfter(int tries) {
  return std::chrono::seconds(1 << std::min(tries, 8));
}

}  // namespace

Intake::Intake(const Dependencies& dependencies)
    : deps_(dependencies), writer_(deps_.pool, deps_.pool, [this](std::vector<Delivery> group) {
        Store(std::move(group));
      }) {
  for (const connector::Connector* connector : deps_.connectors.Connectors()) {
    for (const connector::EventKind& kind : connector->events)
      ranks_.emplace(kind.type, static_cast<int>(ranks_.size()));
  }
}

void Intake::Accept(ports::InboxItem item, std::optional<Json> data,
                    std::function<void(Result<bool>)> done) {
  writer_.Add({std::move(item), std::move(data), std::move(done)});
}

void Intake::Store(std::vector<Delivery> group) {
  std::vector<ports::InboxItem> items;
  items.reserve(group.size());
  for (Delivery& delivery : group) items.push_back(std::move(delivery.item));
  auto stored = deps_.inbox.Append(items);
  const bool in_inbox = stored.ok();
  if (!in_inbox) stored = Spool(items, stored.error());
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (stored.ok()) {
      group[i].done(static_cast<bool>((*stored)[i]));
    } else {
      group[i].done(stored.error());
    }
  }
  if (in_inbox) HandOver(group, items, *stored);
}

void Intake::HandOver(std::vector<Delivery>& group, std::vector<ports::InboxItem>& items,
                      const std::vector<bool>& is_new) {
  auto fresh = std::make_shared<std::vector<Understood>>();  // shared: tasks must be copyable
  bool unread = false;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!is_new[i]) continue;
    if (!group[i].data) {
      unread = true;
      continue;
    }
    auto event = ToCloudEvent(items[i], std::move(*group[i].data));
    fresh->push_back({{std::move(items[i]), 0}, std::move(event)});
  }
  if (unread) Announce();
  if (fresh->empty()) return;
  PutInOrder(*fresh);
  deps_.home.Post([this, fresh] {
    if (!HandleStored(*fresh)) deps_.pool.Post([this] { Announce(); });
  });
}

/// False: some belong to other instances.
bool Intake::HandleStored(std::vector<Understood>& stored) {
  bool all_ours = true;
  for (Understood& understood : stored) {
    if (!slots_.Has(understood.pending.item.slot)) {
      all_ours = false;
    } else if (under_way_.size() >= kMostUnderWay) {
      behind_ = true;
    } else if (!stopped_) {
      HandleNoted(std::move(understood));
    }
  }
  return all_ours;
}

// In doubt or not, the group may be appended again: the dedupe key sees to that. Whether a delivery
// repeats an earlier one is found out then; until then it counts as new.
Result<std::vector<bool>> Intake::Spool(const std::vector<ports::InboxItem>& items,
                                        const Error& reason) {
  Log::Warn("inbox.away", {{"code", reason.code}, {"deliveries", items.size()}});
  if (deps_.spool == nullptr) return reason;
  if (Status kept = deps_.spool->Keep(items); !kept.ok()) {
    Log::Error("spool.refused", {{"code", kept.error().code}});
    return reason;
  }
  deps_.metrics.Count("switchboard_deliveries_spooled_total", {},
                      static_cast<double>(items.size()));
  return std::vector<bool>(items.size(), true);
}

void Intake::Unspool() {
  while (auto group = deps_.spool->Oldest()) {
    if (!deps_.inbox.Append(group->items).ok()) break;  // still away: the next round comes again
    deps_.spool->Forget(group->name);
    Log::Info("spool.stored", {{"deliveries", group->items.size()}});
    Announce();
  }
  unspooling_ = false;
}

void Intake::Announce() {
  Ring();
  if (deps_.stored) deps_.stored();
}

void Intake::Ring() {
  deps_.home.Post([this] { Poll(); });
}

void Intake::Start() {
  Poll();
  PollLater();
}

void Intake::SetSlots(const SlotSet& slots) {
  slots_ = slots;
  Poll();
}

void Intake::SetWorkflows(std::vector<EnabledWorkflow> workflows) {
  workflows_ = std::move(workflows);
  wanted_.clear();
  for (const EnabledWorkflow& enabled : workflows_)
    wanted_.push_back(core::workflow::WantedTypes(*enabled.workflow));
  settling_wanted_ = false;
  for (const connector::Connector* connector : deps_.connectors.Connectors()) {
    for (const connector::SettlingRule& rule : connector->settling) {
      for (const auto& types : wanted_)
        settling_wanted_ = settling_wanted_ || std::ranges::binary_search(types, rule.type);
    }
  }
}

bool Intake::IsHandling(const SlotSet& slots) const {
  return std::ranges::any_of(under_way_,
                             [&](const auto& entry) { return slots.Has(entry.second.slot); });
}

void Intake::PollLater() {
  deps_.home.PostAt(deps_.clock.Now() + deps_.poll_interval, [this] {
    if (stopped_) return;
    Poll();
    const bool waiting = deps_.spool != nullptr && !deps_.spool->IsEmpty();
    if (waiting && !unspooling_.exchange(true)) deps_.pool.Post([this] { Unspool(); });
    PollLater();
  });
}

void Intake::Poll() {
  if (stopped_ || slots_.empty()) return;
  if (std::exchange(polling_, true)) {
    again_ = true;
    return;
  }
  behind_ = false;
  deps_.pool.Post([this, slots = slots_.List()] {
    auto found = std::make_shared<std::vector<Understood>>(
        ReadPending(slots));  // shared: tasks must be copyable
    deps_.home.Post([this, found] { OnPolled(*found); });
  });
}

void Intake::OnPolled(std::vector<Understood>& found) {
  polling_ = false;
  behind_ = behind_ || found.size() >= kMostPerPoll;
  const auto cleared = std::exchange(cleared_while_polling_, {});
  for (Understood& understood : found) {
    if (!cleared.contains(understood.pending.item.id)) HandleNoted(std::move(understood));
  }
  if (std::exchange(again_, false)) Poll();
}

std::vector<Intake::Understood> Intake::ReadPending(const std::vector<Slot>& slots) {
  const auto pending =
      deps_.inbox.Pending(slots, deps_.clock.Now(), static_cast<int>(kMostPerPoll));
  if (!pending.ok()) {
    Log::Warn("inbox.unreadable", {{"code", pending.error().code}});
    return {};
  }
  std::map<AccountId, Result<const connector::Connector*>> connectors;  // few, for many events
  std::vector<Understood> understood;
  understood.reserve(pending->size());
  for (const ports::PendingItem& each : *pending) {
    const AccountId account = each.item.account;
    auto connector = connectors.find(account);
    if (connector == connectors.end())
      connector = connectors.emplace(account, ConnectorOf(account)).first;
    const bool published = each.item.source == ports::InboxSource::kApi;
    if (!connector->second.ok() && !published) {
      understood.push_back({each, connector->second.error()});
    } else {
      understood.push_back(
          {each, ToCloudEvent(each.item, published ? nullptr : *connector->second)});
    }
  }
  PutInOrder(understood);
  return understood;
}

void Intake::PutInOrder(std::vector<Understood>& together) const {
  if (together.size() < 2) return;
  std::vector<core::event::Telling> tellings;
  tellings.reserve(together.size());
  for (const Understood& each : together) {
    const ports::InboxItem& item = each.pending.item;
    const auto rank = ranks_.find(item.event);
    // Clients say by themselves in which order their own events come.
    const bool single = item.source != ports::InboxSource::kApi && !item.entity_id.empty();
    tellings.push_back(
        {single ? std::to_string(item.account.number()) + "/" + ports::SubjectOf(item)
                : std::string(),
         item.occurred_at.value_or(item.received_at), rank == ranks_.end() ? 0 : rank->second});
  }
  std::vector<Understood> ordered;
  ordered.reserve(together.size());
  for (const std::size_t i : core::event::InOrder(tellings))
    ordered.push_back(std::move(together[i]));
  together = std::move(ordered);
}

Result<const connector::Connector*> Intake::ConnectorOf(AccountId id) {
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  return deps_.connectors.FindConnector(account->connector);
}

void Intake::HandleNoted(Understood understood) {
  if (deps_.black_box == nullptr) return Handle(std::move(understood));
  const ports::InboxItem& item = understood.pending.item;
  deps_.black_box->Begin({ports::BlackBox::Subject::kEvent, item.slot, item.id.number()});
  Handle(std::move(understood));
  deps_.black_box->End();
}

void Intake::Handle(Understood understood) {
  const ports::InboxItem& item = understood.pending.item;
  if (!slots_.Has(item.slot)) return;  // it went to another owner while it was read
  if (understood.pending.tries >= kMostTries) {
    return Postpone(understood.pending,
                    Invalid("EVENT_POISONED", "the engine died of this event more than once"));
  }
  if (!understood.event.ok()) return Postpone(understood.pending, understood.event.error());
  if (!under_way_.try_emplace(item.id, UnderWay{item.slot, {}}).second) return;
  if (MayChangeRegion(item)) deps_.region_changed(item.account);
  if (TakesGrantBack(item)) {
    return TellFirst(
        std::move(understood),
        [this](const Understood& told) {
          return deps_.grant_taken_back(told.pending.item.account);
        },
        &Intake::DealInTurn);
  }
  DealInTurn(understood);
}

/// What a client publishes says nothing about the provider.
bool Intake::TakesGrantBack(const ports::InboxItem& item) const {
  if (!deps_.grant_taken_back || item.source == ports::InboxSource::kApi) return false;
  return std::ranges::any_of(deps_.connectors.Connectors(), [&](const auto* connector) {
    return std::ranges::count(connector->taken_back_by, item.event) > 0;
  });
}

bool Intake::MayChangeRegion(const ports::InboxItem& item) const {
  if (!deps_.region_changed || item.source == ports::InboxSource::kApi) return false;
  return std::ranges::any_of(deps_.connectors.Connectors(), [&](const auto* connector) {
    return std::ranges::count(connector->region_changed_by, item.event) > 0;
  });
}

/// Also where a workflow only listens in the middle of a run: it may come to that.
bool Intake::TellsOfRecord(const ports::InboxItem& item) const {
  if (!deps_.note_record || !settling_wanted_) return false;
  if (item.source == ports::InboxSource::kApi) return false;
  for (const connector::Connector* connector : deps_.connectors.Connectors()) {
    const connector::SettlingRule* rule = connector::FindSettling(*connector, item.event).rule;
    if (rule == nullptr) continue;
    for (std::size_t i = 0; i < workflows_.size(); ++i) {
      if (std::ranges::binary_search(wanted_[i], rule->type) &&
          workflows_[i].IsOnFor(item.account)) {
        return true;
      }
    }
  }
  return false;
}

void Intake::TellFirst(Understood understood, std::function<Status(const Understood&)> tell,
                       void (Intake::*then)(const Understood&)) {
  deps_.pool.Post([this, understood = std::move(understood), tell = std::move(tell), then] {
    const Status told = tell(understood);
    deps_.home.Post([this, understood, told, then] {
      const ports::InboxItem& item = understood.pending.item;
      if (told.ok() && slots_.Has(item.slot)) return (this->*then)(understood);
      OnCleared(item.id);
      if (!told.ok()) Postpone(understood.pending, told.error());
    });
  });
}

// Of an event that is under way.
void Intake::DealInTurn(const Understood& understood) {
  if (!TakesTurns(understood)) return DealNow(understood);
  const ports::InboxItem& item = understood.pending.item;
  under_way_.at(item.id).in_line = item.account;
  const auto [line, is_first] = lines_.try_emplace(item.account);
  if (is_first) return DealNow(understood);
  line->second.push_back(understood);
}

void Intake::DealNow(const Understood& understood) {
  if (!TellsOfRecord(understood.pending.item)) return Deal(understood);
  TellFirst(
      understood,
      [this](const Understood& told) {
        return deps_.note_record(told.pending.item, told.event->data);
      },
      &Intake::Deal);
}

// What is noted elsewhere first would lose its order otherwise.
bool Intake::TakesTurns(const Understood& understood) const {
  if (TellsOfRecord(understood.pending.item)) return true;
  return std::ranges::any_of(workflows_, [&](const EnabledWorkflow& enabled) {
    return enabled.IsOnFor(understood.pending.item.account) &&
           core::workflow::Gathers(*enabled.workflow, understood.event->type);
  });
}

void Intake::NextInLine(AccountId account) {
  const auto line = lines_.find(account);
  if (line == lines_.end()) return;
  if (line->second.empty()) {
    lines_.erase(line);
    return;
  }
  const Understood next = std::move(line->second.front());
  line->second.pop_front();
  DealNow(next);
}

bool Intake::WantsLifecycle(AccountId account, const std::string& type) const {
  return std::ranges::any_of(workflows_, [&](const EnabledWorkflow& enabled) {
    return std::ranges::count(enabled.workflow->lifecycle_types, type) > 0 &&
           enabled.IsOnFor(account);
  });
}

void Intake::Deal(const Understood& understood) {
  const ports::InboxItem& item = understood.pending.item;
  auto creations = CreationsFor(item, *understood.event);
  deps_.metrics.Count("switchboard_events_handled_total",
                      {{"runs", creations.empty() ? "none" : "some"}});
  const ports::HandledEvent handled{item.slot, item.id};
  const std::vector<RunId> listening = deps_.runs.ListeningRunsOf(item.account);
  if (listening.empty()) return Clear(std::move(creations), handled);

  struct Telling {
    std::vector<Creation> creations;
    std::size_t left;
    bool failed = false;
  };

  // Runs that listen consume the event before it is cleared: whatever happens in between, it comes
  // again, and a run knows what it has had.
  auto telling = std::make_shared<Telling>(Telling{std::move(creations), listening.size()});
  for (const RunId run : listening) {
    deps_.runs.Give(run, core::workflow::EventArrived{*understood.event},
                    [this, telling, handled](const Result<bool>& told) {
                      const bool gone = !told.ok() && told.error().kind == ErrorKind::kNotFound;
                      telling->failed = telling->failed || (!told.ok() && !gone);
                      if (--telling->left > 0) return;
                      if (telling->failed) {
                        OnCleared(handled.event);
                      } else {
                        Clear(std::move(telling->creations), handled);
                      }
                    });
  }
}

void Intake::Clear(std::vector<Creation> creations, const ports::HandledEvent& handled) {
  deps_.runs.Create(
      std::move(creations), handled,
      [this, id = handled.event](const Result<ports::CommitReceipt>&) { OnCleared(id); });
}

// Also after a failure, when the next poll finds it pending again. A poll reads the oldest, and
// those under way among them: it waits until most of what it reads is new.
void Intake::OnCleared(EventId id) {
  const auto ended = under_way_.extract(id);
  if (!ended.empty() && ended.mapped().in_line) {
    deps_.home.Post([this, account = *ended.mapped().in_line] { NextInLine(account); });
  }
  if (polling_) cleared_while_polling_.insert(id);
  if (behind_ && under_way_.size() <= kMostPerPoll / 2) Poll();
}

std::vector<Creation> Intake::CreationsFor(const ports::InboxItem& item,
                                           const core::event::CloudEvent& event) {
  std::vector<Creation> creations;
  for (const EnabledWorkflow& enabled : workflows_) {
    if (!enabled.IsOnFor(item.account) || TellsOf(*enabled.workflow, event)) continue;
    const bool gathers = core::workflow::Gathers(*enabled.workflow, event.type);
    const auto matches = gathers
                             ? Result<bool>(true)
                             : core::workflow::Matches(*enabled.workflow, event, deps_.expressions);
    if (!matches.ok()) {
      Log::Warn("trigger.failed", {{"workflow", ToText(enabled.enablement.workflow)},
                                   {"event_id", ToText(item.id)},
                                   {"code", matches.error().code}});
      continue;
    }
    if (!*matches) continue;
    Creation creation;
    creation.run.key = {item.slot, item.account, deps_.ids.Next<RunTag>(deps_.clock.Now())};
    creation.run.workflow = enabled.enablement.workflow;
    // What happened starts a run once, also when it is told twice in other words.
    creation.run.trigger_key = item.occurrence.empty() ? item.dedupe : item.occurrence;
    creation.run.event = item.id;
    creation.run.lane = LaneOf(*enabled.workflow);
    creation.workflow = enabled.workflow;
    creation.depth = DepthOf(event);
    if (gathers) {
      creation.gathers = event;
    } else {
      creation.input = core::workflow::TriggerInput(event);
    }
    creations.push_back(std::move(creation));
  }
  return creations;
}

// An item that cannot be understood now may be later (the database was away, an account was being
// made); one that never can is kept aside with its reason, where a person finds it.
void Intake::Postpone(const ports::PendingItem& pending, const Error& error) {
  const bool hopeless = error.kind == ErrorKind::kInvalid || pending.tries + 1 >= kMostTries;
  const ports::InboxItem& item = pending.item;
  Log::Warn("event.postponed",
            {{"event_id", ToText(item.id)}, {"code", error.code}, {"buried", hopeless}});
  deps_.pool.Post([this, slot = item.slot, id = item.id, tries = pending.tries + 1, hopeless,
                   error] {
    const Status done =
        hopeless ? deps_.inbox.Bury(slot, id, error.code + ": " + error.message)
                 : deps_.inbox.Postpone(slot, id, tries, deps_.clock.Now() + BackoffAfter(tries));
    if (!done.ok())
      Log::Warn("event.postpone_failed", {{"event_id", ToText(id)}, {"code", done.error().code}});
  });
}

}  // namespace sb::runtime
