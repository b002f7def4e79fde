#include "engine/app/server.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/accounts/account_news.h"
#include "engine/accounts/check_up.h"
#include "engine/accounts/connections.h"
#include "engine/accounts/erasures.h"
#include "engine/accounts/gap_book.h"
#include "engine/accounts/gap_repair.h"
#include "engine/accounts/key_rotation.h"
#include "engine/accounts/onward_delivery.h"
#include "engine/accounts/onward_notice.h"
#include "engine/accounts/provider_clocks.h"
#include "engine/accounts/recording_fetch.h"
#include "engine/accounts/recording_links.h"
#include "engine/accounts/recording_notice.h"
#include "engine/accounts/recording_upkeep.h"
#include "engine/accounts/region.h"
#include "engine/accounts/replications.h"
#include "engine/accounts/reports.h"
#include "engine/accounts/settlings.h"
#include "engine/accounts/sync_news.h"
#include "engine/accounts/sync_verifier.h"
#include "engine/accounts/webhook_watch.h"
#include "engine/adapters/crypto/sodium_keys.h"
#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/adapters/curl/curl_http_client.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/phone/phone_number_reader.h"
#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/migrator.h"
#include "engine/adapters/postgres/partitions.h"
#include "engine/adapters/postgres/postgres_account_history.h"
#include "engine/adapters/postgres/postgres_account_store.h"
#include "engine/adapters/postgres/postgres_api_key_store.h"
#include "engine/adapters/postgres/postgres_application_store.h"
#include "engine/adapters/postgres/postgres_command_store.h"
#include "engine/adapters/postgres/postgres_data_key_store.h"
#include "engine/adapters/postgres/postgres_dead_letter_store.h"
#include "engine/adapters/postgres/postgres_delivery_history.h"
#include "engine/adapters/postgres/postgres_doorbell.h"
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
#include "engine/adapters/postgres/retention.h"
#include "engine/adapters/postgres/token_key.h"
#include "engine/adapters/s3/s3_media_store.h"
#include "engine/adapters/system/data_directory.h"
#include "engine/adapters/system/embedded_postgres.h"
#include "engine/adapters/system/file_spool.h"
#include "engine/adapters/system/mapped_black_box.h"
#include "engine/adapters/system/media_directory.h"
#include "engine/adapters/system/serial_executor.h"
#include "engine/adapters/system/system_clock.h"
#include "engine/adapters/system/system_random.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/adapters/system/worker_pool.h"
#include "engine/api/admin_key.h"
#include "engine/api/api_server.h"
#include "engine/api/tenant_token.h"
#include "engine/app/account_pace.h"
#include "engine/app/connector_folders.h"
#include "engine/app/credential_keeper.h"
#include "engine/app/defaults.h"
#include "engine/app/erasure_keeper.h"
#include "engine/app/gap_keeper.h"
#include "engine/app/link_keeper.h"
#include "engine/app/onward_keeper.h"
#include "engine/app/recording_keeper.h"
#include "engine/app/recording_place.h"
#include "engine/app/settling_keeper.h"
#include "engine/app/subscription_keeper.h"
#include "engine/app/sync_destinations.h"
#include "engine/app/sync_keeper.h"
#include "engine/app/vault_keys.h"
#include "engine/base/encoding.h"
#include "engine/base/file.h"
#include "engine/edge/door.h"
#include "engine/edge/tls_context.h"
#include "engine/runtime/local_engine.h"
#include "engine/runtime/named_secrets.h"
#include "engine/syncs/comparison.h"
#include "engine/syncs/connector_side.h"
#include "engine/syncs/platform_records.h"
#include "engine/syncs/platform_side.h"
#include "engine/syncs/sync_turn.h"
#include "engine/syncs/two_way_syncs.h"

namespace sb::app {
namespace {

namespace pg = adapters::postgres;
namespace os = adapters::system;

constexpr int kEngineThreads = 4;  ///< For the engine's own blocking work: commits, polls, loads.
constexpr int kDoorThreads = 16;   ///< For requests that wait for a database or a provider.
constexpr std::size_t kDoorQueue = 1000;
constexpr int kCredentialThreads = 8;  ///< For renewals, each of which may wait for a provider.
constexpr int kGapThreads = 4;         ///< For looks at webhooks and pages of gaps.
constexpr int kSettlingThreads =
    4;  ///< For records that are read again; each may wait long for quota.
constexpr int kOnwardThreads = 6;     ///< For requests to destinations, and a look.
constexpr int kRecordingThreads = 5;  ///< For four downloads, which may take minutes, and a look.
constexpr int kSyncThreads = 6;       ///< For pages of streams; each may wait long for quota.
constexpr int kSyncNewsThreads =
    4;  ///< For what events tell the tables: one destination may be slow.
/// For turns of two-way syncs, each of a sync of its own. They wait for quota and for customers'
/// databases most of the time, and one that waits must not hold up the others.
constexpr int kLinkThreads = 32;
constexpr int kLinkCompareThreads = 4;  ///< For pages of both sides; records are held in memory.
constexpr Millis kGrace = std::chrono::seconds(5);
constexpr Millis kLongestMemory = std::chrono::hours(24 * 365);
constexpr Millis kPartitionRound = std::chrono::hours(1);
constexpr Millis kBucketConnectTimeout = std::chrono::seconds(5);  ///< A start waits for it.
constexpr std::size_t kProbeMarkBytes = 8;
constexpr Slot kHouseSlot = 0;  ///< Whose owner does what one instance must do for all.

}  // namespace

/// The stores, all on one database; heartbeats have connections that nothing else can use up.
struct Stores {
  Stores(pg::Database& database, pg::Database& pulse_database)
      : accounts(database),
        account_history(database),
        refreshes(database),
        sessions(database),
        workflows(database),
        inbox(database),
        dead_letters(database),
        erasures(database),
        gaps(database),
        settlings(database),
        syncs(database),
        links(database),
        platform_records(database),
        sync_ledger(database),
        recordings(database),
        sync_proofs(database),
        skips(database),
        destinations(database),
        onward(database),
        deliveries(database),
        feed(database),
        runs(database),
        schedules(database),
        commands(database),
        ownership(pulse_database),
        api_keys(database),
        secrets(database),
        data_keys(database),
        early_values(database),
        applications(database) {}

