#include "engine/accounts/settlings.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/accounts/provider.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/event/publication.h"

namespace sb::accounts {
namespace {

using connector::RecordFacts;
using connector::SettlingFound;
using connector::SettlingRule;
using core::settling::Seen;
using core::settling::Standing;
using ports::Settling;
using ports::SettlingState;

constexpr int kMostSettlings = 200;
constexpr int kNoteTries = 3;

constexpr const char* kSettledTotal = "switchboard_settled_total";
constexpr const char* kLooksTotal = "switchboard_settling_looks_total";

/// A recovered event carries the record as it was when it was read.
WallTime ToldAt(const ports::InboxItem& item) {
  if (item.source == ports::InboxSource::kRecovered) return item.received_at;
  return item.occurred_at.value_or(item.received_at);
}

std::string KeyOf(const ports::InboxItem& item) {
  return Sha256("settling\n" + DumpJson(item.entity) + DumpJson(item.entity_id));
}

Standing StandingOf(const Settling& settling) {
  Standing standing{settling.ended_at, settling.seen_at, settling.content};
  if (settling.state == SettlingState::kWaiting) standing.look_at = settling.due_at;
  return standing;
}

/// What an event has brought it to. A record that has settled by it is told at once, by whoever
/// looks for what is due.
void PutEvent(Settling& settling, const Standing& standing, EventId event, WallTime now) {
  settling.seen_at = standing.seen_at;
  settling.content = standing.content;
  settling.due_at = standing.look_at.value_or(now);
  if (standing.look_at) return;
  settling.state = SettlingState::kConfirmed;
  settling.confirmed_by = event;
}

ports::InboxItem SettledItem(const Settling& settling, const std::string& type, Json data,
                             EventId id, WallTime now) {
  const std::string account = ToText(settling.account);
  const std::string subject = settling.subject + "/" + settling.record;
  const std::string own_id = account + "/settled/" + subject;
  data["settled"] = true;
  ports::InboxItem item;
  item.slot = settling.slot;
  item.account = settling.account;
  item.id = id;
  item.dedupe = Sha256("settled/" + own_id);
  item.source = ports::InboxSource::kApi;
  item.event = type;
  item.entity = settling.subject;
  item.entity_id = settling.record;
  item.occurred_at = now;
  item.received_at = now;
  item.body =
      core::event::ToBody({own_id, "/accounts/" + account, type, subject, now, std::move(data)});
  return item;
}

/// Asking again would be answered in the same way.
bool IsRefusal(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kForbidden ||
         error.kind == ErrorKind::kConflict;
}

}  // namespace

// ---- What events tell

Status Settlings::Note(const ports::InboxItem& item, const Json& data) {
  if (item.entity_id.empty()) return {};
  const auto account = deps_.world.accounts.Get(item.account);
  if (!account.ok()) return account.error();
  const auto connector = FindConnector(deps_.world.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  const SettlingFound found = connector::FindSettling(**connector, item.event);
  if (found.rule == nullptr) return {};
  const auto facts =
      connector::ReadRecordFacts(*found.rule, data, ToldAt(item), deps_.world.expressions);
  if (!facts.ok()) {
    // The workflows shall have the event all the same.
    Log::Warn("settling.unread", {{"event_id", ToText(item.id)}, {"code", facts.error().code}});
    return {};
  }
  Status noted;
  for (int tries = 0; tries < kNoteTries; ++tries) {
    noted = NoteOnce(item, found, *facts, KeyOf(item));
    if (noted.ok() || noted.error().kind != ErrorKind::kConflict) break;
  }
  return noted;
}

Status Settlings::NoteOnce(const ports::InboxItem& item, const SettlingFound& found,
                           const RecordFacts& facts, const std::string& key) {
  auto known = deps_.settlings.Find(item.slot, item.account, key);
  if (!known.ok()) return known.error();
  if (!*known) return found.event->begins ? Begin(item, found, facts, key) : Status();
  Settling settling = **std::move(known);
  const Standing before = StandingOf(settling);
  const Standing after = core::settling::AfterEvent(before, facts.seen, found.event->confirms);
  if (after == before) return {};
  PutEvent(settling, after, item.id, deps_.world.clock.Now());
  return Save(settling);
}

Status Settlings::Begin(const ports::InboxItem& item, const SettlingFound& found,
                        const RecordFacts& facts, const std::string& key) {
  const WallTime now = deps_.world.clock.Now();
  Settling settling;
  settling.id = deps_.world.ids.Next<ports::SettlingTag>(now);
  settling.slot = item.slot;
  settling.account = item.account;
  settling.key = key;
  settling.entity = found.rule->entity;
  settling.subject = item.entity;
  settling.record = item.entity_id;
  settling.ended_at = facts.ended_at.value_or(facts.seen.at);
  const Standing begun = core::settling::Begin(found.rule->schedule, settling.ended_at, facts.seen);
  PutEvent(settling, core::settling::AfterEvent(begun, facts.seen, found.event->confirms), item.id,
           now);
  const auto opened = deps_.settlings.Open(settling);
  if (!opened.ok()) return opened.error();
  if (!*opened) return Conflict("SETTLING_MOVED", "somebody else has begun with this record");
  return {};
}

// ---- What is due

Result<std::vector<Settling>> Settlings::Due(const std::set<AccountId>& without) {
  return deps_.settlings.Due(deps_.our_slots(), deps_.world.clock.Now(), without, kMostSettlings);
}

Settlings::Pace Settlings::Step(Settling settling) {
  const auto taken = TakeStep(settling);
  if (taken.ok()) return *taken;
  // Whoever was faster has done it.
  if (taken.error().code == "SETTLING_MOVED") return Pace::kDone;
  Log::Info("settling.interrupted",
            {{"account", ToText(settling.account)}, {"code", taken.error().code}});
  return Pace::kLater;
}

Result<Settlings::Pace> Settlings::TakeStep(Settling& settling) {
  const auto account = deps_.world.accounts.Get(settling.account);
  const bool gone = account.ok() ? account->state == ports::AccountState::kDisconnected
                                 : account.error().kind == ErrorKind::kNotFound;
  if (gone) return Abandon(settling, "account");
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state)) return Pace::kLater;
  const auto connector = FindConnector(deps_.world.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  const SettlingRule* rule = connector::FindSettlingOf(**connector, settling.entity);
  if (rule == nullptr) return Abandon(settling, "rule");
  const auto wanted = IsWanted(*account, *rule);
  if (!wanted.ok()) return wanted.error();
  if (!*wanted) return Abandon(settling, "unwanted");
  const Place place{**connector, *rule};
  return settling.state == SettlingState::kConfirmed ? TellConfirmed(settling, place)
                                                     : Look(settling, place);
}

Result<bool> Settlings::IsWanted(const ports::Account& account, const SettlingRule& rule) const {
  const auto wanted = deps_.world.wanted_events(account);
  if (!wanted.ok()) return wanted.error();
  return std::ranges::count(*wanted, rule.type) > 0;
}

Result<Settlings::Pace> Settlings::Look(Settling& settling, const Place& place) {
  const auto& expressions = deps_.world.expressions;
  const auto input = connector::SettlingInput(place.rule, settling.record, expressions);
  if (!input.ok()) return AfterFailure(settling, place, input.error());
  const auto perform = ForAccount(deps_.world.actions, place.connector, settling.account,
                                  core::quota::Lane::kBackfill);
  const auto output = perform(place.rule.action, *input);
  if (!output.ok()) return AfterFailure(settling, place, output.error());
  auto data = connector::SettlingData(place.rule, *output, expressions);
  if (!data.ok()) return AfterFailure(settling, place, data.error());
  const auto facts =
      connector::ReadRecordFacts(place.rule, *data, deps_.world.clock.Now(), expressions);
  if (!facts.ok()) return AfterFailure(settling, place, facts.error());
  const Standing before = StandingOf(settling);
  const Standing after = core::settling::AfterLook(place.rule.schedule, before, facts->seen);
  const bool changed = after.content != before.content;
  deps_.world.metrics.Count(kLooksTotal, {{"result", changed ? "changed" : "unchanged"}});
  settling.seen_at = after.seen_at;
  settling.content = after.content;
  settling.due_at = after.look_at;
  ++settling.looks;
  if (after.look_at) {
    const Status saved = Save(settling);
    return saved.ok() ? Result<Pace>(Pace::kDone) : Result<Pace>(saved.error());
  }
  const bool final = facts->seen.complete && !changed;
  return Tell(settling, place, *std::move(data), final ? "look" : "schedule");
}

// What cannot be read now may be at the next look; what never can is let go with the last one.
Result<Settlings::Pace> Settlings::AfterFailure(Settling& settling, const Place& place,
                                                const Error& error) {
  deps_.world.metrics.Count(kLooksTotal, {{"result", "failed"}});
  if (error.kind == ErrorKind::kNotFound) return Abandon(settling, "gone");
  if (!IsRefusal(error)) return error;
  settling.due_at =
      core::settling::NextLook(place.rule.schedule, settling.ended_at, deps_.world.clock.Now());
  if (!settling.due_at) return Abandon(settling, "refused");
  const Status saved = Save(settling);
  return saved.ok() ? Result<Pace>(Pace::kDone) : Result<Pace>(saved.error());
}

// The event lies in the inbox: no request is needed. Where it is not there any more, or cannot be
// understood, the record is read.
Result<Settlings::Pace> Settlings::TellConfirmed(Settling& settling, const Place& place) {
  const auto item = deps_.inbox.Get(settling.confirmed_by);
  if (!item.ok() && item.error().kind != ErrorKind::kNotFound) return item.error();
  if (item.ok()) {
    auto incoming = connector::ReadWebhook(place.connector, item->body);
    if (incoming.ok() && incoming->data.is_object())
      return Tell(settling, place, std::move(incoming->data), "event");
  }
  settling.state = SettlingState::kWaiting;
  settling.confirmed_by = EventId();
  return Look(settling, place);
}

Result<Settlings::Pace> Settlings::Tell(Settling& settling, const Place& place, Json data,
                                        const char* by) {
  const WallTime now = deps_.world.clock.Now();
  std::vector<std::pair<ports::InboxItem, std::optional<Json>>> items;
  items.emplace_back(SettledItem(settling, place.rule.type, std::move(data),
                                 deps_.world.ids.Next<EventTag>(now), now),
                     std::nullopt);
  if (Status told = PublishAndWait(deps_.publish, std::move(items)); !told.ok())
    return told.error();
  settling.state = SettlingState::kSettled;
  settling.due_at.reset();
  if (Status saved = Save(settling); !saved.ok()) return saved.error();
  deps_.world.metrics.Count(kSettledTotal, {{"by", by}});
  return Pace::kDone;
}

Result<Settlings::Pace> Settlings::Abandon(Settling& settling, const char* why) {
  settling.state = SettlingState::kAbandoned;
  settling.due_at.reset();
  if (Status saved = Save(settling); !saved.ok()) return saved.error();
  Log::Info("settling.abandoned", {{"account", ToText(settling.account)}, {"why", why}});
  return Pace::kDone;
}

Status Settlings::Save(const Settling& settling) {
  const auto step = deps_.settlings.Save(settling);
  return step.ok() ? Status() : Status(step.error());
}

}  // namespace sb::accounts
