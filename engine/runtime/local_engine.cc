#include "engine/runtime/local_engine.h"

#include <algorithm>
#include <future>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/workflow/trigger.h"

namespace sb::runtime {
namespace {

constexpr int kRunsPerLoad = 500;

Error EngineStopping() {
  return Unavailable("ENGINE_STOPPING", "the engine is stopping; try again in a moment");
}

/// Runs `task` on the engine's thread and waits for it.
void OnHome(ports::Executor& home, const std::function<void()>& task) {
  auto finished = std::make_shared<std::promise<void>>();  // shared with the engine's thread
  home.Post([task, finished] {
    task();
    finished->set_value();
  });
  finished->get_future().wait();
}

}  // namespace

LocalEngine::LocalEngine(Dependencies dependencies, Settings settings)
    : deps_(std::move(dependencies)),
      settings_(settings),
      book_(deps_.workflows, deps_.connectors, deps_.expressions),
      commits_({deps_.runs, deps_.pool, deps_.home, deps_.clock, deps_.random, deps_.metrics,
                [this] { deps_.lost("another instance has taken over this one's work"); }}),
      action_runner_({deps_.accounts, deps_.runs, deps_.vault, deps_.http, deps_.connectors,
                      deps_.expressions, deps_.clock, deps_.home, deps_.pool, commits_,
                      deps_.metrics, settings_.request_timeout, settings_.start_window,
                      [this] { return MayAct(); }, deps_.credential_refused}),
      runs_({deps_.expressions, deps_.connectors, action_runner_, commits_, watchers_, deps_.clock,
             deps_.home, deps_.metrics,
             settings_.start_window + settings_.request_timeout + settings_.settle_margin,
             [this](const ports::RunKey& key) { Reload(key); }}),
      intake_({deps_.inbox, deps_.accounts, deps_.connectors, deps_.expressions, deps_.clock,
               deps_.home, deps_.pool, deps_.ids, runs_, deps_.metrics, deps_.spool}) {}

LocalEngine::~LocalEngine() {
  Stop();
}

Status LocalEngine::Start() {
  const auto registration = deps_.ownership.Register(settings_.instance, 1, deps_.clock.Now());
  if (!registration.ok()) return registration.error();
  incarnation_ = registration->incarnation;
  if (deps_.clock_offset) deps_.clock_offset(registration->clock_offset);
  last_beat_us_ = deps_.clock.Now().time_since_epoch().count();
  commits_.SetFence({settings_.instance, 0, registration->incarnation});
  const auto slots = deps_.ownership.ClaimSlots(settings_.instance, registration->incarnation);
  if (!slots.ok()) return slots.error();
  auto enabled = book_.Enabled();
  if (!enabled.ok()) return enabled.error();
  OnHome(deps_.home, [&] { intake_.SetWorkflows(std::move(enabled).value()); });
  if (const Status loaded = LoadRuns(*slots); !loaded.ok()) return loaded;
  OnHome(deps_.home, [&] {
    intake_.Start(*slots);
    BeatLater();
  });
  Log::Info(
      "engine.started",
      {{"incarnation", incarnation_.load()}, {"slots", slots->size()}, {"runs", runs_.size()}});
  return {};
}

Status LocalEngine::LoadRuns(const std::vector<Slot>& slots) {
  RunId after;
  while (true) {
    const auto page = deps_.runs.LoadLive(slots, after, kRunsPerLoad);
    if (!page.ok()) return page.error();
    for (const ports::StoredRun& stored : *page) {
      auto workflow = book_.Get(stored.summary.workflow);
      if (!workflow.ok()) {
        Log::Error("run.workflow_unreadable",
                   {{"run", ToText(stored.summary.key.run)}, {"code", workflow.error().code}});
        continue;
      }
      OnHome(deps_.home, [&] { AdoptOnHome(stored, *workflow); });
    }
    if (static_cast<int>(page->size()) < kRunsPerLoad) return {};
    after = page->back().summary.key.run;
  }
}

void LocalEngine::AdoptOnHome(const ports::StoredRun& stored, SharedWorkflow workflow) {
  const Status adopted = runs_.Adopt(stored, std::move(workflow));
  if (!adopted.ok()) {
    Log::Error("run.unreadable",
               {{"run", ToText(stored.summary.key.run)}, {"code", adopted.error().code}});
  }
}

void LocalEngine::Reload(const ports::RunKey& key) {
  deps_.pool.Post([this, key] {
    const auto stored = deps_.runs.Get(key.run);
    if (!stored.ok()) return Log::Error("run.reload_failed", {{"code", stored.error().code}});
    if (stored->summary.status != "RUNNING" && stored->summary.status != "PARKED") return;
    auto workflow = book_.Get(stored->summary.workflow);
    if (!workflow.ok()) return Log::Error("run.reload_failed", {{"code", workflow.error().code}});
    deps_.home.Post(
        [this, stored = *stored, workflow = *workflow] { AdoptOnHome(stored, workflow); });
  });
}

void LocalEngine::Stop() {
  if (stopped_.exchange(true)) return;
  if (incarnation_ == 0) return;
  OnHome(deps_.home, [this] { intake_.Stop(); });
  intake_.Drain();
  action_runner_.AwaitAnswers(settings_.request_timeout);  // their outcomes are worth storing
  OnHome(deps_.home, [] {});
  commits_.Drain();
  OnHome(deps_.home, [this] {
    runs_.Clear();
    action_runner_.Stop();
  });
  commits_.Stop();
  commits_.Drain();
  const Status released = deps_.ownership.Release(settings_.instance, incarnation_);
  if (!released.ok()) Log::Warn("engine.release_failed", {{"code", released.error().code}});
  Log::Info("engine.stopped");
}

// ---- Heartbeat
// --------------------------------------------------------------------------------------------------

void LocalEngine::BeatLater() {
  deps_.home.PostAt(deps_.clock.Now() + settings_.heartbeat_interval, [this] {
    if (!stopped_) deps_.pool.Post([this] { Beat(); });
  });
}

void LocalEngine::Beat() {
  const WallTime sent_at = deps_.clock.Now();
  const auto alive = deps_.ownership.Heartbeat(settings_.instance, incarnation_);
  if (stopped_) return;
  if (alive.ok() && !*alive)
    return deps_.lost("this instance was declared dead while it was silent");
  if (alive.ok()) last_beat_us_ = sent_at.time_since_epoch().count();
  if (!alive.ok()) Log::Warn("heartbeat.failed", {{"code", alive.error().code}});
  BeatLater();
}

// From 4 s before others may take our slots we start nothing: whatever was started is then at an
// end in time.
bool LocalEngine::MayAct() const {
  constexpr Millis kBeforeOthers = std::chrono::seconds(4);
  const WallTime last_beat{std::chrono::microseconds(last_beat_us_.load())};
  return !stopped_ && deps_.clock.Now() - last_beat < settings_.time_to_live - kBeforeOthers;
}

// ---- What the doors ask
// -----------------------------------------------------------------------------------------

Result<std::vector<std::string>> LocalEngine::WantedEvents(AccountId account) {
  const auto enabled = book_.Enabled();
  if (!enabled.ok()) return enabled.error();
  std::vector<std::string> wanted;
  for (const EnabledWorkflow& each : *enabled) {
    if (!each.IsOnFor(account)) continue;
    for (std::string& type : core::workflow::TriggerTypes(*each.workflow))
      wanted.push_back(std::move(type));
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

void LocalEngine::StartRun(StartRequest request, std::function<void(Result<RunId>)> done) {
  if (stopped_) return done(EngineStopping());
  deps_.pool.Post([this, request = std::move(request), done = std::move(done)] {
    auto account = deps_.accounts.Get(request.account);
    auto workflow = book_.Get(request.workflow);
    deps_.home.Post(
        [this, request, account, workflow, done] { BeginRun(request, account, workflow, done); });
  });
}

void LocalEngine::BeginRun(const StartRequest& request, Result<ports::Account> account,
                           Result<SharedWorkflow> workflow,
                           std::function<void(Result<RunId>)> done) {
  if (!account.ok()) return done(account.error());
  if (!workflow.ok()) return done(workflow.error());
  Creation creation;
  ports::NewRun& made = creation.run;
  made.key = {account->slot, account->id, deps_.ids.Next<RunTag>(deps_.clock.Now())};
  made.workflow = request.workflow;
  made.trigger_key = Sha256(request.request_id.empty() ? "run/" + ToText(made.key.run)
                                                       : "request/" + request.request_id);
  made.lane = LaneOf(**workflow);
  creation.workflow = *workflow;
  creation.input = request.input;
  std::vector<Creation> creations;
  creations.push_back(std::move(creation));
  const ports::NewRun copy = creations.front().run;
  runs_.Create(std::move(creations), {},
               [this, copy, done = std::move(done)](const Result<ports::CommitReceipt>& result) {
                 if (!result.ok()) return done(EngineStopping());
                 if (result->rejected.empty()) return done(copy.key.run);
                 AnswerFirstRun(copy, done);
               });
}

void LocalEngine::AnswerFirstRun(const ports::NewRun& duplicate,
                                 std::function<void(Result<RunId>)> done) {
  deps_.pool.Post([this, duplicate, done = std::move(done)] {
    done(deps_.runs.FindByTrigger(duplicate.key.slot, duplicate.key.account, duplicate.workflow,
                                  duplicate.trigger_key));
  });
}

void LocalEngine::GiveOrExplain(RunId id, core::workflow::Input input, Error refusal,
                                std::function<void(Status)> done) {
  deps_.home.Post(
      [this, id, input = std::move(input), refusal = std::move(refusal), done = std::move(done)] {
        if (runs_.IsLive(id)) {
          runs_.Give(id, input, [refusal, done](const Result<bool>& changed) {
            if (!changed.ok()) return done(changed.error());
            done(*changed ? Status() : Status(refusal));
          });
          return;
        }
        deps_.pool.Post([this, id, refusal, done] {
          const auto stored = deps_.runs.Get(id);
          done(stored.ok() ? Status(refusal) : Status(stored.error()));
        });
      });
}

void LocalEngine::CancelRun(RunId id, std::string reason, std::function<void(Status)> done) {
  GiveOrExplain(id, core::workflow::Cancel{std::move(reason)},
                Conflict("RUN_FINISHED",
                         "run " + ToText(id) + " has finished; there is nothing left to cancel"),
                std::move(done));
}

void LocalEngine::ResumeRun(RunId id, std::function<void(Status)> done) {
  GiveOrExplain(
      id, core::workflow::Resume{},
      Conflict("RUN_NOT_PARKED", "run " + ToText(id) + " is not parked; it needs no help to go on"),
      std::move(done));
}

std::unique_ptr<Watch> LocalEngine::WatchRun(RunId id, std::function<void(const RunNews&)> news) {
  return watchers_.Add(id, std::move(news));
}

void LocalEngine::AcceptEvent(ports::InboxItem item, std::function<void(Result<bool>)> done) {
  if (stopped_) return done(EngineStopping());
  intake_.Accept(std::move(item), std::move(done));
}

// In force when it returns: an event that comes right after a workflow was enabled must find it.
void LocalEngine::WorkflowsChanged() {
  if (stopped_) return;
  const std::lock_guard lock(workflows_mutex_);
  auto enabled = book_.Enabled();
  if (!enabled.ok()) return Log::Error("workflows.unreadable", {{"code", enabled.error().code}});
  OnHome(deps_.home, [&] { intake_.SetWorkflows(std::move(enabled).value()); });
}

void LocalEngine::AccountChanged(AccountId id) {
  action_runner_.Forget(id);
  deps_.home.Post([this, id] {
    for (const RunId run : runs_.ParkedRunsOf(id)) {
      if (runs_.Find(run)->parked_code == "ACCOUNT_NEEDS_REAUTH")
        runs_.Give(run, core::workflow::Resume{});
    }
  });
}

}  // namespace sb::runtime