  pg::PostgresAccountStore accounts;
  pg::PostgresAccountHistory account_history;
  pg::PostgresRefreshStore refreshes;
  pg::PostgresSessionStore sessions;
  pg::PostgresWorkflowStore workflows;
  pg::PostgresInboxStore inbox;
  pg::PostgresDeadLetterStore dead_letters;
  pg::PostgresErasureStore erasures;
  pg::PostgresGapStore gaps;
  pg::PostgresSettlingStore settlings;
  pg::PostgresSyncStore syncs;
  pg::PostgresLinkStore links;
  pg::PostgresPlatformRecordStore platform_records;
  pg::PostgresSyncLedger sync_ledger;
  pg::PostgresRecordingStore recordings;
  pg::PostgresSyncProofStore sync_proofs;
  pg::PostgresSkipLedger skips;
  pg::PostgresDestinationStore destinations;
  pg::PostgresDeliveryStore onward;
  pg::PostgresDeliveryHistory deliveries;
  pg::PostgresEventFeed feed;
  pg::PostgresRunStore runs;
  pg::PostgresScheduleStore schedules;
  pg::PostgresCommandStore commands;
  pg::PostgresOwnershipStore ownership;
  pg::PostgresApiKeyStore api_keys;
  pg::PostgresSecretStore secrets;
  pg::PostgresDataKeyStore data_keys;
  pg::PostgresEarlyValueStore early_values;
  pg::PostgresApplicationStore applications;
};

// In the order in which things may be used by what follows; they go away in the reverse order.
struct Server::Parts {
  os::SystemClock clock;
  os::SystemRandom random;
  Metrics metrics;
  std::optional<os::DataDirectory> directory;
  std::unique_ptr<os::EmbeddedPostgres> private_postgres;
  std::unique_ptr<pg::Database> database;
  std::unique_ptr<pg::Database> pulse_database;
  std::unique_ptr<pg::PostgresDoorbell> doorbell;
  std::unique_ptr<Stores> stores;
  std::unique_ptr<SyncDestinations> destinations;
  std::unique_ptr<pg::Partitions> partitions;
  std::optional<adapters::crypto::SodiumKeys> vault_keys;
  std::optional<adapters::crypto::SodiumVault> vault;
  std::optional<accounts::KeyRotation> key_rotation;
  std::optional<api::TenantTokens> tenant_tokens;
  std::optional<accounts::RecordingLinks> recording_links;
  adapters::jq::JqExpressions expressions;
  adapters::phone::PhoneNumberReader phones;
  os::SystemTimeZones zones;
  std::unique_ptr<connector::Library> connectors;
  std::map<std::string, accounts::OAuthClient> oauth_clients;
  std::unique_ptr<os::FileSpool> spool;
  std::unique_ptr<os::MappedBlackBox> black_box;
  std::unique_ptr<IdGenerator> ids;
  std::unique_ptr<adapters::curl::CurlHttpClient> http;
  std::unique_ptr<accounts::ProviderClocks> provider_http;  ///< `http`, watched.
  std::unique_ptr<adapters::curl::CurlHttpClient> open_http;
  std::unique_ptr<adapters::curl::CurlHttpClient> media_http;   ///< Its thread writes files.
  std::unique_ptr<adapters::curl::CurlHttpClient> bucket_http;  ///< Its thread reads files.
  std::unique_ptr<ports::MediaStore> media;
  std::unique_ptr<os::SerialExecutor> home;
  std::unique_ptr<os::SerialExecutor> pulse;
  std::unique_ptr<os::WorkerPool> engine_pool;
  std::unique_ptr<os::WorkerPool> door_pool;
  std::unique_ptr<os::WorkerPool> credential_pool;
  std::unique_ptr<os::WorkerPool> gap_pool;
  std::unique_ptr<os::WorkerPool> settling_pool;
  std::unique_ptr<os::WorkerPool> recording_pool;
  std::unique_ptr<os::WorkerPool> sync_pool;
  std::unique_ptr<os::WorkerPool> sync_news_pool;
  std::unique_ptr<os::SerialExecutor> link_looks;
  std::unique_ptr<os::WorkerPool> link_pool;
  std::unique_ptr<os::WorkerPool> link_compare_pool;
  std::unique_ptr<os::WorkerPool> onward_pool;
  std::unique_ptr<runtime::LocalEngine> engine;
  std::unique_ptr<accounts::AccountBook> account_book;
  std::unique_ptr<accounts::TokenRefresher> refresher;
  std::unique_ptr<accounts::CredentialCare> credential_care;
  std::unique_ptr<accounts::GapBook> gap_book;
  std::unique_ptr<accounts::Connections> connections;
  std::unique_ptr<accounts::AccountNews> account_news;
  std::unique_ptr<CredentialKeeper> credentials;
  std::unique_ptr<SubscriptionKeeper> subscriptions;
  std::unique_ptr<accounts::CheckUp> check_up;
  std::unique_ptr<accounts::RegionReader> regions;
  std::unique_ptr<accounts::Erasures> erasures;
  std::unique_ptr<accounts::Reports> reports;
  std::unique_ptr<ErasureKeeper> erasure_keeper;
  std::unique_ptr<accounts::WebhookWatch> webhook_watch;
  std::unique_ptr<accounts::GapRepair> gap_repair;
  std::unique_ptr<GapKeeper> gap_keeper;
  std::unique_ptr<accounts::Settlings> settlings;
  std::unique_ptr<SettlingKeeper> settling_keeper;
  std::unique_ptr<accounts::Replications> replications;
  std::unique_ptr<accounts::SyncNews> sync_news;
  std::unique_ptr<SyncKeeper> sync_keeper;
  std::unique_ptr<AccountPace> account_pace;
  syncs::SideMemory side_memory;
  syncs::HeardRecords heard_records;
  std::unique_ptr<syncs::SceneBook> scenes;
  std::unique_ptr<syncs::TwoWaySyncs> two_way;
  std::unique_ptr<syncs::PlatformRecords> platform_records;
  std::unique_ptr<syncs::LinkWorker> link_worker;
  std::unique_ptr<syncs::SyncTurn> sync_turn;
  std::unique_ptr<syncs::Comparison> comparison;
  std::unique_ptr<LinkKeeper> link_keeper;
  std::unique_ptr<accounts::RecordingNotice> recording_notice;
  std::unique_ptr<accounts::RecordingFetch> recording_fetch;
  std::unique_ptr<accounts::RecordingUpkeep> recording_upkeep;
  std::unique_ptr<RecordingKeeper> recording_keeper;
  std::unique_ptr<accounts::SyncVerifier> sync_verifier;
  std::unique_ptr<runtime::NamedSecrets> onward_secrets;
  std::unique_ptr<accounts::OnwardNotice> onward_notice;
  std::unique_ptr<accounts::OnwardDelivery> onward_delivery;
  std::unique_ptr<OnwardKeeper> onward_keeper;
  std::unique_ptr<edge::Door> door;
  std::unique_ptr<api::ApiServer> api;
  std::string http_address;
  std::string public_url;
  std::atomic<bool> ready = false;
};

Server::Server(ServeConfig config, std::function<void(std::string)> lost)
    : config_(std::move(config)), lost_(std::move(lost)), parts_(std::make_unique<Parts>()) {}

Server::~Server() {
  Stop();
}

Status Server::Start() {
  for (const auto step : {&Server::LoadConnectors, &Server::OpenDatabase, &Server::LoadSecrets,
                          &Server::BuildEngine, &Server::OpenDoors}) {
    if (Status done = (this->*step)(); !done.ok()) {
      Stop();
      return done;
    }
  }
  parts_->ready = true;
  if (Status written = WriteEndpoints(); !written.ok()) return written;
  parts_->subscriptions->Start();
  parts_->credentials->Start();
  parts_->erasure_keeper->Start();
  parts_->gap_keeper->Start();
  parts_->settling_keeper->Start();
  parts_->recording_keeper->Start();
  parts_->sync_keeper->Start();
  parts_->link_keeper->Start();
  parts_->onward_keeper->Start();
  parts_->engine_pool->Post([this] { ForgetTheOld(); });
  return {};
}

Status Server::OpenDatabase() {
  Parts& parts = *parts_;
  auto directory = os::DataDirectory::Open(config_.data_dir, parts.random);
  if (!directory.ok()) return directory.error();
  parts.directory.emplace(std::move(directory).value());
  parts.ids = std::make_unique<IdGenerator>(parts.directory->instance().number());
  pg::DatabaseSettings settings{.url = config_.database_url};
  if (config_.database_url.empty()) {
    auto started = os::EmbeddedPostgres::Start(*parts.directory);
    if (!started.ok()) return started.error();
    parts.private_postgres = std::move(started).value();
    settings.url = parts.private_postgres->url();
  }
  const auto migrated = pg::Migrator(settings, pg::BuiltInMigrations()).Up();
  if (!migrated.ok()) return migrated.error();
  if (*migrated > 0) Log::Info("database.migrated", {{"migrations", *migrated}});
  parts.database = std::make_unique<pg::Database>(settings);
  pg::DatabaseSettings pulse_settings = settings;
  pulse_settings.connections = 1;
  pulse_settings.statement_timeout = std::max(config_.time_to_live / 3, Millis(500));
  parts.pulse_database = std::make_unique<pg::Database>(pulse_settings);
  parts.doorbell = std::make_unique<pg::PostgresDoorbell>(settings, parts.clock);
  parts.stores = std::make_unique<Stores>(*parts.database, *parts.pulse_database);
  parts.destinations = std::make_unique<SyncDestinations>(*parts.database, config_.destinations);
  parts.partitions = std::make_unique<pg::Partitions>(*parts.database, parts.clock);
  const auto made = parts.partitions->RunOnce();
  return made.ok() ? Status() : Status(made.error());
}

Status Server::LoadSecrets() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  auto keys = LoadVaultKeys(config_, stores.data_keys);
  if (!keys.ok()) return keys.error();
  parts.vault_keys.emplace(std::move(keys).value());
  parts.vault.emplace(*parts.vault_keys, stores.data_keys);
  const Status right = CheckVaultKeys(parts.directory->instance(), *parts.vault_keys, *parts.vault,
                                      stores.data_keys);
  if (!right.ok()) return right;
  parts.key_rotation.emplace(accounts::KeyRotation::Dependencies{
      stores.data_keys, stores.early_values, *parts.vault_keys, *parts.vault});
  if (Status loaded = LoadTokenKey(); !loaded.ok()) return loaded;
  const auto made = api::EnsureAdminKey(stores.api_keys, *parts.ids, parts.random,
                                        parts.directory->path() / kAdminKeyFile, parts.clock.Now());
  return made.ok() ? Status() : Status(made.error());
}

