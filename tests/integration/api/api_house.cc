#include "tests/integration/api/api_house.h"

#include <chrono>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "embedded/ConnectorFiles.h"
#include "engine/base/encoding.h"
#include "engine/runtime/journal_codec.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/lent_record_side.h"

namespace sb::testing {
namespace {

namespace wf = core::workflow;

// Compiling jq programs takes time: one for the whole process.
const adapters::jq::JqExpressions& Jq() {
  static const adapters::jq::JqExpressions kJq;
  return kJq;
}

core::twoway::FieldLimits OfType(const std::string& type) {
  core::twoway::FieldLimits limits;
  limits.type = type;
  return limits;
}

}  // namespace

class ScriptedEngine::Watcher : public runtime::Watch {
 public:
  Watcher(std::shared_ptr<Watched> watched, int number)
      : watched_(std::move(watched)), number_(number) {}

  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  ~Watcher() override {
    const std::lock_guard lock(watched_->mutex);
    watched_->watchers.erase(number_);
  }

 private:
  std::shared_ptr<Watched> watched_;  // shared: see ScriptedEngine
  int number_;
};

std::optional<wf::Run> ScriptedEngine::StateOf(RunId id) const {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.runs.find(id);
  if (found == database_.runs.end()) return std::nullopt;
  return runtime::FromJournal(found->second.stored.journal).value();
}

void ScriptedEngine::Tell(RunId id, const std::vector<wf::FactBody>& facts) {
  runtime::RunNews news;
  news.id = id;
  for (const wf::FactBody& body : facts) news.facts.push_back({clock_.Now(), body});
  {
    const std::lock_guard lock(database_.mutex);
    auto& stored = database_.runs.at(id).stored;
    ++database_.commits;
    for (auto& row : runtime::ToJournal(stored.summary.key, stored.summary.seq, news.facts)) {
      stored.summary.seq = row.seq;
      database_.journal_feed[{database_.commits, id.number(), row.seq}] = row;
      stored.journal.push_back(std::move(row));
    }
    news.run = runtime::FromJournal(stored.journal).value();
    news.seq = stored.summary.seq;
    stored.summary.status = ToString(news.run.status);
    stored.summary.updated_at = clock_.Now();
  }
  Tell(news);
}

void ScriptedEngine::Tell(const runtime::RunNews& news) {
  std::vector<std::function<void(const runtime::RunNews&)>> watchers;
  {
    const std::lock_guard lock(watched_->mutex);
    for (const auto& [number, watcher] : watched_->watchers) {
      if (watcher.first == news.id) watchers.push_back(watcher.second);
    }
  }
  for (const auto& watcher : watchers) watcher(news);
}

void ScriptedEngine::TellWhole(RunId id) {
  runtime::RunNews news;
  news.id = id;
  news.whole = true;
  {
    const std::lock_guard lock(database_.mutex);
    const auto& stored = database_.runs.at(id).stored;
    news.run = runtime::FromJournal(stored.journal).value();
    news.facts = runtime::FactsOf(stored.journal).value();
    news.seq = stored.summary.seq;
  }
  Tell(news);
}

int ScriptedEngine::WatcherCount(RunId id) const {
  const std::lock_guard lock(watched_->mutex);
  int count = 0;
  for (const auto& [number, watcher] : watched_->watchers) count += watcher.first == id ? 1 : 0;
  return count;
}

std::string ScriptedEngine::cancel_reason() const {
  const std::lock_guard lock(mutex_);
  return cancel_reason_;
}

void ScriptedEngine::FailNextStart(Error error) {
  const std::lock_guard lock(mutex_);
  start_failure_ = std::move(error);
}

void ScriptedEngine::StartRun(StartRequest request, std::function<void(Result<RunId>)> done) {
  RunId id;
  {
    const std::lock_guard lock(mutex_);
    if (start_failure_) return done(*std::exchange(start_failure_, std::nullopt));
    const std::string key = request.sort + "/" + request.request_id;
    const auto before = by_request_.find(key);
    if (!request.request_id.empty() && before != by_request_.end()) return done(before->second);
    id = ids_.Next<RunTag>(clock_.Now());
    if (!request.request_id.empty()) by_request_[key] = id;
  }
  {
    const std::lock_guard lock(database_.mutex);
    auto& summary = database_.runs[id].stored.summary;
    summary.key = {0, request.account, id};
    summary.workflow = request.workflow;
    summary.event = request.event;
    summary.status = "RUNNING";
    summary.created_at = summary.updated_at = clock_.Now();
  }
  std::vector<wf::FactBody> facts;
  if (request.taken_over) {
    for (const wf::Fact& fact : request.taken_over->facts) facts.push_back(fact.body);
  } else {
    facts.push_back(wf::RunStarted{std::move(request.input), {}, std::move(request.retried_from)});
  }
  Tell(id, facts);
  done(id);
}

void ScriptedEngine::StartRuns(std::vector<StartRequest> requests,
                               std::function<void(StartedRuns)> done) {
  StartedRuns started;
  for (StartRequest& request : requests) {
    const auto starts = [this] {
      const std::lock_guard lock(database_.mutex);
      return database_.runs.size();
    };
    const std::size_t before = starts();
    StartRun(std::move(request), [&](const Result<RunId>& id) {
      started.push_back(id.ok() ? Result<StartedRun>(StartedRun{*id, starts() > before})
                                : Result<StartedRun>(id.error()));
    });
  }
  done(std::move(started));
}

void ScriptedEngine::CancelRun(RunId id, std::string reason, std::function<void(Status)> done) {
  const auto run = StateOf(id);
  if (!run) return done(NotFound("RUN_NOT_FOUND", "there is no such run"));
  if (IsFinal(run->status)) return done(Conflict("RUN_FINISHED", "the run has ended already"));
  {
    const std::lock_guard lock(mutex_);
    cancel_reason_ = reason;
  }
  Tell(id, {wf::RunCancelled{std::move(reason)}});
  done({});
}

void ScriptedEngine::SuspendRun(RunId id, std::string reason, std::function<void(Status)> done) {
  const auto run = StateOf(id);
  if (!run || run->status != wf::RunStatus::kRunning)
    return done(Conflict("RUN_NOT_RUNNING", "the run does not run"));
  Tell(id, {wf::RunParked{wf::kSuspended, std::move(reason), ""}});
  done({});
}

void ScriptedEngine::ResumeRun(RunId id, std::function<void(Status)> done) {
  const auto run = StateOf(id);
  if (!run || run->status != wf::RunStatus::kParked)
    return done(Conflict("RUN_NOT_PARKED", "the run is not parked"));
  Tell(id, {wf::RunResumed{}});
  done({});
}

std::unique_ptr<runtime::Watch> ScriptedEngine::WatchRun(
    RunId id, std::function<void(const runtime::RunNews&)> news) {
  const std::lock_guard lock(watched_->mutex);
  const int number = watched_->next++;
  watched_->watchers[number] = {id, std::move(news)};
  return std::make_unique<Watcher>(watched_, number);
}

void ScriptedEngine::ReadQuota(AccountId account, RunId run,
                               std::function<void(Result<runtime::QuotaReport>)> done) {
  runtime::QuotaReport fresh;
  fresh.account = account;
  fresh.at = clock_.Now();
  fresh.limit = 100;
  Result<runtime::QuotaReport> report = fresh;
  {
    const std::lock_guard lock(mutex_);
    const auto known = quotas_.find(account);
    if (known != quotas_.end()) report = known->second;
  }
  if (report.ok() && run.IsNone()) report->waits.clear();
  done(std::move(report));
}

void ScriptedEngine::StandAt(const runtime::QuotaReport& report) {
  const std::lock_guard lock(mutex_);
  quotas_.insert_or_assign(report.account, report);
}

void ScriptedEngine::FailQuota(AccountId account, Error error) {
  const std::lock_guard lock(mutex_);
  quotas_.insert_or_assign(account, std::move(error));
}

void ScriptedEngine::AcceptEvent(ports::InboxItem item, std::optional<Json>,
                                 std::function<void(Result<bool>)> done) {
  const bool is_new = MemoryInboxStore(database_).Append({std::move(item)}).value().front();
  done(is_new);
}

ApiHouse::ApiHouse(int threads, std::size_t queue)
    : expressions(Jq()),
      pool(std::make_unique<adapters::system::WorkerPool>(clock, threads, queue)),
      library(connector::Library::Load(embedded::ConnectorFiles(), {}, Jq()).value()) {
  book = std::make_unique<accounts::AccountBook>(accounts, clock, [](const ports::Account&) {});
  refresher = std::make_unique<accounts::TokenRefresher>(accounts::TokenRefresher::Dependencies{
      .refreshes = refreshes,
      .vault = vault,
      .http = http,
      .clock = clock,
      .random = random,
      .metrics = metrics,
      .instance = InstanceId(1),
      .client_of = [](const ports::Account&, const ports::ApplicationKey&)
          -> Result<std::optional<accounts::OAuthClient>> {
        return std::optional<accounts::OAuthClient>();
      }});
  care = std::make_unique<accounts::CredentialCare>(
      accounts::CredentialCare::Dependencies{.book = *book,
                                             .refresher = *refresher,
                                             .accounts = accounts,
                                             .refreshes = refreshes,
                                             .vault = vault,
                                             .http = http,
                                             .connectors = *library,
                                             .expressions = expressions,
                                             .clock = clock});
  accounts::ConnectionDependencies world{
      .accounts = accounts,
      .sessions = sessions,
      .applications = applications,
      .vault = vault,
      .http = http,
      .actions = performer,
      .connectors = *library,
      .expressions = expressions,
      .clock = clock,
      .random = random,
      .ids = ids,
      .metrics = metrics,
      .oauth_clients = {},
      .allowed_addresses = accounts::AllowedAddresses::Parse({"https://app.example"}).value(),
      .public_url = [] { return std::string("http://switchboard.test"); },
      .wanted_events = [](const ports::Account&) { return std::vector<std::string>(); },
      .book = *book,
      .care = *care};
  connections = std::make_unique<accounts::Connections>(world);
  check_up = std::make_unique<accounts::CheckUp>(accounts::CheckUp::Dependencies{
      .connections = *connections,
      .world = world,
      .runs = runs,
      .provider_ahead = [](const std::string&) { return Millis(100); },
      .database_time = [this] { return Result<WallTime>(clock.Now()); }});
  erasures = std::make_unique<accounts::Erasures>(accounts::Erasures::Dependencies{
      .store = erasure_store,
      .accounts = accounts,
      .runs = runs,
      .vault = vault,
      .connectors = *library,
      .clock = clock,
      .random = random,
      .ids = ids,
      .metrics = metrics,
      .cancel_run = [this](RunId run) { engine.CancelRun(run, "", [](const Status&) {}); },
      .deliveries_wait = [] { return false; },
      .begun = [this] { (void)pool->TryPost([this] { Erase(); }); }});
  BuildReplications(world);
  BuildTwoWay();
  reports = std::make_unique<accounts::Reports>(accounts::Reports::Dependencies{
      .connectors = *library, .syncs = report_syncs, .sink_of = [this](const std::string&) {
        return &report_tables;
      }});
  onward_delivery = std::make_unique<accounts::OnwardDelivery>(
      accounts::OnwardDelivery::Dependencies{.destinations = destinations,
                                             .deliveries = deliveries,
                                             .accounts = accounts,
                                             .secrets = named_secrets,
                                             .http = http,
                                             .connectors = *library,
                                             .expressions = expressions,
                                             .clock = clock,
                                             .ids = ids,
                                             .metrics = metrics,
                                             .our_slots = [] { return std::vector<Slot>{0}; }});
  server = std::make_unique<api::ApiServer>(Things());
  const auto started = server->Start("127.0.0.1:0");
  EXPECT_TRUE(started.ok()) << started.error().message;
  channel_ = grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
}

void ApiHouse::BuildReplications(const accounts::ConnectionDependencies& world) {
  // The server's own database only.
  const auto sink_of = [this](const std::string& connection) -> ports::RowSink* {
    return connection.empty() ? &tables : nullptr;
  };
  replications = std::make_unique<accounts::Replications>(
      accounts::Replications::Dependencies{.world = world,
                                           .syncs = syncs,
                                           .ledger = sync_ledger,
                                           .skips = skips,
                                           .sink_of = sink_of,
                                           .our_slots = [] { return std::vector<Slot>{0}; },
                                           .feed = feed,
                                           .changed = [this] { ++sync_changes; }});
  sync_verifier = std::make_unique<accounts::SyncVerifier>(accounts::SyncVerifier::Dependencies{
      .world = world, .proofs = sync_proofs, .skips = skips, .sink_of = sink_of});
}

FakeRecordSide::Options ApiHouse::ContactsSide() {
  FakeRecordSide::Options options;
  options.prefix = "419000";
  options.knows_writes = false;
  options.tells_changes = false;
  for (const char* field : {"first_name", "last_name", "company_name", "information"}) {
    options.shape[field] = OfType("text");
    options.shape[field].clears = false;
  }
  options.shape["phone_numbers"] = OfType("phones");
  options.shape["emails"] = OfType("emails");
  return options;
}

FakeRecordSide::Options ApiHouse::CustomersSide() {
  FakeRecordSide::Options options;
  options.prefix = "c";
  for (const char* column : {"first_name", "company", "phone"})
    options.shape[column] = OfType("text");
  return options;
}

void ApiHouse::BuildTwoWay() {
  scenes = std::make_unique<syncs::SceneBook>(syncs::SceneBook::Dependencies{
      .catalog = library->Records(),
      .accounts = accounts,
      .expressions = expressions,
      .phones = nullptr,
      .make_side = [this](const syncs::SideWish& wish) -> Result<syncs::MadeSide> {
        const bool is_a = wish.side == core::twoway::Side::kA;
        syncs::MadeSide made;
        made.records = std::make_unique<LentRecordSide>(is_a ? aircall_contacts : customers);
        return made;
      },
      .region_of = [](const ports::Account&) { return std::string("FR"); }});
  two_way = std::make_unique<syncs::TwoWaySyncs>(
      syncs::TwoWaySyncs::Dependencies{.syncs = syncs,
                                       .links = links,
                                       .accounts = accounts,
                                       .feed = feed,
                                       .clock = clock,
                                       .ids = ids,
                                       .catalog = library->Records(),
                                       .scenes = *scenes,
                                       .our_slots = [] { return std::vector<Slot>{0}; },
                                       .changed = [this] { ++sync_changes; },
                                       .requests_per_minute = [](AccountId) { return 60.0; }});
}

api::Dependencies ApiHouse::Things() {
  return api::Dependencies{
      .accounts = accounts,
      .account_history = account_history,
      .sessions = sessions,
      .workflows = workflows,
      .runs = runs,
      .schedules = schedules,
      .inbox = inbox,
      .dead_letters = dead_letters,
      .feed = feed,
      .api_keys = keys,
      .secrets = secrets,
      .vault = vault,
      .key_rotation = key_rotation,
      .engine = engine,
      .connections = *connections,
      .check_up = *check_up,
      .erasures = *erasures,
      .erasure_store = erasure_store,
      .gaps = gaps,
      .recordings = recordings,
      .recording_links = recording_links,
      .replications = *replications,
      .sync_verifier = *sync_verifier,
      .two_way = *two_way,
      .platform_records = platform_records,
      .record_store = record_store,
      .syncs = syncs,
      .sync_ledger = sync_ledger,
      .sync_proofs = sync_proofs,
      .skips = skips,
      .reports = *reports,
      .destinations = destinations,
      .deliveries = deliveries,
      .onward = *onward_delivery,
      .on_onward_changed = [this] { ++onward_changes; },
      .actions = performer,
      .connectors = *library,
      .expressions = expressions,
      .zones = zones,
      .clock = clock,
      .random = random,
      .ids = ids,
      .metrics = metrics,
      .tenant_tokens = tokens,
      .proxies = {},
      .post = [this](std::function<void()> task) { return pool->TryPost(std::move(task)); },
      .on_enablement_changed = [this] { ++enablement_changes; },
      .public_url = [] { return std::string("https://switchboard.example"); }};
}

ApiHouse::~ApiHouse() {
  StopEverything();
}

void ApiHouse::StopEverything() {
  server->Stop(Millis(0));
  pool->Stop();
}

std::string ApiHouse::AddKey(ports::Role role, const std::string& tenant) {
  return AddKey(role,
                tenant.empty() ? ports::TenantScope::All() : ports::TenantScope::Of({tenant}));
}

std::string ApiHouse::AddKey(ports::Role role, const ports::TenantScope& scope) {
  const std::string number = std::to_string(++key_count_);
  const std::string text = "sbk_test_" + number;
  const ports::ApiKey key{
      ids.Next<ApiKeyTag>(clock.Now()), Sha256(text), "key " + number, role, scope, clock.Now()};
  EXPECT_TRUE(keys.Insert(key).ok());
  return text;
}

AccountId ApiHouse::AddAccount(const std::string& tenant, const std::string& company) {
  ports::Account account;
  account.id = ids.Next<AccountTag>(clock.Now());
  account.tenant = tenant;
  account.connector = "aircall";
  account.external_id = ToText(account.id);
  account.display_name = company;
  account.state = ports::AccountState::kActive;
  account.webhook.hook_id = ToText(account.id);
  account.webhook.events = {"call.ended"};
  account.profile = {{"company", {{"name", company}}}};
  account.created_at = account.updated_at = clock.Now();
  EXPECT_TRUE(accounts.Insert(account).ok());
  return account.id;
}

WorkflowId ApiHouse::AddWorkflow(const std::string& name, const std::string& version) {
  ports::WorkflowVersion workflow;
  workflow.id = ids.Next<WorkflowTag>(clock.Now());
  workflow.workspace = "acme";
  workflow.name = name;
  workflow.version = version;
  workflow.source = NoteWorkflow(name, version);
  workflow.source_hash = Sha256(workflow.source);
  workflow.deployed_at = clock.Now();
  return workflows.Deploy(workflow).value().id;
}

RunId ApiHouse::AddRun(AccountId account, WorkflowId workflow) {
  RunId id;
  engine.StartRun({account, workflow, {{"call_id", 4190000017}}, ""},
                  [&id](const Result<RunId>& run) { id = *run; });
  return id;
}

EventId ApiHouse::AddEvent(AccountId account, const std::string& type) {
  ports::InboxItem item;
  item.account = account;
  item.id = ids.Next<EventTag>(clock.Now());
  item.dedupe = Sha256(ToText(item.id));
  item.event = type;
  item.entity = "calls";
  item.entity_id = "4190000017";
  item.received_at = clock.Now();
  item.body =
      R"({"resource":"call","event":"call.ended","timestamp":1780304400,"data":{"id":4190000017}})";
  EXPECT_TRUE(inbox.Append({item}).ok());
  return item.id;
}

std::unique_ptr<grpc::ClientContext> ApiHouse::With(const std::string& key) const {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!key.empty()) context->AddMetadata("authorization", "Bearer " + key);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  return context;
}

std::string NoteWorkflow(const std::string& name, const std::string& version) {
  return "document: { dsl: '1.0.3', namespace: acme, name: " + name + ", version: '" + version +
         "' }\n" +
         R"(do:
  - note:
      call: aircall.calls.comment
      with: { call_id: '${ $workflow.input.call_id }', content: hello }
)";
}

std::string CustomersSync(const std::string& version) {
  return R"(sync: { namespace: acme, name: customers, version: ')" + version + R"(' }
between:
  aircall: { connector: aircall, object: contact }
  crm: { connector: postgres, table: public.customers, key: id }
match: [phone]
fields:
  - { aircall: first_name, crm: first_name }
  - { aircall: company_name, crm: company, conflict: ask }
  - { aircall: phone_numbers, crm: [phone], as: phones }
)";
}

std::string WarehouseSync(const std::string& version) {
  return "sync: { namespace: acme, name: warehouse, version: '" + version +
         "' }\n"
         "replicate:\n"
         "  from: aircall\n"
         "  streams: [users, teams, tags]\n"
         "  into: { connector: postgres, schema: 'aircall_{account}' }\n";
}

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return {};
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return {};
}

}  // namespace sb::testing
