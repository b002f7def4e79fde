#include "tests/sim/history.h"

#include <array>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "tests/sim/equipment.h"
#include "tests/sim/invariants.h"

namespace sb::sim {
namespace {

using namespace std::chrono_literals;

constexpr int kMembers = 3;
constexpr int kCompanies = 2;
constexpr AccountId kTwin{2000};  // another tenant's account of the first company
constexpr Millis kTurbulence = 40s;
constexpr Millis kPatience = std::chrono::minutes(15);

constexpr const char* kMissed = R"(
document: { dsl: '1.0.3', namespace: sim, name: missed, version: '1.0.0' }
schedule: { on: { one: { with: { type: io.aircall.call.ended } } } }
do:
  - both:
      fork:
        branches:
          - note:
              call: aircall.calls.comment
              with: { call_id: '${ $workflow.input[0].data.id }', content: nobody answered }
          - mark:
              do:
                - known: { call: aircall.tags.list }
                - tag:
                    call: aircall.calls.tag
                    with:
                      call_id: '${ $workflow.input[0].data.id }'
                      tags: ['${ $steps.known.output.tags[0].id }']
)";

constexpr const char* kContact = R"(
document: { dsl: '1.0.3', namespace: sim, name: contact, version: '1.0.0' }
do:
  - rest: { wait: { seconds: 2 } }
  - add:
      call: aircall.contacts.create
      with:
        first_name: Ada
        phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ]
)";

/// Long enough to leave memory, and with a child of its own.
constexpr const char* kPatient = R"(
document: { dsl: '1.0.3', namespace: sim, name: patient, version: '1.0.0' }
do:
  - rest: { wait: { seconds: 70 } }
  - child:
      run:
        workflow: { namespace: sim, name: contact, version: '1.0.0', input: { phone: '${ $workflow.input.phone }' } }
)";

/// One after the other, of those in a line.
constexpr const char* kInTurn = R"(
document: { dsl: '1.0.3', namespace: sim, name: in-turn, version: '1.0.0', metadata: { switchboard: { concurrency: { key: '${ .line }' } } } }
do:
  - rest: { wait: { seconds: 1 } }
  - add:
      call: aircall.contacts.create
      with:
        first_name: Bob
        phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ]
)";

/// Of a service that is none of Aircall's.
constexpr const char* kOrder = R"(
document: { dsl: '1.0.3', namespace: sim, name: order, version: '1.0.0' }
do:
  - look: { call: http, with: { method: get, endpoint: http://shop.sim/prices } }
  - order:
      call: http
      with: { method: post, endpoint: http://shop.sim/orders, body: { phone: '${ $workflow.input.phone }' } }
      metadata: { switchboard: { idempotency_key: true } }
)";

constexpr const char* kTick = R"(
document: { dsl: '1.0.3', namespace: sim, name: tick, version: '1.0.0' }
schedule: { every: { seconds: 9 } }
do:
  - note: { set: { noted: true } }
)";

std::string PhoneNumber(int number) {
  std::string digits = std::to_string(number);
  return "+1617" + std::string(7 - digits.size(), '0') + digits;
}

}  // namespace

History::History(std::uint64_t seed, Flaw flaw)
    : timeline_(seed),
      database_(timeline_),
      aircall_(timeline_, kCompanies),
      around_{timeline_, database_, aircall_, Connectors(), Jq(), Zones(), {}},
      members_(kMembers) {
  database_.flaw = flaw;
  crowded_ = timeline_.Chance(20);
  Connect();
  Deploy(kMissed, true);
  Deploy(kContact, false);
  Deploy(kPatient, false);
  Deploy(kInTurn, false);
  Deploy(kOrder, false);
  Deploy(kTick, true);
}

void History::Connect() {
  for (int company = 0; company < kCompanies; ++company) {
    const AccountId id(1000 + company);
    const auto slot = static_cast<Slot>(company * 700 + 5);
    ConnectOne(id, slot, company, std::to_string(aircall_.id(company)));
    around_.customers.push_back({id, slot});
  }
  const bool known = database_.flaw != Flaw::kQuotaCountedPerAccount;
  ConnectOne(kTwin, around_.customers[0].slot, 0, known ? std::to_string(aircall_.id(0)) : "");
}

void History::ConnectOne(AccountId id, Slot slot, int company, const std::string& external_id) {
  ports::Account account;
  account.id = id;
  account.slot = slot;
  account.tenant = id == kTwin ? "twin" : "sim";
  account.connector = "aircall";
  account.external_id = external_id;
  account.state = ports::AccountState::kActive;
  account.method = ports::AuthMethod::kApiKey;
  account.webhook.hook_id = ToText(id);
  (void)database_.accounts.Insert(account).ok();
  const connector::Credential credential{"api_key",
                                         {{"api_id", Secret(aircall_.key(company).id)},
                                          {"api_token", Secret(aircall_.key(company).token)}}};
  const auto context = connector::CredentialContext(id, account.connector, 1);
  (void)database_.accounts
      .PutCredential(id, {1, GlassVault().Seal(credential.ToSecret(), context).value()})
      .ok();
}

