#pragma once

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/postgres_account_history.h"
#include "engine/adapters/postgres/postgres_account_store.h"
#include "engine/adapters/postgres/postgres_api_key_store.h"
#include "engine/adapters/postgres/postgres_application_store.h"
#include "engine/adapters/postgres/postgres_command_store.h"
#include "engine/adapters/postgres/postgres_data_key_store.h"
#include "engine/adapters/postgres/postgres_dead_letter_store.h"
#include "engine/adapters/postgres/postgres_delivery_history.h"
#include "engine/adapters/postgres/postgres_early_value_store.h"
#include "engine/adapters/postgres/postgres_erasure_store.h"
#include "engine/adapters/postgres/postgres_event_feed.h"
#include "engine/adapters/postgres/postgres_gap_store.h"
#include "engine/adapters/postgres/postgres_inbox_store.h"
#include "engine/adapters/postgres/postgres_link_store.h"
#include "engine/adapters/postgres/postgres_onward_store.h"
#include "engine/adapters/postgres/postgres_ownership_store.h"
#include "engine/adapters/postgres/postgres_platform_record_store.h"
#include "engine/adapters/postgres/postgres_recording_store.h"
#include "engine/adapters/postgres/postgres_refresh_store.h"
#include "engine/adapters/postgres/postgres_run_store.h"
#include "engine/adapters/postgres/postgres_schedule_store.h"
#include "engine/adapters/postgres/postgres_secret_store.h"
#include "engine/adapters/postgres/postgres_session_store.h"
#include "engine/adapters/postgres/postgres_settling_store.h"
#include "engine/adapters/postgres/postgres_skip_ledger.h"
#include "engine/adapters/postgres/postgres_sync_ledger.h"
#include "engine/adapters/postgres/postgres_sync_proof_store.h"
#include "engine/adapters/postgres/postgres_sync_store.h"
#include "engine/adapters/postgres/postgres_workflow_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_account_history.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_api_key_store.h"
#include "tests/support/memory_application_store.h"
#include "tests/support/memory_command_store.h"
#include "tests/support/memory_data_key_store.h"
#include "tests/support/memory_dead_letter_store.h"
#include "tests/support/memory_early_value_store.h"
#include "tests/support/memory_erasure_store.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_gap_store.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_onward_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_platform_record_store.h"
#include "tests/support/memory_recording_store.h"
#include "tests/support/memory_refresh_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/memory_schedule_store.h"
#include "tests/support/memory_secret_store.h"
#include "tests/support/memory_session_store.h"
#include "tests/support/memory_settling_store.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_proof_store.h"
#include "tests/support/memory_sync_store.h"
#include "tests/support/memory_workflow_store.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {

/// All stores in memory. The contract suites run the same stories here ...
struct MemoryWorld {
  FakeClock database_clock;
  MemoryDatabase database;
  MemoryAccountStore accounts;
  MemoryAccountHistory history{accounts};
  MemoryRefreshStore refreshes{accounts, database_clock};
  MemorySessionStore sessions;
  MemoryWorkflowStore workflows;
  MemoryApiKeyStore api_keys;
  MemorySecretStore secrets;
  MemoryDataKeyStore data_keys{database};
  MemoryEarlyValueStore early_values{accounts, secrets};
  MemoryApplicationStore applications{accounts};
  MemoryInboxStore inbox{database};
  MemoryCommandStore commands{database};
  MemoryRunStore runs{database};
  MemoryScheduleStore schedules{database, accounts};
  MemoryDeadLetterStore dead_letters{database};
  MemoryEventFeed feed{database};
  MemoryErasureStore erasures{database, accounts};
  MemoryGapStore gaps;
  MemorySettlingStore settlings;
  MemorySyncStore syncs;
  MemorySyncLedger sync_ledger{&syncs};
  MemorySkipLedger skips;
  MemorySyncProofStore sync_proofs;
  FakeLinkStore links{database_clock};
  MemoryPlatformRecordStore platform_records{database_clock};
  MemoryRecordingStore recordings;
  MemoryOnward onward;
  MemoryDestinationStore destinations{onward};
  MemoryDeliveryStore onward_deliveries{onward, database};
  MemoryDeliveryHistory deliveries{database};
  MemoryOwnershipStore ownership{database, database_clock};

  /// Time passes at the database, and nobody has sent a heartbeat or ended a refresh.
  void PassTime(Millis by) { database_clock.Advance(by); }
};

/// ... and here, on a database of their own.
struct PostgresWorld {
  TestDatabase test_database;
  adapters::postgres::Database database{test_database.settings()};
  adapters::postgres::PostgresAccountStore accounts{database};
  adapters::postgres::PostgresAccountHistory history{database};
  adapters::postgres::PostgresRefreshStore refreshes{database};
  adapters::postgres::PostgresSessionStore sessions{database};
  adapters::postgres::PostgresWorkflowStore workflows{database};
  adapters::postgres::PostgresApiKeyStore api_keys{database};
  adapters::postgres::PostgresSecretStore secrets{database};
  adapters::postgres::PostgresDataKeyStore data_keys{database};
  adapters::postgres::PostgresEarlyValueStore early_values{database};
  adapters::postgres::PostgresApplicationStore applications{database};
  adapters::postgres::PostgresInboxStore inbox{database};
  adapters::postgres::PostgresCommandStore commands{database};
  adapters::postgres::PostgresRunStore runs{database};
  adapters::postgres::PostgresScheduleStore schedules{database};
  adapters::postgres::PostgresDeadLetterStore dead_letters{database};
  adapters::postgres::PostgresEventFeed feed{database};
  adapters::postgres::PostgresErasureStore erasures{database};
  adapters::postgres::PostgresGapStore gaps{database};
  adapters::postgres::PostgresSettlingStore settlings{database};
  adapters::postgres::PostgresSyncStore syncs{database};
  adapters::postgres::PostgresSyncLedger sync_ledger{database};
  adapters::postgres::PostgresSkipLedger skips{database};
  adapters::postgres::PostgresSyncProofStore sync_proofs{database};
  adapters::postgres::PostgresLinkStore links{database};
  adapters::postgres::PostgresPlatformRecordStore platform_records{database};
  adapters::postgres::PostgresRecordingStore recordings{database};
  adapters::postgres::PostgresDestinationStore destinations{database};
  adapters::postgres::PostgresDeliveryStore onward_deliveries{database};
  adapters::postgres::PostgresDeliveryHistory deliveries{database};
  adapters::postgres::PostgresOwnershipStore ownership{database};

  void PassTime(Millis by) {
    const std::string earlier = " - interval '" + std::to_string(by.count()) + " milliseconds'";
    test_database.Ask("update eng.instance set heartbeat_at = heartbeat_at" + earlier);
    test_database.Ask("update eng.credential set refresh_deadline = refresh_deadline" + earlier +
                      ", previous_until = previous_until" + earlier);
  }
};

using Worlds = ::testing::Types<MemoryWorld, PostgresWorld>;

class WorldNames {
 public:
  template <typename World>
  static std::string GetName(int /*index*/) {
    return std::is_same_v<World, MemoryWorld> ? "Memory" : "Postgres";
  }
};

}  // namespace sb::testing
