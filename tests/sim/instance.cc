#include "tests/sim/instance.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "tests/support/glass_vault.h"

namespace sb::sim {

using namespace std::chrono_literals;

ports::Vault& GlassVault() {
  static testing::GlassVault vault;
  return vault;
}

Instance::Instance(Surroundings& around, int number, testing::MemorySpool& spool,
                   std::function<void()> lost)
    : around_(around),
      id_(number),
      lost_(std::move(lost)),
      clock_(around.timeline, life_),
      random_(static_cast<unsigned>(around.timeline.Roll(1'000'000))),
      ids_(number),
      home_(around.timeline, life_, Thread::Kind::kSerial),
      pool_(around.timeline, life_, Thread::Kind::kPool),
      pulse_(around.timeline, life_, Thread::Kind::kSerial),
      wire_(around.timeline, life_, around.database),
      ownership_(wire_),
      inbox_(wire_),
      runs_(wire_, id_),
      commands_(wire_),
      bell_(*this),
      http_(*this) {
  runtime::LocalEngine::Settings settings;
  settings.instance = id_;
  settings.request_timeout = 4s;
  settings.time_to_live = 6s;
  engine_ = std::make_unique<runtime::LocalEngine>(
      runtime::LocalEngine::Dependencies{ownership_,
                                         commands_,
                                         around.database.accounts,
                                         around.database.workflows,
                                         inbox_,
                                         runs_,
                                         around.database.schedules,
                                         around.database.secrets,
                                         GlassVault(),
                                         http_,
                                         http_,
                                         around.connectors,
                                         around.expressions,
                                         around.zones,
                                         clock_,
                                         random_,
                                         ids_,
                                         home_,
                                         pool_,
                                         pulse_,
                                         bell_,
                                         metrics_,
                                         {},
                                         [](Millis) {},
                                         [this](const std::string&) {
                                           told_lost_ = true;
                                           if (!life_.dead) lost_();
                                         },
                                         [] {},
                                         [](AccountId) {},
                                         [] {},
                                         {},
                                         nullptr,
                                         &spool},
      settings);
}

// What is left of it comes to its end without reaching anybody: its heartbeat learns that it is
// lost, so that it gives nothing back in order.
Instance::~Instance() {
  Die();
  const auto run_dry = [this] {
    while (home_.RunOne() || pool_.RunOne() || pulse_.RunOne()) {
    }
  };
  run_dry();
  for (int i = 0; i < 10 && started_ && !told_lost_; ++i) {
    pulse_.MakeTimersDue();
    run_dry();
  }
  engine_.reset();
}

bool Instance::Start() {
  const bool began = engine_->Start().ok();
  started_ = began && !life_.dead;
  return started_;
}

void Instance::Receive(int company, const std::string& body, std::function<void(bool)> answer) {
  auto event = connector::ReadWebhook(*around_.connectors.FindConnector("aircall"), body);
  if (!event.ok()) return answer(false);
  const Customer& customer = around_.customers[static_cast<std::size_t>(company)];
  ports::InboxItem item;
  item.slot = customer.slot;
  item.account = customer.account;
  item.received_at = clock_.Now();
  item.id = ids_.Next<EventTag>(item.received_at);
  item.event = event->type;
  item.dedupe = event->dedupe;
  item.entity = event->entity;
  item.entity_id = event->entity_id;
  item.occurred_at = event->occurred_at;
  item.body = event->body;
  engine_->AcceptEvent(item, std::move(event->data),
                       [this, answer = std::move(answer)](const Result<bool>& stored) {
                         if (!life_.dead) answer(stored.ok());
                       });
}

void Instance::StartRun(runtime::Engine::StartRequest request,
                        std::function<void(Result<RunId>)> done) {
  engine_->StartRun(std::move(request),
                    [this, done = std::move(done)](const Result<RunId>& started) {
                      if (!life_.dead) done(started);
                    });
}

void Instance::Perform(ports::ActionCall call, ports::ActionPerformer::Done done) {
  engine_->Perform(std::move(call), [this, done = std::move(done)](Result<Json> result) {
    if (!life_.dead) done(std::move(result));
  });
}

void Instance::SuspendRun(RunId run) {
  engine_->SuspendRun(run, "somebody wants to look", [](const Status&) {});
}

void Instance::ResumeRun(RunId run) {
  engine_->ResumeRun(run, [](const Status&) {});
}

void Instance::Rung() {
  if (!life_.dead && bell_.rung_) bell_.rung_();
}

void Instance::Bell::Ring() {
  if (!owner_.life_.dead && owner_.ring_others) owner_.ring_others();
}

void Instance::Http::Send(ports::HttpRequest request, Millis timeout, Done done) {
  owner_.around_.aircall.Send(owner_.life_, std::move(request), timeout, std::move(done),
                              owner_.around_.database.flaw);
}

}  // namespace sb::sim