void History::Deploy(const std::string& source, bool everywhere) {
  ports::WorkflowVersion version;
  version.id = WorkflowId(static_cast<std::int64_t>(workflows_.size()) + 1);
  version.workspace = "sim";
  version.name = source.substr(source.find(", name: ") + 8);
  version.name = version.name.substr(0, version.name.find(','));
  version.version = "1.0.0";
  version.source = source;
  version.source_hash = Sha256(source);
  (void)database_.workflows.Deploy(version).ok();
  if (everywhere) (void)database_.workflows.Enable(version.id, AccountId()).ok();
  workflows_[version.name] = version.id;
}

// ---- Processes
// -------------------------------------------------------------------------------------------------

Instance* History::Living(int member) {
  auto& lives = members_[static_cast<std::size_t>(member)].lives;
  return !lives.empty() && lives.back()->alive() && lives.back()->started() ? lives.back().get()
                                                                            : nullptr;
}

Instance* History::AnyLiving() {
  const int first = timeline_.Roll(kMembers);
  for (int i = 0; i < kMembers; ++i) {
    if (Instance* living = Living((first + i) % kMembers)) return living;
  }
  return nullptr;
}

void History::StartMember(int number) {
  if (ended_) return;
  Member& member = members_[static_cast<std::size_t>(number)];
  auto instance =
      std::make_unique<Instance>(around_, number + 1, member.disk, [this, number] { End(number); });
  instance->ring_others = [this] {
    timeline_.After(5ms, [this] {
      for (int i = 0; i < kMembers; ++i) {
        if (Instance* living = Living(i)) living->Rung();
      }
    });
  };
  Instance& started = *instance;
  member.lives.push_back(std::move(instance));
  timeline_.Run([this, number, &started] {
    if (!started.Start() && started.alive()) End(number);
  });
}

/// The process ends, whyever, and comes back after a while.
void History::End(int number) {
  Member& member = members_[static_cast<std::size_t>(number)];
  if (member.lives.empty() || !member.lives.back()->alive()) return;
  member.lives.back()->Die();
  timeline_.After(timeline_.Between(500ms, 9s), [this, number] { StartMember(number); });
}

// ---- Load
// ------------------------------------------------------------------------------------------------------

void History::CallsComeIn(WallTime until) {
  if (timeline_.Now() >= until) return;
  const int company = timeline_.Roll(kCompanies);
  missed_[company].push_back(
      aircall_.MissCall(company, PhoneNumber(2'000'000 + timeline_.Roll(1'000'000))));
  timeline_.After(timeline_.Between(100ms, 4s), [this, until] { CallsComeIn(until); });
}

void History::ClientsStartRuns(WallTime until) {
  if (timeline_.Now() >= until) return;
  constexpr std::array<const char*, 7> kKinds = {"contact", "contact", "contact", "patient",
                                                 "in-turn", "in-turn", "order"};
  const std::string kind =
      kKinds[static_cast<std::size_t>(timeline_.Roll(static_cast<int>(kKinds.size())))];
  const int number = 5'000'000 + static_cast<int>(wanted_.size());
  wanted_.push_back({timeline_.Roll(kCompanies), PhoneNumber(number), workflows_.at(kind), {}});
  StartUntilAnswered(wanted_.size() - 1);
  const Millis pause = crowded_ ? timeline_.Between(20ms, 200ms) : timeline_.Between(50ms, 2500ms);
  timeline_.After(pause, [this, until] { ClientsStartRuns(until); });
}

void History::StartUntilAnswered(std::size_t index) {
  if (wanted_[index].run || ended_) return;
  if (Instance* living = AnyLiving()) {
    const WantedRun& wanted = wanted_[index];
    runtime::Engine::StartRequest request;
    request.account = around_.customers[static_cast<std::size_t>(wanted.company)].account;
    if (wanted.company == 0 && index % 2 == 0) request.account = kTwin;
    request.workflow = wanted.workflow;
    request.input = {{"phone", wanted.phone}, {"line", index % 2}};
    request.request_id = wanted.phone;
    living->StartRun(request, [this, index](const Result<RunId>& started) {
      if (!started.ok()) return;
      std::optional<RunId>& run = wanted_[index].run;
      if (run && *run != *started) violations_.emplace_back("I2: one request id, two runs");
      run = *started;
    });
  }
  // Sooner or later whether it is answered or not: a client that lost its patience.
  timeline_.After(timeline_.Between(300ms, 5s), [this, index] { StartUntilAnswered(index); });
}

/// Somebody holds a run, for a while or for good.
void History::PeopleHoldRuns(WallTime until) {
  if (timeline_.Now() >= until) return;
  timeline_.After(timeline_.Between(500ms, 6s), [this, until] { PeopleHoldRuns(until); });
  if (wanted_.empty()) return;
  const auto run =
      wanted_[static_cast<std::size_t>(timeline_.Roll(static_cast<int>(wanted_.size())))].run;
  Instance* living = AnyLiving();
  if (!run || living == nullptr) return;
  living->SuspendRun(*run);
  LetGo(*run);
}