Status Server::LoadTokenKey() {
  const ports::SealContext context{"installation", "token-key"};
  Parts& parts = *parts_;
  const auto own = parts.vault->Seal(Secret(parts.random.Bytes(32)), context);
  if (!own.ok()) return own.error();
  const auto stored = pg::SealedTokenKey(*parts.database, *own);
  if (!stored.ok()) return stored.error();
  auto key = parts.vault->Open(*stored, context);
  if (!key.ok()) return key.error();
  parts.recording_links.emplace(*key);
  parts.tenant_tokens.emplace(std::move(key).value());
  return {};
}

Status Server::LoadConnectors() {
  Parts& parts = *parts_;
  ConnectorFolders own;
  if (!config_.connectors.empty()) {
    auto read = ConnectorFolders::ReadAll(config_.connectors);
    if (!read.ok()) return read.error();
    own = std::move(read).value();
  }
  const std::map<std::string, connector::Addresses> addresses = {
      {"aircall", {config_.aircall_api_url, config_.aircall_oauth_url}}};
  const auto files = own.Beside(embedded::ConnectorFiles());
  if (!files.ok()) return files.error();
  auto connectors = connector::Library::Load(*files, addresses, parts.expressions);
  if (!connectors.ok()) return connectors.error();
  parts.connectors = std::move(connectors).value();
  auto clients = OAuthClientsOf(config_);
  if (!clients.ok()) return clients.error();
  parts.oauth_clients = std::move(clients).value();
  for (const auto& [name, client] : parts.oauth_clients) {
    const connector::Connector* connector = parts.connectors->FindConnector(name);
    if (connector != nullptr && connector->oauth) continue;
    return Invalid("CONFIG_INVALID", "--oauth-client names '" + name + "', which is no connector" +
                                         (connector == nullptr ? "" : " with OAuth"));
  }
  return {};
}

