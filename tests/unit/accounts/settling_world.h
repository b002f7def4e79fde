#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "engine/accounts/settlings.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_settling_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {

inline constexpr const char* kCallSettled = "io.aircall.call.settled";

/// A store that a process may die before it is reached.
class DyingSettlingStore : public MemorySettlingStore {
 public:
  Result<int> Save(const ports::Settling& settling) override {
    if (std::exchange(dies, false)) return Unavailable("DATABASE_UNAVAILABLE", "died before");
    return MemorySettlingStore::Save(settling);
  }

  bool dies = false;
};

/// An account of which a workflow wants to know when calls have settled. The provider is the
/// Aircall sandbox, whose time passes with ours; a test hands over what it sends, or keeps it.
class SettlingWorld : public AccountsWorld {
 public:
  SettlingWorld() {
    clock.Set(WallTime(std::chrono::seconds(1'790'700'000)));
    wanted = {kCallSettled};
    account = ConnectByKey().value();
  }

  /// An answered call of ten seconds that has just been made, two minutes before it is finalised.
  std::string PlaceCall(const Json& more = Json::object()) {
    Json plan = {{"direction", "inbound"},  {"from", "+16175550142"},
                 {"pace", "real"},          {"ring_seconds", 1},
                 {"talk_seconds", 10},      {"finalise_after_seconds", 120},
                 {"start_moves_seconds", 1}};
    plan.update(more);
    const Json placed = far_side.Control("POST", "calls", plan);
    return DumpJson(placed.at("call").at("id"));
  }

  /// The same; five minutes after its end somebody writes a note on it.
  std::string PlaceCallWithNote() {
    const Json note = {{"after_seconds", 300}, {"content", "calls back"}};
    Json more = Json::object();
    more["comments"] = Json::array({note});
    return PlaceCall(more);
  }

  void Pass(std::chrono::seconds time) {
    clock.Advance(time);
    far_side.Control("PUT", "clock", {{"advance_seconds", time.count()}});
  }

  /// What the provider has sent since the last time arrives; events of these names get lost.
  void Arrive(const std::set<std::string>& lost = {}) {
    const auto bodies = far_side.Deliveries();
    for (; arrived < bodies.size(); ++arrived) {
      if (!lost.contains(TextMember(Json::parse(bodies[arrived]), "event")))
        Deliver(bodies[arrived]);
    }
  }

  /// Everything that was ever sent comes once more.
  void ArriveAgain() {
    for (const std::string& body : far_side.Deliveries()) Deliver(body);
  }

  void Deliver(const std::string& body) {
    auto event = connector::ReadWebhook(aircall, body).value();
    ports::InboxItem item;
    item.slot = account.slot;
    item.account = account.id;
    item.id = ids.Next<EventTag>(clock.Now());
    item.dedupe = event.dedupe;
    item.event = event.type;
    item.entity = event.entity;
    item.entity_id = event.entity_id;
    item.occurred_at = event.occurred_at;
    item.received_at = clock.Now();
    item.body = event.body;
    if (!inbox.Append({item}).value().front()) return;
    EXPECT_THAT(settlings.Note(item, event.data), IsOk());
  }

  /// Does what is due; false when something hinders.
  bool Work() {
    const auto due = settlings.Due({}).value();
    return std::ranges::all_of(due, [this](const ports::Settling& each) {
      return settlings.Step(each) == accounts::Settlings::Pace::kDone;
    });
  }

  std::size_t LooksAt(const std::string& call) { return far_side.Count("GET /v1/calls/" + call); }

  std::vector<ports::InboxItem> Settled() {
    ports::EventFilter filter;
    filter.types.Only({kCallSettled});
    return inbox.List(filter, {0, 1000})->items;
  }

  /// What the only event of a settled call carries.
  Json SettledCall() {
    const auto items = Settled();
    if (items.size() != 1) return nullptr;
    return Json::parse(items[0].body).at("data");
  }

  const connector::Connector& aircall = *ShippedConnectors().FindConnector("aircall");
  MemoryDatabase database;
  MemoryInboxStore inbox{database};
  DyingSettlingStore store;
  std::size_t arrived = 0;
  accounts::Settlings settlings{
      {DependenciesOfConnections(), store, inbox, [this] { return std::vector{account.slot}; },
       [this](ports::InboxItem item, const std::optional<Json>&,
              const std::function<void(Result<bool>)>& done) {
         const bool is_new = inbox.Append({std::move(item)}).value().front();
         done(is_new);
       }}};
  ports::Account account;
};

}  // namespace sb::testing
