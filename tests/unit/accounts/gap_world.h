#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "engine/accounts/gap_book.h"
#include "engine/accounts/gap_repair.h"
#include "engine/accounts/webhook_watch.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_gap_store.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {

/// Where the sandbox's clock stands.
inline constexpr WallTime kSandboxTime(std::chrono::seconds(1'790'700'000));
inline constexpr const char* kEnded = "io.aircall.call.ended";

/// An account whose webhook asks for the creation and the end of calls and for new contacts, and
/// all that sees to gaps. The provider is the Aircall sandbox, which sends nothing by itself here:
/// a test hands over what it would have sent, or keeps it.
class GapWorld : public AccountsWorld {
 public:
  GapWorld() {
    clock.Set(kSandboxTime - std::chrono::hours(2));
    wanted = {"io.aircall.call.created", kEnded, "io.aircall.contact.created"};
    account = ConnectByKey().value();
    gap_book.Subscribed(account, account.webhook.events, clock.Now());
    clock.Set(kSandboxTime + std::chrono::minutes(5));
  }

  accounts::ConnectionDependencies Witnessed() {
    auto world = DependenciesOfConnections();
    world.witness = &gap_book;
    return world;
  }

  /// Calls that were hung up a while ago, so that all that is told of them has been told.
  std::string PlaceCall(const std::string& from = "+16175550142") {
    const Json placed = far_side.Control(
        "POST", "calls",
        {{"direction", "inbound"}, {"from", from}, {"answered", false}, {"ended_lag_seconds", 90}});
    return DumpJson(placed.at("call").at("id"));
  }

  /// What the provider has sent so far arrives.
  std::vector<bool> Arrive(WallTime when) {
    std::vector<ports::InboxItem> items;
    for (const std::string& body : far_side.Deliveries()) {
      auto event = connector::ReadWebhook(aircall, body).value();
      ports::InboxItem item;
      item.slot = account.slot;
      item.account = account.id;
      item.id = ids.Next<EventTag>(when);
      item.dedupe = event.dedupe;
      item.occurrence = event.occurrence;
      item.event = event.type;
      item.entity = event.entity;
      item.entity_id = event.entity_id;
      item.occurred_at = event.occurred_at;
      item.received_at = when;
      item.body = event.body;
      items.push_back(std::move(item));
    }
    return inbox.Append(items).value();
  }

  void SwitchOff() { far_side.SwitchHookOff(account.webhook.remote_id); }

  void Look() { EXPECT_THAT(watch.Look(account.id), IsOk()); }

  std::vector<ports::Gap> AllGaps() { return gaps.List(account.id, {})->items; }

  /// The account's gaps are closed, as far as they can be.
  void CloseGaps() {
    auto due = repair.Due().value();
    for (ports::Gap& gap : due) {
      for (int i = 0; i < 100 && repair.Step(gap) == accounts::GapRepair::Pace::kMore; ++i) {
      }
    }
  }

  std::vector<ports::InboxItem> Recovered() {
    ports::EventFilter filter;
    filter.sources.Only({ports::InboxSource::kRecovered});
    auto items = inbox.List(filter, {0, 1000})->items;
    std::ranges::reverse(items);
    return items;
  }

  std::vector<std::string> RecoveredCalls(const std::string& type = kEnded) {
    std::vector<std::string> calls;
    for (const ports::InboxItem& item : Recovered()) {
      if (item.event == type) calls.push_back(item.entity_id);
    }
    return calls;
  }

  const connector::Connector& aircall = *ShippedConnectors().FindConnector("aircall");
  MemoryDatabase database;
  MemoryInboxStore inbox{database};
  MemoryGapStore gaps;
  MemoryDeliveryHistory deliveries{database};
  int rings = 0;
  accounts::GapBook gap_book{
      {gaps, deliveries, clock, ids, metrics, std::chrono::hours(24 * 30), [this] { ++rings; }}};
  accounts::Connections witnessed{Witnessed()};
  accounts::WebhookWatch watch{{Witnessed(), gaps, deliveries, gap_book}};
  bool spool_is_full = false;
  int comparisons = 0;                 ///< How often records were asked to be compared.
  std::optional<Error> compare_error;  ///< What that fails with.
  int publications_left = 1000;        ///< After so many, the process "dies".
  accounts::GapRepair repair{{witnessed, Witnessed(), gaps, deliveries,
                              [this] { return std::vector{account.slot}; },
                              [this](ports::InboxItem item, const std::optional<Json>&,
                                     const std::function<void(Result<bool>)>& done) {
                                if (publications_left-- <= 0)
                                  return done(Unavailable("DATABASE_UNAVAILABLE", "away"));
                                const bool is_new = inbox.Append({std::move(item)}).value().front();
                                done(is_new);
                              },
                              [this] { return spool_is_full; },
                              [this](const ports::Account&) {
                                ++comparisons;
                                return compare_error ? Status(*compare_error) : Status();
                              }}};
  ports::Account account;
};

}  // namespace sb::testing