Status Server::OpenMedia() {
  Parts& parts = *parts_;
  if (!config_.recordings_s3.empty()) return OpenBucket();
  auto media = os::MediaDirectory::Open(config_.recordings_dir.empty()
                                            ? parts.directory->path() / "recordings"
                                            : config_.recordings_dir,
                                        parts.random);
  if (!media.ok()) return media.error();
  parts.media = std::move(media).value();
  return {};
}

Status Server::OpenBucket() {
  Parts& parts = *parts_;
  auto place = RecordingPlaceOf(config_);
  if (!place.ok()) return place.error();
  // The operator chose the endpoint, wherever it is.
  parts.bucket_http =
      std::make_unique<adapters::curl::CurlHttpClient>(adapters::curl::CurlHttpClient::Settings{
          .addresses = adapters::curl::AddressPolicy::kAnywhere,
          .connect_timeout = kBucketConnectTimeout});
  auto store = std::make_unique<adapters::s3::S3MediaStore>(
      adapters::s3::S3MediaStore::Settings{.place = std::move(*place),
                                           .spool = parts.directory->path() / "uploads"},
      adapters::s3::S3MediaStore::Dependencies{
          *parts.bucket_http, parts.clock, BucketCredentials(config_.bucket_key),
          [](Millis time) { std::this_thread::sleep_for(time); }});
  const Status fit = store->Probe(ToHex(parts.random.Bytes(kProbeMarkBytes)));
  if (!fit.ok() && fit.error().kind == ErrorKind::kInvalid) return fit;
  // Webhooks are taken all the same: recordings are fetched once it is back.
  if (!fit.ok()) Log::Warn("recording.store_unreachable", {{"code", fit.error().code}});
  parts.media = std::move(store);
  return {};
}

Status Server::BuildEngine() {
  Parts& parts = *parts_;
  auto spool = os::FileSpool::Open(parts.directory->path() / "spool");
  if (!spool.ok()) return spool.error();
  parts.spool = std::move(spool).value();
  auto black_box = os::MappedBlackBox::Open(parts.directory->path() / "executing");
  if (!black_box.ok()) return black_box.error();
  parts.black_box = std::move(black_box).value();
  if (Status opened = OpenMedia(); !opened.ok()) return opened;
  // What is called is public, or named by the operator. Whoever points us at another Aircall names
  // it for connectors only: a workflow's author is no operator.
  const auto rules = HostRulesOf(config_);
  if (!rules.ok()) return rules.error();
  auto provider_rules = *rules;
  if (!config_.aircall_api_url.empty())
    provider_rules.private_allowed.insert(adapters::curl::HostOf(config_.aircall_api_url));
  parts.media_http = std::make_unique<adapters::curl::CurlHttpClient>(
      adapters::curl::CurlHttpClient::Settings{.hosts = provider_rules});
  parts.http = std::make_unique<adapters::curl::CurlHttpClient>(
      adapters::curl::CurlHttpClient::Settings{.hosts = std::move(provider_rules)});
  parts.provider_http = std::make_unique<accounts::ProviderClocks>(*parts.http, parts.clock);
  parts.open_http = std::make_unique<adapters::curl::CurlHttpClient>(
      adapters::curl::CurlHttpClient::Settings{.hosts = *rules});
  parts.home = std::make_unique<os::SerialExecutor>(parts.clock);
  parts.pulse = std::make_unique<os::SerialExecutor>(parts.clock);
  parts.engine_pool = std::make_unique<os::WorkerPool>(parts.clock, kEngineThreads, SIZE_MAX);
  parts.door_pool = std::make_unique<os::WorkerPool>(parts.clock, kDoorThreads, kDoorQueue);
  parts.credential_pool =
      std::make_unique<os::WorkerPool>(parts.clock, kCredentialThreads, SIZE_MAX);
  parts.gap_pool = std::make_unique<os::WorkerPool>(parts.clock, kGapThreads, SIZE_MAX);
  parts.settling_pool = std::make_unique<os::WorkerPool>(parts.clock, kSettlingThreads, SIZE_MAX);
  parts.recording_pool = std::make_unique<os::WorkerPool>(parts.clock, kRecordingThreads, SIZE_MAX);
  parts.sync_pool = std::make_unique<os::WorkerPool>(parts.clock, kSyncThreads, SIZE_MAX);
  parts.sync_news_pool = std::make_unique<os::WorkerPool>(parts.clock, kSyncNewsThreads, SIZE_MAX);
  parts.link_looks = std::make_unique<os::SerialExecutor>(parts.clock);
  parts.link_pool = std::make_unique<os::WorkerPool>(parts.clock, kLinkThreads, SIZE_MAX);
  parts.link_compare_pool =
      std::make_unique<os::WorkerPool>(parts.clock, kLinkCompareThreads, SIZE_MAX);
  parts.onward_pool = std::make_unique<os::WorkerPool>(parts.clock, kOnwardThreads, SIZE_MAX);

  Stores& stores = *parts.stores;
  runtime::LocalEngine::Settings settings;
  settings.instance = parts.directory->instance();
  settings.request_timeout = config_.request_timeout;
  settings.time_to_live = config_.time_to_live;
  parts.engine = std::make_unique<runtime::LocalEngine>(
      runtime::LocalEngine::Dependencies{
          stores.ownership,
          stores.commands,
          stores.accounts,
          stores.workflows,
          stores.inbox,
          stores.runs,
          stores.schedules,
          stores.secrets,
          *parts.vault,
          *parts.provider_http,
          *parts.open_http,
          *parts.connectors,
          parts.expressions,
          parts.zones,
          parts.clock,
          parts.random,
          *parts.ids,
          *parts.home,
          *parts.engine_pool,
          *parts.pulse,
          *parts.doorbell,
          parts.metrics,
          [&parts](AccountId account, std::int64_t generation, const auto& answer) {
            parts.credential_pool->Post([&parts, account, generation, answer] {
              answer(parts.credential_care->OnRefused(account, generation));
            });
          },
          [&parts](Millis offset) { parts.clock.SetOffset(offset); },
          lost_,
          [&parts] { parts.subscriptions->Ring(); },
          [&parts](AccountId account) { parts.door->AccountChanged(account); },
          [&parts] { parts.subscriptions->Ring(); },
          [&parts](AccountId account) { return parts.credential_care->OnGrantTakenBack(account); },
          parts.black_box.get(),
          parts.spool.get(),
          &parts.phones,
          [&parts](const ports::InboxItem& item, const Json& data) {
            return parts.settlings->Note(item, data);
          },
          [&parts](AccountId account) { parts.regions->Note(account); }},
      settings);

  BuildCredentialCare();
  BuildGapBook();
  auto allowed = accounts::AllowedAddresses::Parse(config_.return_url_allow);
  if (!allowed.ok()) return allowed.error();
  accounts::Connections::Dependencies dependencies{
      stores.accounts,
      stores.sessions,
      stores.applications,
      *parts.vault,
      *parts.provider_http,
      parts.engine->actions(),
      *parts.connectors,
      parts.expressions,
      parts.clock,
      parts.random,
      *parts.ids,
      parts.metrics,
      parts.oauth_clients,
      *std::move(allowed),
      [&parts] { return parts.public_url; },
      [this](const ports::Account& account) { return WantedEventsOf(account); },
      *parts.account_book,
      *parts.credential_care,
      parts.gap_book.get()};
  parts.connections = std::make_unique<accounts::Connections>(dependencies);
  BuildSyncVerifier(dependencies);
  BuildGapKeeping(dependencies);
  BuildSettling(dependencies);
  BuildReplications(dependencies);
  BuildTwoWaySyncs();
  parts.regions = std::make_unique<accounts::RegionReader>(dependencies, *parts.door_pool);
  parts.check_up = std::make_unique<accounts::CheckUp>(accounts::CheckUp::Dependencies{
      *parts.connections, std::move(dependencies), stores.runs,
      [&parts](const std::string& url) { return parts.provider_http->AheadOf(url); },
      [&parts] { return parts.database->Now(); }});
  BuildErasures();
  BuildRecordings();
  BuildOnward();
  parts.subscriptions = std::make_unique<SubscriptionKeeper>(
      *parts.connections, stores.accounts, parts.clock, *parts.door_pool,
      [&parts](const ports::Account& account) { return parts.engine->Owns(account.slot); });
  KeepPartitions();
  return {};
}