/// Again and again: the wish to hold it may have been under way for longer.
void History::LetGo(RunId run) {
  timeline_.After(timeline_.Between(1s, 6s), [this, run] {
    if (ended_ || database_.tables.runs.at(run).finished) return;
    if (Instance* living = AnyLiving()) living->ResumeRun(run);
    LetGo(run);
  });
}

// ---- Faults
// ----------------------------------------------------------------------------------------------------

void History::ThingsGoWrong(WallTime until) {
  if (timeline_.Now() >= until || !faults_) return;
  GoWrongOnce();
  timeline_.After(timeline_.Between(500ms, 8s), [this, until] { ThingsGoWrong(until); });
}

void History::GoWrongOnce() {
  const int member = timeline_.Roll(kMembers);
  switch (timeline_.Roll(7)) {
    case 0:
    case 1:
      if (Living(member) == nullptr) return;
      ++deaths_;
      return End(member);
    case 2:
      if (Instance* living = Living(member)) {
        ++freezes_;
        living->Freeze(timeline_.Between(1s, 15s));
      }
      return;
    case 3:
      database_.away_until = timeline_.Now() + timeline_.Between(200ms, 5s);
      return;
    case 4:
      database_.slow_percent = timeline_.Roll(6);
      database_.doubt_percent = timeline_.Roll(6);
      return;
    case 5:
      ++freezes_;
      database_.catches_a_writer = true;
      return;
    default:
      aircall_.lost_percent = timeline_.Roll(25);
      return;
  }
}

void History::StopFaults() {
  faults_ = false;
  database_.slow_percent = 0;
  database_.doubt_percent = 0;
  database_.catches_a_writer = false;
  aircall_.lost_percent = 0;
}

bool History::IsDone() const {
  const testing::MemoryDatabase& tables = database_.tables;
  for (const auto& [id, run] : tables.runs) {
    if (!run.finished && run.stored.summary.workflow != workflows_.at("tick")) return false;
  }
  for (const WantedRun& wanted : wanted_) {
    if (!wanted.run) return false;
  }
  for (const Member& member : members_) {
    if (!member.disk.IsEmpty()) return false;
  }
  return tables.pending.empty();
}

Account History::Tell() {
  for (int i = 0; i < kMembers; ++i)
    timeline_.After(Millis(i * 300), [this, i] { StartMember(i); });
  aircall_.DeliverTo([this](int company, const std::string& body, std::function<void(bool)> done) {
    Instance* living = AnyLiving();
    if (living == nullptr) return;  // the connection is refused: it is sent again
    const auto event = connector::ReadWebhook(*Connectors().FindConnector("aircall"), body);
    const AccountId account = around_.customers[static_cast<std::size_t>(company)].account;
    living->Receive(company, body, [this, done, account, dedupe = event->dedupe](bool taken) {
      if (taken) taken_.emplace_back(account, dedupe);
      done(taken);
    });
  });
  timeline_.RunUntil(timeline_.Now() + 3s);
  const WallTime until = timeline_.Now() + kTurbulence;
  CallsComeIn(until);
  ClientsStartRuns(until);
  PeopleHoldRuns(until);
  ThingsGoWrong(until);
  timeline_.RunUntil(until);
  StopFaults();
  const WallTime deadline = timeline_.Now() + kPatience;
  timeline_.RunUntil(timeline_.Now() + 30s);  // deliveries that were refused come again
  while (!IsDone() && timeline_.Now() < deadline) timeline_.RunUntil(timeline_.Now() + 1s);
  if (!IsDone()) violations_.emplace_back("I10: the faults are over, and not everything has ended");
  return Judge();
}

// What still waits somewhere in a process comes to its end before the process is taken away.
History::~History() {
  for (Member& member : members_) {
    for (const auto& life : member.lives) life->Die();
  }
  ended_ = true;
  timeline_.RunUntil(timeline_.Now() + std::chrono::minutes(1));
}

Account History::Judge() {
  Evidence evidence{database_, aircall_, {}, missed_, {}, {}, taken_, workflows_, timeline_.Now()};
  for (const Customer& customer : around_.customers) evidence.accounts.push_back(customer.account);
  for (const WantedRun& wanted : wanted_) {
    if (wanted.workflow == workflows_.at("order")) {
      evidence.ordered.push_back(wanted.phone);
    } else {
      evidence.wanted.push_back({wanted.company, wanted.phone});
    }
    if (wanted.run && !database_.tables.runs.contains(*wanted.run))
      violations_.emplace_back("I1: a run that a client was told of is not there");
  }
  Account account;
  account.violations = violations_;
  for (std::string& each : Violations(evidence)) account.violations.push_back(std::move(each));
  for (const std::string& each : database_.violations) account.violations.push_back(each);
  account.fingerprint = Fingerprint(database_);
  account.runs = static_cast<int>(database_.tables.runs.size());
  for (int company = 0; company < kCompanies; ++company)
    account.requests += static_cast<int>(aircall_.Log("requests", company).size());
  account.deaths = deaths_;
  account.freezes = freezes_;
  return account;
}

}  // namespace sb::sim
