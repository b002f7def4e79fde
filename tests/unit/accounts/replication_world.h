#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "engine/accounts/replications.h"
#include "engine/accounts/sync_news.h"
#include "engine/core/sync/replication.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::testing {

/// An account of the sandbox with syncs into memory: into our own database, and into another one
/// that is called "moon" and may be down.
class ReplicationWorld : public AccountsWorld {
 public:
  ReplicationWorld() {
    wanted = {"io.aircall.call.created", "io.aircall.call.ended"};
    account = ConnectByKey().value();
    // A little after the sandbox's clock, which stands still.
    clock.Set(WallTime(std::chrono::seconds(1'790'700'000) + std::chrono::minutes(5)));
  }

  ports::Sync Start(const std::string& name, const std::string& streams,
                    const std::string& connection = "", const std::string& version = "1.0.0") {
    const std::string where = connection.empty() ? "" : "connection: " + connection + ", ";
    const std::string yaml = "sync: { namespace: acme, name: " + name + ", version: '" + version +
                             "' }\nreplicate:\n  from: aircall\n  streams: " + streams +
                             "\n  into: { connector: postgres, " + where + "schema: " + name +
                             " }\n";
    const auto read = core::sync::ParseReplication(yaml, ShippedConnectors(), clock.Now());
    EXPECT_TRUE(read.replication) << (read.errors.empty() ? "" : read.errors[0].message);
    const auto sync = replications.Deploy(account, *read.replication, yaml);
    EXPECT_THAT(sync, IsOk());
    const auto started = replications.SetState(account.id, sync->id, ports::SyncState::kRunning);
    EXPECT_THAT(started, IsOk());
    return *started;
  }

  std::string PlaceCall() {
    const Json placed = far_side.Control(
        "POST", "calls", {{"direction", "inbound"}, {"from", "+16175550142"}, {"answered", false}});
    return DumpJson(placed.at("call").at("id"));
  }

  /// What the provider has sent since the last time reaches the inbox.
  void Arrive() {
    const auto bodies = far_side.Deliveries();
    for (; arrived < bodies.size(); ++arrived) Take(bodies[arrived]);
  }

  void Take(const std::string& body) {
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
    EXPECT_THAT(inbox.Append({item}), IsOk());
    events.push_back(item.id);
  }

  std::optional<core::sync::StoredRow> Row(const ports::Sync& sync, const std::string& table,
                                           const std::string& key) {
    const MemoryRowSink& sink = sync.connection.empty() ? home : moon;
    return sink.Row(sync.schema, table, key);
  }

  ports::RowSink* Find(const std::string& connection) {
    if (connection.empty()) return &home;
    return connection == "moon" ? &moon : nullptr;
  }

  const connector::Connector& aircall = *ShippedConnectors().FindConnector("aircall");
  MemoryDatabase database;
  MemoryInboxStore inbox{database};
  MemoryEventFeed feed{database};
  MemorySyncStore syncs;
  MemorySyncLedger ledger{&syncs};
  MemorySkipLedger skips;
  MemoryRowSink home{&syncs};
  MemoryRowSink moon;
  ports::Account account;
  std::size_t arrived = 0;
  std::vector<EventId> events;  ///< That reached the inbox.
  int changes = 0;              ///< How often it was told that a sync had changed.
  accounts::Replications replications{
      {DependenciesOfConnections(), syncs, ledger, skips,
       [this](const std::string& connection) { return Find(connection); },
       [this] { return std::vector{account.slot}; }, feed, [this] { ++changes; }}};
  accounts::SyncNews news{{replications, syncs, feed, clock, metrics}};
};

}  // namespace sb::testing