void Server::BuildCredentialCare() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  parts.account_book = std::make_unique<accounts::AccountBook>(
      stores.accounts, parts.clock, [&parts](const ports::Account& account) {
        parts.engine->AccountChanged(account.id);
        parts.door->AccountChanged(account.id);
      });
  parts.refresher =
      std::make_unique<accounts::TokenRefresher>(accounts::TokenRefresher::Dependencies{
          stores.refreshes, *parts.vault, *parts.http, parts.clock, parts.random, parts.metrics,
          parts.directory->instance(),
          [&parts](const ports::Account& account, const ports::ApplicationKey& application) {
            return parts.connections->applications().ClientOf(account, application);
          }});
  parts.credential_care =
      std::make_unique<accounts::CredentialCare>(accounts::CredentialCare::Dependencies{
          *parts.account_book, *parts.refresher, stores.accounts, stores.refreshes, *parts.vault,
          *parts.http, *parts.connectors, parts.expressions, parts.clock});
  parts.account_news = std::make_unique<accounts::AccountNews>(accounts::AccountNews::Dependencies{
      stores.account_history, parts.clock, *parts.ids,
      [&parts] { return parts.engine->OwnedSlots(); },
      [&parts](ports::InboxItem item, std::function<void(Result<bool>)> stored) {
        parts.engine->AcceptEvent(
            std::move(item), {}, [&parts, stored = std::move(stored)](const Result<bool>& result) {
              parts.credential_pool->Post([stored, result] { stored(result); });
            });
      }});
  parts.credentials = std::make_unique<CredentialKeeper>(CredentialKeeper::Dependencies{
      *parts.credential_care, *parts.account_news, stores.refreshes,
      [&parts] { return parts.connections->applications().ForgetUnused(); }, parts.clock,
      parts.random, *parts.credential_pool, [&parts] { return parts.engine->OwnedSlots(); }});
}

void Server::BuildErasures() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  parts.erasures = std::make_unique<accounts::Erasures>(accounts::Erasures::Dependencies{
      stores.erasures, stores.accounts, stores.runs, *parts.vault, *parts.connectors, parts.clock,
      parts.random, *parts.ids, parts.metrics,
      [&parts](RunId run) {
        parts.engine->CancelRun(run, "the data of its account is being erased",
                                [](const Status& /*done*/) {});
      },
      [&parts] { return !parts.spool->IsEmpty(); }, [&parts] { parts.erasure_keeper->Ring(); },
      [&parts](AccountId account) { return parts.stores->recordings.HasWaste(account); },
      [&parts](AccountId account, const core::personal::Redactor& redactor, bool count_only) {
        return parts.replications->Forget(account, redactor, count_only);
      }});
  parts.erasure_keeper =
      std::make_unique<ErasureKeeper>(*parts.erasures, parts.clock, *parts.door_pool,
                                      [&parts] { return parts.engine->Owns(kHouseSlot); });
}

Result<std::vector<std::string>> Server::WantedEventsOf(const ports::Account& account) {
  auto wanted = parts_->engine->WantedEvents(account.id);
  if (!wanted.ok()) return wanted;
  const auto policy = parts_->stores->recordings.Policy(account.id);
  if (!policy.ok()) return policy.error();
  const connector::Connector* connector = parts_->connectors->FindConnector(account.connector);
  if (connector == nullptr) return wanted;
  for (const std::string& type : accounts::RecordingEvents(*connector, policy->rules)) {
    if (std::ranges::count(*wanted, type) == 0) wanted->push_back(type);
  }
  const auto replicated = parts_->replications->WantedEvents(account);
  if (!replicated.ok()) return replicated.error();
  for (const std::string& type : *replicated) {
    if (std::ranges::count(*wanted, type) == 0) wanted->push_back(type);
  }
  const auto linked = parts_->two_way->WantedEvents(account);
  if (!linked.ok()) return linked.error();
  for (const std::string& type : *linked) {
    if (std::ranges::count(*wanted, type) == 0) wanted->push_back(type);
  }

  const auto destinations = parts_->stores->destinations.List(account.id);
  if (!destinations.ok()) return destinations.error();
  for (const ports::Destination& destination : *destinations) {
    for (const std::string& type : accounts::OnwardEvents(*connector, destination)) {
      if (std::ranges::count(*wanted, type) == 0) wanted->push_back(type);
    }
  }
  std::ranges::sort(*wanted);
  return wanted;
}

void Server::BuildRecordings() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  parts.recording_notice =
      std::make_unique<accounts::RecordingNotice>(accounts::RecordingNotice::Dependencies{
          stores.recordings, stores.accounts, stores.feed, *parts.connectors, parts.expressions,
          parts.clock, *parts.ids, [&parts] { parts.recording_keeper->Ring(); }});
  parts.recording_fetch =
      std::make_unique<accounts::RecordingFetch>(accounts::RecordingFetch::Dependencies{
          stores.recordings, stores.accounts, stores.inbox, *parts.media, *parts.media_http,
          parts.engine->actions(), *parts.connectors, parts.expressions, parts.clock, parts.metrics,
          [&parts] { return parts.engine->OwnedSlots(); }});
  parts.recording_upkeep =
      std::make_unique<accounts::RecordingUpkeep>(accounts::RecordingUpkeep::Dependencies{
          stores.recordings, *parts.media, parts.clock, parts.metrics});
  parts.recording_keeper = std::make_unique<RecordingKeeper>(RecordingKeeper::Dependencies{
      *parts.recording_notice, *parts.recording_fetch, *parts.recording_upkeep, parts.clock,
      *parts.recording_pool, [&parts] { return parts.engine->Owns(kHouseSlot); }});
}

void Server::BuildOnward() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  parts.onward_secrets =
      std::make_unique<runtime::NamedSecrets>(runtime::NamedSecrets::Dependencies{
          stores.accounts, stores.secrets, *parts.vault, parts.expressions});
  parts.onward_notice =
      std::make_unique<accounts::OnwardNotice>(accounts::OnwardNotice::Dependencies{
          stores.destinations, stores.onward, stores.accounts, stores.feed, *parts.connectors,
          parts.expressions, parts.clock, [&parts] { parts.onward_keeper->Ring(); }});
  // The tenant chose where it goes, so it goes where workflows may go.
  parts.onward_delivery =
      std::make_unique<accounts::OnwardDelivery>(accounts::OnwardDelivery::Dependencies{
          stores.destinations, stores.onward, stores.accounts, *parts.onward_secrets,
          *parts.open_http, *parts.connectors, parts.expressions, parts.clock, *parts.ids,
          parts.metrics, [&parts] { return parts.engine->OwnedSlots(); }});
  parts.onward_keeper = std::make_unique<OnwardKeeper>(OnwardKeeper::Dependencies{
      *parts.onward_notice, *parts.onward_delivery, parts.clock, *parts.onward_pool,
      [&parts] { return parts.engine->Owns(kHouseSlot); }});
}

void Server::BuildGapBook() {
  Parts& parts = *parts_;
  const auto retain = ParseRetention(config_.retain);
  const auto days = retain.ok() ? *retain : std::nullopt;
  // An hour less, since partitions go away by the day and clocks differ.
  const Millis memory = days ? Millis(*days) - std::chrono::hours(1) : kLongestMemory;
  parts.gap_book = std::make_unique<accounts::GapBook>(accounts::GapBook::Dependencies{
      parts.stores->gaps, parts.stores->deliveries, parts.clock, *parts.ids, parts.metrics, memory,
      [&parts] { parts.gap_keeper->Ring(); }});
}

void Server::BuildSyncVerifier(const accounts::ConnectionDependencies& world) {
  Parts& parts = *parts_;
  parts.sync_verifier = std::make_unique<accounts::SyncVerifier>(
      accounts::SyncVerifier::Dependencies{world, parts.stores->sync_proofs, parts.stores->skips,
                                           [&parts](const std::string& connection) {
                                             return parts.destinations->Find(connection);
                                           }});
}

void Server::BuildGapKeeping(const accounts::ConnectionDependencies& world) {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  accounts::WebhookWatch::Dependencies watch{world, stores.gaps, stores.deliveries,
                                             *parts.gap_book};
  watch.quiet = 3 * config_.watch_interval;
  parts.webhook_watch = std::make_unique<accounts::WebhookWatch>(std::move(watch));
  parts.gap_repair = std::make_unique<accounts::GapRepair>(accounts::GapRepair::Dependencies{
      *parts.connections, world, stores.gaps, stores.deliveries,
      [&parts] { return parts.engine->OwnedSlots(); },
      [&parts](ports::InboxItem item, std::optional<Json> data,
               std::function<void(Result<bool>)> stored) {
        parts.engine->AcceptEvent(std::move(item), std::move(data), std::move(stored));
      },
      [&parts] { return !parts.spool->IsEmpty(); },
      [&parts](const ports::Account& account) { return parts.two_way->CompareAfterGap(account); }});
  parts.gap_keeper = std::make_unique<GapKeeper>(GapKeeper::Dependencies{
      *parts.webhook_watch, *parts.gap_repair, stores.accounts, parts.clock, parts.random,
      *parts.gap_pool,
      [&parts](const ports::Account& account) { return parts.engine->Owns(account.slot); },
      config_.watch_interval});
}

void Server::BuildSettling(const accounts::ConnectionDependencies& world) {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  parts.settlings = std::make_unique<accounts::Settlings>(accounts::Settlings::Dependencies{
      world, stores.settlings, stores.inbox, [&parts] { return parts.engine->OwnedSlots(); },
      [&parts](ports::InboxItem item, std::optional<Json> data,
               std::function<void(Result<bool>)> stored) {
        parts.engine->AcceptEvent(std::move(item), std::move(data), std::move(stored));
      }});
  parts.settling_keeper = std::make_unique<SettlingKeeper>(
      SettlingKeeper::Dependencies{*parts.settlings, parts.clock, *parts.settling_pool});
}

void Server::BuildReplications(const accounts::ConnectionDependencies& world) {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  parts.replications =
      std::make_unique<accounts::Replications>(accounts::Replications::Dependencies{
          world, stores.syncs, stores.sync_ledger, stores.skips,
          [&parts](const std::string& connection) { return parts.destinations->Find(connection); },
          [&parts] { return parts.engine->OwnedSlots(); }, stores.feed,
          [&parts] {
            parts.subscriptions->Ring();
            parts.sync_keeper->Ring();
          }});
  parts.sync_news = std::make_unique<accounts::SyncNews>(accounts::SyncNews::Dependencies{
      *parts.replications, stores.syncs, stores.feed, parts.clock, parts.metrics});
  parts.sync_keeper = std::make_unique<SyncKeeper>(
      SyncKeeper::Dependencies{*parts.replications, *parts.sync_news, stores.syncs, parts.clock,
                               parts.metrics, *parts.sync_pool, *parts.sync_news_pool});
}

Result<syncs::MadeSide> Server::MakeSide(const syncs::SideWish& wish) {
  Parts& parts = *parts_;
  const core::twoway::SideSpec& spec = wish.definition.at(wish.side);
  syncs::MadeSide made;
  if (spec.connector == "postgres") {
    auto table = parts.destinations->TableOf(
        wish.definition, wish.side, syncs::PlaceNameOf(wish.account.id, wish.definition.head));
    if (!table.ok()) return table.error();
    made.records = *std::move(table);
    return made;
  }
  if (spec.connector == "platform") {
    made.records = std::make_unique<syncs::PlatformSide>(
        syncs::PlatformSide::Dependencies{
            parts.stores->platform_records, parts.clock,
            [&parts] {
              return parts.ids->Next<ports::RecordChangeTag>(parts.clock.Now()).number();
            }},
        ports::PlatformPlace{wish.account.slot, wish.account.id, spec.object}, spec.external_key);
    return made;
  }
  const connector::Connector* connector = parts.connectors->FindConnector(spec.connector);
  const bool known = connector != nullptr && connector->records.contains(spec.object);
  if (!known) {
    return Invalid("LINK_SIDE_UNKNOWN", "this server knows no records '" + spec.object + "' of '" +
                                            spec.connector + "'");
  }
  made.account = wish.account.id;
  if (!spec.account.empty()) {
    const auto other = ParseAccountId(spec.account);
    const auto account = other ? parts.stores->accounts.Get(*other)
                               : Result<ports::Account>(NotFound("ACCOUNT_NOT_FOUND", ""));
    const bool its_own = account.ok() && account->tenant == wish.account.tenant &&
                         account->connector == spec.connector;
    if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
    if (!its_own) {
      return Invalid("LINK_SIDE_UNKNOWN", "the tenant has no account '" + spec.account + "' of '" +
                                              spec.connector + "'");
    }
    made.account = *other;
  }
  const core::twoway::RecordKind& kind = connector->records.at(spec.object);
  auto side = std::make_unique<syncs::ConnectorSide>(
      syncs::ConnectorSide::Dependencies{parts.engine->actions(), parts.expressions, parts.clock,
                                         parts.side_memory},
      *connector, kind, made.account, spec.external_key);
  made.events = kind.changed_events;
  made.events.insert(made.events.end(), kind.gone_events.begin(), kind.gone_events.end());
  std::ranges::sort(made.events);
  made.poll = made.events.empty() ? kind.ask_every : Millis(0);
  made.hear = [teller = side.get()](const std::string& type, const Json& data) {
    return teller->Hear(type, data);
  };
  made.records = std::move(side);
  return made;
}

void Server::BuildTwoWaySyncs() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  const auto pace = [&parts](AccountId account) { return parts.account_pace->Of(account); };
  const auto stopped = [&parts] { return parts.link_keeper && parts.link_keeper->IsStopped(); };
  const auto slots = [&parts] { return parts.engine->OwnedSlots(); };
  const auto new_id = [&parts] {
    return parts.ids->Next<ports::LinkTag>(parts.clock.Now()).number();
  };
  parts.account_pace = std::make_unique<AccountPace>(*parts.engine, parts.clock);
  parts.scenes = std::make_unique<syncs::SceneBook>(syncs::SceneBook::Dependencies{
      parts.connectors->Records(), stores.accounts, parts.expressions, &parts.phones,
      [this](const syncs::SideWish& wish) { return MakeSide(wish); },
      [](const ports::Account& account) { return TextMember(account.profile, "region"); }});
  parts.two_way = std::make_unique<syncs::TwoWaySyncs>(syncs::TwoWaySyncs::Dependencies{
      stores.syncs, stores.links, stores.accounts, stores.feed, parts.clock, *parts.ids,
      parts.connectors->Records(), *parts.scenes, slots,
      [&parts] {
        parts.subscriptions->Ring();
        parts.link_keeper->Ring();
      },
      [&parts] { parts.link_keeper->Ring(); }, pace, &parts.phones});
  parts.platform_records = std::make_unique<syncs::PlatformRecords>(
      syncs::PlatformRecords::Dependencies{stores.platform_records, parts.clock});
  parts.link_worker = std::make_unique<syncs::LinkWorker>(
      syncs::LinkWorker::Dependencies{stores.links, parts.clock, new_id});
  parts.sync_turn = std::make_unique<syncs::SyncTurn>(syncs::SyncTurn::Dependencies{
      stores.syncs, stores.links, stores.feed, *parts.connectors, parts.clock, parts.metrics,
      *parts.link_worker, parts.heard_records});
  parts.comparison = std::make_unique<syncs::Comparison>(syncs::Comparison::Dependencies{
      stores.links, parts.clock, new_id, parts.metrics, parts.heard_records, pace, stopped});
  parts.link_keeper = std::make_unique<LinkKeeper>(LinkKeeper::Dependencies{
      *parts.two_way, *parts.scenes, *parts.sync_turn, *parts.comparison, stores.links, parts.clock,
      parts.metrics, *parts.link_looks, *parts.link_pool, *parts.link_compare_pool, slots});
}

Status Server::OpenDoors() {
  Parts& parts = *parts_;
  Stores& stores = *parts.stores;
  const auto proxies = TrustedProxiesOf(config_);
  if (!proxies.ok()) return proxies.error();
  edge::Door::Settings settings;
  settings.listener.tls = config_.http_tls;
  settings.listener.proxies = *proxies;
  parts.door = std::make_unique<edge::Door>(
      edge::Door::Dependencies{
          *parts.connections, stores.accounts, *parts.engine, *parts.connectors, *parts.door_pool,
          parts.clock, *parts.ids, parts.metrics, [&parts] { return parts.public_url; },
          [&parts] {
            if (!parts.ready) return std::vector<std::string>{"it is still starting, or stopping"};
            const Status database = parts.database->Check();
            return database.ok() ? std::vector<std::string>()
                                 : std::vector<std::string>{database.error().message};
          },
          &stores.recordings, parts.media.get(), &*parts.recording_links},
      settings);
  auto listening = parts.door->Start(config_.http_listen);
  if (!listening.ok()) return listening.error();
  parts.http_address = *listening;
  parts.public_url = config_.public_url;
  if (parts.public_url.empty())
    parts.public_url = (config_.http_tls.used() ? "https://" : "http://") + *listening;
  parts.reports = std::make_unique<accounts::Reports>(accounts::Reports::Dependencies{
      *parts.connectors, stores.syncs,
      [&parts](const std::string& connection) { return parts.destinations->Find(connection); }});
  // The public address is known from here on, so work that needs it may start.
  if (Status started = parts.engine->Start(); !started.ok()) return started;
  parts.api = std::make_unique<api::ApiServer>(api::Dependencies{
      stores.accounts,
      stores.account_history,
      stores.sessions,
      stores.workflows,
      stores.runs,
      stores.schedules,
      stores.inbox,
      stores.dead_letters,
      stores.feed,
      stores.api_keys,
      stores.secrets,
      *parts.vault,
      *parts.key_rotation,
      *parts.engine,
      *parts.connections,
      *parts.check_up,
      *parts.erasures,
      stores.erasures,
      stores.gaps,
      stores.recordings,
      *parts.recording_links,
      *parts.replications,
      *parts.sync_verifier,
      *parts.two_way,
      *parts.platform_records,
      stores.platform_records,
      stores.syncs,
      stores.sync_ledger,
      stores.sync_proofs,
      stores.skips,
      *parts.reports,
      stores.destinations,
      stores.onward,
      *parts.onward_delivery,
      [&parts] { parts.onward_keeper->Ring(); },
      parts.engine->actions(),
      *parts.connectors,
      parts.expressions,
      parts.zones,
      parts.clock,
      parts.random,
      *parts.ids,
      parts.metrics,
      *parts.tenant_tokens,
      *proxies,
      [&parts](std::function<void()> task) { return parts.door_pool->TryPost(std::move(task)); },
      [&parts] { parts.subscriptions->Ring(); },
      [&parts] { return parts.public_url; }});
  if (config_.grpc_tls.used()) {
    if (Status usable = edge::CheckTlsFiles(config_.grpc_tls); !usable.ok()) return usable;
  }
  return parts.api->Start(config_.grpc_listen, config_.grpc_tls);
}

Status Server::WriteEndpoints() const {
  const Json endpoints = {{"grpc", grpc_address()},
                          {"http", http_address()},
                          {"public_url", public_url()},
                          {"tls", config_.grpc_tls.used()},
                          {"pid", getpid()}};
  return WriteFileAtomically(parts_->directory->path() / kEndpointsFile,
                             PrettyJson(endpoints) + "\n");
}

void Server::KeepPartitions() {
  parts_->engine_pool->PostAt(parts_->clock.Now() + kPartitionRound, [this] {
    const auto made = parts_->partitions->RunOnce();
    if (!made.ok()) Log::Error("partitions.failed", {{"code", made.error().code}});
    ForgetTheOld();
    KeepPartitions();
  });
}

// By one instance for all.
void Server::ForgetTheOld() {
  if (!parts_->engine->Owns(kHouseSlot)) return;
  const auto keep = ParseRetention(config_.retain);
  if (!keep.ok() || !*keep) return;
  pg::Retention retention(*parts_->database, parts_->clock, **keep);
  const auto forgotten = retention.RunOnce();
  if (!forgotten.ok()) {
    Log::Warn("retention.interrupted", {{"code", forgotten.error().code}});
    return;  // it goes on with the next round
  }
  Log::Info("retention.done", {{"partitions", forgotten->partitions}, {"rows", forgotten->rows}});
}

void Server::Stop() {
  Parts& parts = *parts_;
  parts.ready = false;
  if (parts.subscriptions) parts.subscriptions->Stop();
  if (parts.credentials) parts.credentials->Stop();
  if (parts.erasure_keeper) parts.erasure_keeper->Stop();
  if (parts.gap_keeper) parts.gap_keeper->Stop();
  if (parts.settling_keeper) parts.settling_keeper->Stop();
  if (parts.recording_keeper) parts.recording_keeper->Stop();
  if (parts.sync_keeper) parts.sync_keeper->Stop();
  if (parts.link_keeper) parts.link_keeper->Stop();
  if (parts.onward_keeper) parts.onward_keeper->Stop();
  if (parts.api) parts.api->Stop(kGrace);
  if (parts.door) parts.door->Stop();
  if (parts.engine) parts.engine->Stop();
  if (parts.doorbell) parts.doorbell->Stop();
  if (parts.http) parts.http->Stop();  // answers whatever a door's thread still waits for
  if (parts.open_http) parts.open_http->Stop();
  if (parts.media_http) parts.media_http->Stop();
  if (parts.bucket_http) parts.bucket_http->Stop();
  if (parts.recording_pool) parts.recording_pool->Stop();
  if (parts.sync_pool) parts.sync_pool->Stop();
  if (parts.sync_news_pool) parts.sync_news_pool->Stop();
  if (parts.link_looks) parts.link_looks->Stop();
  if (parts.link_pool) parts.link_pool->Stop();
  if (parts.link_compare_pool) parts.link_compare_pool->Stop();
  if (parts.onward_pool) parts.onward_pool->Stop();
  if (parts.gap_pool) parts.gap_pool->Stop();
  if (parts.settling_pool) parts.settling_pool->Stop();
  if (parts.credential_pool) parts.credential_pool->Stop();
  if (parts.door_pool) parts.door_pool->Stop();
  if (parts.engine_pool) parts.engine_pool->Stop();
  if (parts.pulse) parts.pulse->Stop();
  if (parts.home) parts.home->Stop();
  if (parts.private_postgres) {
    parts.destinations.reset();
    parts.database.reset();
    parts.pulse_database.reset();
    const Status stopped = parts.private_postgres->Stop();
    if (!stopped.ok()) Log::Warn("postgres.stop_failed", {{"code", stopped.error().code}});
  }
}

std::string Server::grpc_address() const {
  return parts_->api ? parts_->api->address() : "";
}

std::string Server::http_address() const {
  return parts_->http_address;
}

std::string Server::public_url() const {
  return parts_->public_url;
}

}  // namespace sb::app
