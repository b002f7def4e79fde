#include "engine/runtime/local_engine.h"

#include <algorithm>
#include <future>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/workflow/trigger.h"
#include "engine/runtime/journal_codec.h"

namespace sb::runtime {
namespace {

constexpr int kRunsPerLoad = 500;
constexpr int kMostTakes = 3;
constexpr Millis kBetweenLoads = std::chrono::seconds(1);
constexpr Millis kBetweenQuietChecks(10);
constexpr Millis kPatienceForQuota = std::chrono::seconds(3);

Error EngineStopping() {
  return Unavailable("ENGINE_STOPPING", "the engine is stopping; try again in a moment");
}

Error SlotMoved() {
  return Unavailable("SLOT_MOVED", "another instance takes care of this account now; ask again");
}

bool IsSlotMoved(const Error& error) {
  return error.code == "SLOT_MOVED";
}

/// Why an order to a run that does not change it is refused.
Error RefusalOf(ports::CommandKind kind, RunId id) {
  if (kind == ports::CommandKind::kResumeRun) {
    return Conflict("RUN_NOT_PARKED",
                    "run " + ToText(id) + " is not parked; it needs no help to go on");
  }
  if (kind == ports::CommandKind::kSuspendRun) {
    return Conflict("RUN_NOT_RUNNING",
                    "run " + ToText(id) + " is suspended already, or has finished");
  }
  return Conflict("RUN_FINISHED",
                  "run " + ToText(id) + " has finished; there is nothing left to cancel");
}

core::workflow::Input InputOf(ports::CommandKind kind, const std::string& reason) {
  if (kind == ports::CommandKind::kResumeRun) return core::workflow::Resume{};
  if (kind == ports::CommandKind::kSuspendRun) return core::workflow::Suspend{reason};
  return core::workflow::Cancel{reason};
}

bool IsLiveStatus(const std::string& status) {
  return status == "RUNNING" || status == "PARKED";
}

}  // namespace

/// A run about to be made, wherever its account's slot is.
struct LocalEngine::Beginning {
  ports::NewRun run;
  SharedWorkflow workflow;
  Json input;
  std::string retried_from;
  std::optional<core::workflow::TakenOver> taken_over = {};
};

LocalEngine::LocalEngine(Dependencies dependencies, Settings settings)
    : deps_(std::move(dependencies)),
      settings_(settings),
      book_(deps_.workflows, deps_.connectors, deps_.expressions, deps_.zones),
      membership_({deps_.ownership, deps_.clock, deps_.random, deps_.pulse,
                   [this](std::vector<Slot> slots) {
                     deps_.pool.Post([this, slots = std::move(slots)] { Acquire(slots); });
                   },
                   [this](const std::vector<Slot>& slots) {
                     Drain(slots, [this, slots] { membership_.GiveBack(slots); });
                   },
                   [this](const std::string& reason) { Lose(reason); }},
                  {settings_.instance, settings_.heartbeat_interval, settings_.time_to_live}),
      commits_({deps_.runs, deps_.pool, deps_.home, deps_.clock, deps_.random, deps_.metrics,
                [this] { Lose("another instance has taken over this one's work"); },
                [this] { return membership_.MayAct(); }}),
      action_runner_({deps_.accounts, deps_.runs, deps_.vault, deps_.http, deps_.connectors,
                      deps_.expressions, deps_.clock, deps_.home, deps_.pool, commits_,
                      deps_.metrics, settings_.request_timeout, settings_.start_window,
                      [this] { return membership_.MayAct(); }, deps_.credential_refused,
                      deps_.phones}),
      http_caller_({NamedSecrets({deps_.accounts, deps_.secrets, deps_.vault, deps_.expressions}),
                    deps_.open_http, deps_.clock, deps_.home, deps_.pool, deps_.metrics,
                    settings_.request_timeout, settings_.start_window,
                    [this] { return membership_.MayAct(); }}),
      runs_({deps_.expressions, deps_.connectors, action_runner_, commits_, watchers_, deps_.clock,
             deps_.home, deps_.metrics,
             settings_.start_window + settings_.request_timeout + settings_.settle_margin,
             [this](const ports::RunKey& key) { Reload(key); }, http_caller_, surroundings_,
             [this](RunId id) {
               deps_.pool.Post([this, id] { (void)deps_.runs.ForgetCrashes(id).ok(); });
             },
             deps_.black_box, &deps_.ids,
             [this](AccountId account, const std::string& type) {
               return intake_.WantsLifecycle(account, type);
             },
             [this] { intake_.Ring(); }}),
      turnstile_(
          {deps_.clock, deps_.home,
           [this](RunId id, core::workflow::Input input, std::function<void(Result<bool>)> done) {
             Give(id, std::move(input), std::move(done));
           }}),
      surroundings_({deps_.workflows, book_, deps_.runs, runs_, intake_, turnstile_, deps_.clock,
                     deps_.home, deps_.pool, deps_.ids}),
      intake_({deps_.inbox, deps_.accounts, deps_.connectors, deps_.expressions, deps_.clock,
               deps_.home, deps_.pool, deps_.ids, runs_, deps_.metrics, deps_.spool,
               [this] {
                 if (!OwnsAll()) deps_.doorbell.Ring();
               },
               deps_.grant_taken_back, deps_.black_box, deps_.note_record, deps_.region_changed}),
      scheduler_({deps_.schedules, deps_.accounts, runs_, commits_, deps_.clock, deps_.home,
                  deps_.pool, deps_.ids, deps_.metrics, deps_.black_box}),
      errands_({deps_.commands, deps_.clock, deps_.home, deps_.pool, deps_.ids,
                [this](const ports::Command& command, const Errands::Reply& reply) {
                  CarryOut(command, reply);
                },
                [this] { deps_.doorbell.Ring(); }},
               {.instance = settings_.instance}) {}

LocalEngine::~LocalEngine() {
  Stop();
}

Status LocalEngine::Start() {
  auto place = membership_.Join();
  if (!place.ok()) return place.error();
  started_ = true;
  if (deps_.clock_offset) deps_.clock_offset(place->registration.clock_offset);
  commits_.SetFence({settings_.instance, 0, place->registration.incarnation});
  membership_.Start();
  if (const Status counted = CountLastCrash(); !counted.ok()) return counted;
  const auto workflows_seen = deps_.workflows.EnablementNumber();
  if (!workflows_seen.ok()) return workflows_seen.error();
  workflows_seen_ = *workflows_seen;
  const auto accounts_seen = deps_.accounts.ChangedAfter(std::numeric_limits<std::int64_t>::max());
  if (!accounts_seen.ok()) return accounts_seen.error();
  accounts_seen_ = accounts_seen->number;
  if (const Status read = ReadWorkflows(); !read.ok()) return read;
  if (const Status loaded = LoadRuns(place->slots); !loaded.ok()) return loaded;
  deps_.home.RunAndWait([&] {
    Settle(place->slots);
    intake_.Start();
    scheduler_.Start();
    errands_.Start(place->registration.incarnation);
    LookLater();
    LookAtWatchedLater();
    FetchDueLater();
  });
  deps_.doorbell.Listen([this] {
    intake_.Ring();
    errands_.Ring();
  });
  Log::Info("engine.started", {{"incarnation", place->registration.incarnation},
                               {"slots", place->slots.size()},
                               {"runs", runs_.size()}});
  return {};
}

void LocalEngine::Lose(const std::string& reason) {
  if (lost_.exchange(true)) return;
  commits_.Stop();  // what waits to be stored is not ours to store any more
  deps_.lost(reason);
}

// Before anything is loaded: a run of which the engine dies must not kill it for ever.
Status LocalEngine::CountLastCrash() {
  constexpr int kTriesOfACrash = 3;
  const ports::BlackBox::Note last =
      deps_.black_box == nullptr ? ports::BlackBox::Note() : deps_.black_box->Last();
  switch (last.subject) {
    case ports::BlackBox::Subject::kNothing:
      return {};
    case ports::BlackBox::Subject::kRun:
      Log::Warn("run.crashed_engine", {{"run", ToText(RunId(last.id))}});
      return deps_.runs.CountCrash(RunId(last.id));
    case ports::BlackBox::Subject::kEvent:
      Log::Warn("event.crashed_engine", {{"about", ToText(EventId(last.id))}});
      return deps_.inbox.CountCrash(last.slot, EventId(last.id), kTriesOfACrash);
    case ports::BlackBox::Subject::kSchedule:
      Log::Warn("schedule.crashed_engine", {{"workflow", ToText(WorkflowId(last.id))}});
      return deps_.schedules.CountCrash(last.slot, WorkflowId(last.id));
  }
  return {};
}

void LocalEngine::Stop() {
  if (stopped_.exchange(true)) return;
  if (!started_) return;
  membership_.StopClaiming();
  deps_.home.RunAndWait([this] {
    intake_.Stop();
    scheduler_.Stop();
    turnstile_.Stop();
    errands_.Stop();
  });
  intake_.Drain();
  errands_.Drain();
  if (!lost_) {
    auto drained = std::make_shared<std::promise<void>>();  // shared with a drain that is late
    Drain(AllSlots(), [drained] { drained->set_value(); });
    drained->get_future().wait_for(settings_.drain_time);
  }
  commits_.Stop();
  commits_.Drain();
  deps_.home.RunAndWait([this] {
    runs_.Clear();
    action_runner_.Stop();
    http_caller_.Stop();
  });
  membership_.Leave();
  Log::Info("engine.stopped");
}

// ---- Slots come and go
// ------------------------------------------------------------------------------------------

bool LocalEngine::Owns(Slot slot) const {
  const std::lock_guard lock(owned_mutex_);
  return owned_.Has(slot);
}

std::vector<Slot> LocalEngine::OwnedSlots() const {
  const std::lock_guard lock(owned_mutex_);
  return owned_.List();
}

bool LocalEngine::OwnsAll() const {
  const std::lock_guard lock(owned_mutex_);
  return owned_.size() == kSlotCount;
}

void LocalEngine::Acquire(std::vector<Slot> slots) {
  if (stopped_) return;
  deps_.home.RunAndWait([&] {
    runs_.Open(slots);
    action_runner_.Open(slots);
  });
  // What was switched a moment ago counts: by old workflows their schedules would be cleared away.
  Status loaded = ReadWorkflows();
  if (loaded.ok()) loaded = LoadRuns(slots);
  if (!loaded.ok()) {
    Log::Warn("slots.not_loaded", {{"code", loaded.error().code}});
    return deps_.pool.PostAt(deps_.clock.Now() + kBetweenLoads,
                             [this, slots = std::move(slots)] { Acquire(slots); });
  }
  deps_.home.Post([this, slots] { Settle(slots); });
  Log::Info("slots.gained", {{"slots", slots.size()}});
  if (deps_.slots_gained) deps_.slots_gained();
}

// The lines first: a run that is loaded may ask for its turn.
Status LocalEngine::LoadRuns(const std::vector<Slot>& slots) {
  const auto turns = deps_.runs.LoadTurns(slots);
  if (!turns.ok()) return turns.error();
  deps_.home.RunAndWait([&] {
    turnstile_.Close(slots);  // what an attempt before has loaded
    turnstile_.Adopt(*turns);
  });
  RunId after;
  while (!slots.empty()) {
    const auto page = deps_.runs.LoadDue(slots, deps_.clock.Now() + kNear, after, kRunsPerLoad);
    if (!page.ok()) return page.error();
    std::vector<std::pair<const ports::StoredRun*, SharedWorkflow>> readable;
    for (const ports::StoredRun& stored : *page) {
      auto workflow = book_.Get(stored.summary.workflow);
      if (!workflow.ok()) {
        Log::Error("run.workflow_unreadable",
                   {{"run", ToText(stored.summary.key.run)}, {"code", workflow.error().code}});
        continue;
      }
      readable.emplace_back(&stored, std::move(workflow).value());
    }
    deps_.home.RunAndWait([&] {
      for (const auto& [stored, workflow] : readable) AdoptOnHome(*stored, workflow);
    });
    if (static_cast<int>(page->size()) < kRunsPerLoad) return {};
    after = page->back().summary.key.run;
  }
  return {};
}

void LocalEngine::AdoptOnHome(const ports::StoredRun& stored, SharedWorkflow workflow) {
  if (runs_.IsLive(stored.summary.key.run)) return;
  const Status adopted = runs_.Adopt(stored, std::move(workflow));
  if (!adopted.ok()) {
    Log::Error("run.unreadable",
               {{"run", ToText(stored.summary.key.run)}, {"code", adopted.error().code}});
  }
}

void LocalEngine::Settle(const std::vector<Slot>& slots) {
  {
    const std::lock_guard lock(owned_mutex_);
    owned_.Add(slots);
  }
  TellSlots();
  action_runner_.Settled(slots);
  turnstile_.Open(slots);
  membership_.Settled(slots);
}

void LocalEngine::TellSlots() {
  intake_.SetSlots(owned_);
  scheduler_.SetSlots(owned_);
  errands_.SetSlots(owned_);
  deps_.metrics.Set("switchboard_slots_owned", static_cast<double>(owned_.size()));
}

void LocalEngine::Drain(std::vector<Slot> slots, std::function<void()> drained) {
  deps_.home.Post([this, slots = std::move(slots), drained = std::move(drained)] {
    {
      const std::lock_guard lock(owned_mutex_);
      owned_.Remove(slots);
    }
    TellSlots();
    turnstile_.Close(slots);
    runs_.Close(slots);
    action_runner_.Close(slots);
    AwaitQuiet(slots, deps_.clock.SinceBoot() + settings_.drain_time, drained);
  });
}

// What is under way may end, so that the next owner finds few outcomes in doubt. What is being
// stored must end: the next owner reads the database once.
void LocalEngine::AwaitQuiet(const std::vector<Slot>& slots, std::chrono::microseconds deadline,
                             const std::function<void()>& drained) {
  const SlotSet these(slots);
  const bool late = deps_.clock.SinceBoot() > deadline;
  if (late) runs_.Abandon();
  const bool storing = runs_.Holds(these) || action_runner_.IsRecording(these) ||
                       intake_.IsHandling(these) || scheduler_.IsWriting(these);
  if (storing || (!late && action_runner_.IsSending(these))) {
    return deps_.home.PostAt(
        deps_.clock.Now() + kBetweenQuietChecks,
        [this, slots, deadline, drained] { AwaitQuiet(slots, deadline, drained); });
  }
  action_runner_.DropClosed();
  drained();
}

void LocalEngine::Reload(const ports::RunKey& key) {
  deps_.pool.Post([this, key] {
    const auto stored = deps_.runs.Get(key.run);
    if (!stored.ok()) return Log::Error("run.reload_failed", {{"code", stored.error().code}});
    if (!IsLiveStatus(stored->summary.status)) return;
    auto workflow = book_.Get(stored->summary.workflow);
    if (!workflow.ok()) return Log::Error("run.reload_failed", {{"code", workflow.error().code}});
    deps_.home.Post([this, stored = *stored, workflow = *workflow] {
      if (owned_.Has(stored.summary.key.slot)) AdoptOnHome(stored, workflow);
    });
  });
}

// ---- Waiting runs
// -----------------------------------------------------------------------------------------------

// On `home`. `then` finds the run live, or is told why it is not: RUN_NOT_FOUND, RUN_FINISHED,
// SLOT_MOVED. One look serves all: of two looks the later could bring back a run that had gone on.
void LocalEngine::Fetch(RunId id, Fetched then) {
  if (runs_.IsLive(id)) return then({});
  const auto [waiting, first] = fetching_.try_emplace(id);
  waiting->second.push_back(std::move(then));
  if (!first) return;
  deps_.pool.Post([this, id] {
    auto stored = deps_.runs.Get(id);
    if (stored.ok()) {  // parsed here, so that `home` only has to look it up
      const auto workflow = book_.Get(stored->summary.workflow);
      if (!workflow.ok()) stored = workflow.error();
    }
    deps_.home.Post([this, id, stored] { OnFetched(id, stored); });
  });
}

void LocalEngine::OnFetched(RunId id, const Result<ports::StoredRun>& stored) {
  Status fetched;
  if (!stored.ok()) {
    fetched = stored.error();
  } else if (!IsLiveStatus(stored->summary.status)) {
    fetched = Conflict("RUN_FINISHED", "run " + ToText(id) + " has finished");
  } else if (!owned_.Has(stored->summary.key.slot)) {
    fetched = SlotMoved();
  } else if (const auto workflow = book_.Get(stored->summary.workflow); !workflow.ok()) {
    fetched = workflow.error();
  } else if (!runs_.IsLive(id)) {
    fetched = runs_.Adopt(*stored, *workflow);
  }
  if (!fetched.ok() && fetched.error().kind == ErrorKind::kInternal)
    Log::Error("run.not_fetched", {{"run", ToText(id)}, {"code", fetched.error().code}});
  auto waiting = fetching_.extract(id);
  if (waiting.empty()) return;
  for (const Fetched& then : waiting.mapped()) then(fetched);
}

void LocalEngine::Give(RunId id, core::workflow::Input input,
                       std::function<void(Result<bool>)> done) {
  Fetch(id, [this, id, input = std::move(input), done = std::move(done)](const Status& fetched) {
    if (!fetched.ok()) return done(fetched.error());
    runs_.Give(id, input, done);
  });
}

void LocalEngine::FetchDueLater() {
  deps_.home.PostAt(deps_.clock.Now() + settings_.due_interval, [this] {
    if (stopped_) return;
    deps_.pool.Post([this, slots = owned_.List()] {
      FetchDue(slots);
      FetchDueLater();
    });
  });
}

void LocalEngine::FetchDue(const std::vector<Slot>& slots) {
  RunId after;
  for (std::size_t found = kRunsPerLoad; found == kRunsPerLoad;) {
    const auto due = deps_.runs.FindDue(slots, deps_.clock.Now() + kNear, after, kRunsPerLoad);
    if (!due.ok()) return Log::Warn("runs.due_unknown", {{"code", due.error().code}});
    found = due->size();
    if (found > 0) after = due->back();
    if (const Status fetched = FetchTogether(*due); !fetched.ok())
      return Log::Warn("runs.not_fetched", {{"code", fetched.error().code}});
  }
}

// Many that come due at once must not each queue up for a look of their own before the commits.
Status LocalEngine::FetchTogether(const std::vector<RunId>& ids) {
  std::vector<RunId> missing;
  deps_.home.RunAndWait([&] {
    for (const RunId id : ids) {
      if (!runs_.IsLive(id) && fetching_.try_emplace(id).second) missing.push_back(id);
    }
  });
  if (missing.empty()) return {};
  const auto stored = deps_.runs.LoadThese(missing);
  std::map<RunId, Result<ports::StoredRun>> found;
  if (stored.ok()) {
    for (const ports::StoredRun& run : *stored) {
      const auto workflow = book_.Get(run.summary.workflow);  // parsed here, not on `home`
      found.emplace(run.summary.key.run, workflow.ok() ? Result(run) : workflow.error());
    }
  }
  deps_.home.RunAndWait([&] {
    for (const RunId id : missing) {
      const auto run = found.find(id);
      const Error gone = stored.ok() ? NotFound("RUN_NOT_FOUND", "it has ended") : stored.error();
      OnFetched(id, run == found.end() ? gone : run->second);
    }
  });
  return stored.ok() ? Status() : Status(stored.error());
}

// The account works again: what waits for it goes on.
void LocalEngine::ResumeParked(AccountId account) {
  ports::RunFilter filter;
  filter.accounts.Only({account});
  filter.statuses.Only({"PARKED"});
  ports::PageRequest request;
  request.size = kRunsPerLoad;
  do {
    const auto page = deps_.runs.List(filter, request);
    if (!page.ok()) return Log::Warn("runs.parked_unknown", {{"code", page.error().code}});
    request.before = page->next_before;
    deps_.home.Post([this, parked = page->items] {
      for (const ports::RunSummary& summary : parked) {
        if (!owned_.Has(summary.key.slot)) continue;
        Fetch(summary.key.run, [this, id = summary.key.run](const Status& fetched) {
          const core::workflow::Run* run = fetched.ok() ? runs_.Find(id) : nullptr;
          if (run == nullptr) return;
          if (run->parked_code == "ACCOUNT_NEEDS_REAUTH") {
            runs_.Give(id, core::workflow::Resume{});
          } else {
            runs_.LetGoWhenIdle(id);
          }
        });
      }
    });
  } while (request.before != 0);
}

// ---- What others changed
// ----------------------------------------------------------------------------------------

void LocalEngine::LookLater() {
  deps_.home.PostAt(deps_.clock.Now() + settings_.look_interval, [this] {
    if (!stopped_) deps_.pool.Post([this] { Look(); });
  });
}

void LocalEngine::Look() {
  const auto workflows = deps_.workflows.EnablementNumber();
  if (workflows.ok() && *workflows != workflows_seen_ && ReadWorkflows().ok()) {
    workflows_seen_ = *workflows;
    if (deps_.workflows_changed) deps_.workflows_changed();
  }
  const auto accounts = deps_.accounts.ChangedAfter(accounts_seen_);
  if (accounts.ok()) {
    accounts_seen_ = accounts->number;
    for (const AccountId id : accounts->accounts) {
      AccountChangedHere(id);
      if (deps_.account_changed) deps_.account_changed(id);
    }
  }
  LookLater();
}

Status LocalEngine::ReadWorkflows() {
  const std::lock_guard lock(workflows_mutex_);
  auto enabled = book_.Enabled();
  if (!enabled.ok()) {
    Log::Error("workflows.unreadable", {{"code", enabled.error().code}});
    return enabled.error();
  }
  deps_.home.RunAndWait([&] {
    scheduler_.SetWorkflows(*enabled);
    intake_.SetWorkflows(std::move(enabled).value());
  });
  return {};
}

// In force here when it returns: an event that comes right after a workflow was enabled must find
// it. Other instances see it at their next look.
void LocalEngine::WorkflowsChanged() {
  if (!stopped_) (void)ReadWorkflows().ok();
}

void LocalEngine::AccountChanged(AccountId id) {
  AccountChangedHere(id);
}

void LocalEngine::AccountChangedHere(AccountId id) {
  action_runner_.Forget(id);
  scheduler_.AccountChanged(id);
  deps_.pool.Post([this, id] {
    const auto account = deps_.accounts.Get(id);
    if (account.ok()) action_runner_.ShareAnew(*account);
    if (account.ok() && ports::Works(account->state) && Owns(account->slot)) ResumeParked(id);
  });
}

Result<std::vector<std::string>> LocalEngine::WantedEvents(AccountId account) {
  const auto enabled = book_.Enabled();
  if (!enabled.ok()) return enabled.error();
  std::vector<std::string> wanted;
  for (const EnabledWorkflow& each : *enabled) {
    if (!each.IsOnFor(account)) continue;
    for (std::string& type : core::workflow::WantedTypes(*each.workflow))
      wanted.push_back(std::move(type));
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

// ---- Starting
// ---------------------------------------------------------------------------------------------------

void LocalEngine::StartRun(StartRequest request, std::function<void(Result<RunId>)> done) {
  if (stopped_) return done(EngineStopping());
  deps_.pool.Post([this, request = std::move(request), done = std::move(done)] {
    auto beginning = Prepare(request, deps_.accounts.Get(request.account));
    if (!beginning.ok()) return done(beginning.error());
    deps_.home.Post([this, beginning = std::move(*beginning), done] { Begin(beginning, done); });
  });
}

// Without a request id there is nothing by which the start could be repeated: no trigger.
Result<LocalEngine::Beginning> LocalEngine::Prepare(const StartRequest& request,
                                                    const Result<ports::Account>& account) {
  if (!account.ok()) return account.error();
  auto workflow = book_.Get(request.workflow);
  if (!workflow.ok()) return workflow.error();
  Beginning beginning;
  ports::NewRun& made = beginning.run;
  made.key = {account->slot, account->id, deps_.ids.Next<RunTag>(deps_.clock.Now())};
  made.workflow = request.workflow;
  made.event = request.event;
  if (!request.request_id.empty())
    made.trigger_key = Sha256(request.sort + "/" + request.request_id);
  made.lane = LaneOf(**workflow);
  beginning.workflow = std::move(workflow).value();
  beginning.input = request.input;
  beginning.retried_from = request.retried_from;
  beginning.taken_over = request.taken_over;
  return beginning;
}

/// Requests that are on their way to runs together. Answers come on any thread.
struct LocalEngine::Starting {
  std::vector<std::pair<std::size_t, Beginning>> beginnings;  ///< With the place of their request.
  std::function<void(StartedRuns)> done;
  std::mutex mutex;
  StartedRuns answers;
  std::atomic<std::size_t> unanswered = 0;  ///< And one until all have begun.

  void Answer(std::size_t place, Result<StartedRun> answer) {
    {
      const std::lock_guard lock(mutex);
      answers[place] = std::move(answer);
    }
    CountDown();
  }

  void CountDown() {
    if (--unanswered == 0) done(std::move(answers));
  }

  /// For a run that was to be made with the id `made`.
  std::function<void(Result<RunId>)> AnswerTo(std::size_t place, RunId made,
                                              const std::shared_ptr<Starting>& self) {
    return [self, place, made](const Result<RunId>& run) {
      self->Answer(place, run.ok() ? Result<StartedRun>(StartedRun{*run, *run == made})
                                   : Result<StartedRun>(run.error()));
    };
  }
};

// Many requests name the same few accounts: each is read once.
void LocalEngine::StartRuns(std::vector<StartRequest> requests,
                            std::function<void(StartedRuns)> done) {
  if (stopped_ || requests.empty())
    return done(StartedRuns(requests.size(), Result<StartedRun>(EngineStopping())));
  deps_.pool.Post([this, requests = std::move(requests), done = std::move(done)] {
    auto starting = std::make_shared<Starting>();  // shared by the answers
    starting->done = done;
    starting->answers.assign(requests.size(), Result<StartedRun>(EngineStopping()));
    starting->unanswered = requests.size() + 1;
    std::map<AccountId, Result<ports::Account>> accounts;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto account = accounts.find(requests[i].account);
      if (account == accounts.end()) {
        const AccountId id = requests[i].account;
        account = accounts.emplace(id, deps_.accounts.Get(id)).first;
      }
      auto beginning = Prepare(requests[i], account->second);
      if (beginning.ok()) {
        starting->beginnings.emplace_back(i, std::move(beginning).value());
      } else {
        starting->Answer(i, beginning.error());
      }
    }
    deps_.home.Post([this, starting] { BeginAll(starting); });
  });
}

// Those of our own slots in one commit; the others one by one at their owners.
void LocalEngine::BeginAll(const std::shared_ptr<Starting>& starting) {
  std::vector<Creation> creations;
  auto here = std::make_shared<std::vector<std::pair<std::size_t, ports::NewRun>>>();
  for (auto& [place, beginning] : starting->beginnings) {
    const ports::NewRun& run = beginning.run;
    if (!owned_.Has(run.key.slot)) {
      Begin(std::move(beginning), starting->AnswerTo(place, run.key.run, starting));
      continue;
    }
    here->emplace_back(place, run);
    creations.push_back({run, std::move(beginning.workflow), std::move(beginning.input),
                         std::move(beginning.retried_from)});
  }
  if (!creations.empty()) {
    runs_.Create(std::move(creations), {},
                 [this, starting, here](const Result<ports::CommitReceipt>& result) {
                   for (const auto& [place, run] : *here) {
                     auto answer = starting->AnswerTo(place, run.key.run, starting);
                     if (!result.ok()) {
                       answer(EngineStopping());
                     } else if (std::ranges::count(result->rejected, run.key.run) > 0) {
                       AnswerFirstRun(run, std::move(answer));
                     } else {
                       answer(run.key.run);
                     }
                   }
                 });
  }
  starting->CountDown();
}

void LocalEngine::Begin(Beginning beginning, std::function<void(Result<RunId>)> done) {
  const ports::NewRun& run = beginning.run;
  if (owned_.Has(run.key.slot)) return BeginHere(beginning, std::move(done));
  if (stopped_) return done(EngineStopping());
  // An owner that dies hands its errands on: by the trigger the next one sees what was done.
  if (run.trigger_key.empty()) beginning.run.trigger_key = Sha256("run/" + ToText(run.key.run));
  Json body = {{"run", run.key.run.number()},
               {"workflow", run.workflow.number()},
               {"event", run.event.number()},
               {"trigger", ToHex(run.trigger_key)},
               {"retried_from", beginning.retried_from},
               {"at_failure", beginning.taken_over.has_value()},
               {"input", std::move(beginning.input)}};
  errands_.Ask(run.key.slot, run.key.account, ports::CommandKind::kStartRun, std::move(body),
               [done = std::move(done)](const Result<Json>& answer) {
                 if (!answer.ok()) return done(answer.error());
                 done(RunId(Member(*answer, "run").get<std::int64_t>()));
               });
}

// An errand that is carried out again may find its run begun: in memory, or else by its trigger.
void LocalEngine::BeginHere(const Beginning& beginning, std::function<void(Result<RunId>)> done) {
  if (runs_.IsLive(beginning.run.key.run)) return AnswerFirstRun(beginning.run, std::move(done));
  std::vector<Creation> creations;
  Creation creation{beginning.run, beginning.workflow, beginning.input, beginning.retried_from};
  creation.taken_over = beginning.taken_over;
  creations.push_back(std::move(creation));
  runs_.Create(std::move(creations), {},
               [this, run = beginning.run,
                done = std::move(done)](const Result<ports::CommitReceipt>& result) {
                 const bool there = !result.ok() && result.error().code == "RUN_SEQUENCE_CONFLICT";
                 if (!result.ok() && !there) return done(EngineStopping());
                 if (result.ok() && result->rejected.empty()) return done(run.key.run);
                 AnswerFirstRun(run, done);
               });
}

void LocalEngine::AnswerFirstRun(const ports::NewRun& duplicate,
                                 std::function<void(Result<RunId>)> done) {
  deps_.pool.Post([this, duplicate, done = std::move(done)] {
    auto first = deps_.runs.FindByTrigger(duplicate.key.slot, duplicate.key.account,
                                          duplicate.workflow, duplicate.trigger_key);
    const bool on_its_way = !first.ok() && first.error().kind == ErrorKind::kNotFound;
    done(on_its_way ? Unavailable("SLOT_MOVED", "the run is being stored; ask again")
                    : std::move(first));
  });
}

// ---- Orders to runs
// ---------------------------------------------------------------------------------------------

void LocalEngine::CancelRun(RunId id, std::string reason, std::function<void(Status)> done) {
  deps_.home.Post([this, id, reason = std::move(reason), done = std::move(done)] {
    Order(ports::CommandKind::kCancelRun, id, reason, done);
  });
}

void LocalEngine::SuspendRun(RunId id, std::string reason, std::function<void(Status)> done) {
  deps_.home.Post([this, id, reason = std::move(reason), done = std::move(done)] {
    Order(ports::CommandKind::kSuspendRun, id, reason, done);
  });
}

void LocalEngine::ResumeRun(RunId id, std::function<void(Status)> done) {
  deps_.home.Post(
      [this, id, done = std::move(done)] { Order(ports::CommandKind::kResumeRun, id, "", done); });
}

void LocalEngine::Order(ports::CommandKind kind, RunId id, const std::string& reason,
                        std::function<void(Status)> done) {
  OrderHere(kind, id, reason,
            [this, kind, id, reason, done = std::move(done)](const Status& ordered) {
              if (ordered.ok() || !IsSlotMoved(ordered.error())) return done(ordered);
              if (stopped_) return done(EngineStopping());
              OrderElsewhere(kind, id, reason, done);
            });
}

// Of a run that this instance owns; SLOT_MOVED when it does not.
void LocalEngine::OrderHere(ports::CommandKind kind, RunId id, const std::string& reason,
                            std::function<void(Status)> done) {
  if (!runs_.IsLive(id)) return OrderStored(kind, id, reason, std::move(done));
  runs_.Give(id, InputOf(kind, reason),
             [kind, id, done = std::move(done)](const Result<bool>& changed) {
               if (!changed.ok()) return done(changed.error());
               done(*changed ? Status() : Status(RefusalOf(kind, id)));
             });
}

// The run is not in memory: it is fetched if it is ours.
void LocalEngine::OrderStored(ports::CommandKind kind, RunId id, const std::string& reason,
                              std::function<void(Status)> done) {
  Fetch(id, [this, kind, id, reason, done = std::move(done)](const Status& fetched) {
    if (fetched.ok()) return OrderHere(kind, id, reason, done);
    if (fetched.error().code == "RUN_FINISHED") return done(RefusalOf(kind, id));
    done(fetched);
  });
}

void LocalEngine::OrderElsewhere(ports::CommandKind kind, RunId id, const std::string& reason,
                                 std::function<void(Status)> done) {
  deps_.pool.Post([this, kind, id, reason, done = std::move(done)] {
    const auto stored = deps_.runs.Get(id);
    if (!stored.ok()) return done(stored.error());
    const ports::RunKey& key = stored->summary.key;
    errands_.Ask(key.slot, key.account, kind, {{"run", id.number()}, {"reason", reason}},
                 [done](const Result<Json>& answer) {
                   done(answer.ok() ? Status() : Status(answer.error()));
                 });
  });
}

// ---- Actions
// ----------------------------------------------------------------------------------------------------

// One query for the slot: it never changes, but the account may be gone.
void LocalEngine::Perform(ports::ActionCall call, ports::ActionPerformer::Done done) {
  deps_.pool.Post([this, call = std::move(call), done = std::move(done)] {
    const auto account = deps_.accounts.Get(call.account);
    if (!account.ok()) return done(account.error());
    deps_.home.Post([this, slot = account->slot, call, done] {
      if (!owned_.Has(slot)) return PerformElsewhere(slot, call, done);
      action_runner_.Perform(call, [this, slot, call, done](Result<Json> result) {
        const bool moved = !result.ok() && IsSlotMoved(result.error());
        if (!moved) return done(std::move(result));
        PerformElsewhere(slot, call, done);
      });
    });
  });
}

void LocalEngine::PerformElsewhere(Slot slot, const ports::ActionCall& call,
                                   ports::ActionPerformer::Done done) {
  if (stopped_) return done(EngineStopping());
  errands_.Ask(slot, call.account, ports::CommandKind::kCallAction,
               {{"action", call.action},
                {"input", call.input},
                {"lane", static_cast<int>(call.lane)},
                {"op_key", call.op_key}},
               std::move(done));
}

void LocalEngine::ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) {
  action_runner_.ReadBack(std::move(call), requested_at, std::move(done));
}

void LocalEngine::ReadQuota(AccountId id, RunId run,
                            std::function<void(Result<QuotaReport>)> done) {
  deps_.pool.Post([this, id, run, done = std::move(done)] {
    const auto account = deps_.accounts.Get(id);
    if (!account.ok()) return done(account.error());
    if (!Owns(account->slot)) return ReadQuotaElsewhere(*account, run, done);
    action_runner_.Report(*account, run,
                          [this, account = *account, run, done](Result<QuotaReport> report) {
                            const bool moved = !report.ok() && IsSlotMoved(report.error());
                            if (!moved) return done(std::move(report));
                            ReadQuotaElsewhere(account, run, done);
                          });
  });
}

void LocalEngine::ReadQuotaElsewhere(const ports::Account& account, RunId run,
                                     std::function<void(Result<QuotaReport>)> done) {
  if (stopped_) return done(EngineStopping());
  errands_.Ask(
      account.slot, account.id, ports::CommandKind::kReadQuota, {{"run", run.number()}},
      [done = std::move(done)](const Result<Json>& answer) {
        if (!answer.ok()) return done(answer.error());
        done(QuotaReportFromJson(*answer));
      },
      kPatienceForQuota);
}

// ---- What other instances ask of us
// -----------------------------------------------------------------------------

void LocalEngine::CarryOut(const ports::Command& command, const Errands::Reply& reply) {
  switch (command.kind) {
    case ports::CommandKind::kStartRun:
      return CarryOutStart(command, reply);
    case ports::CommandKind::kCancelRun:
    case ports::CommandKind::kSuspendRun:
    case ports::CommandKind::kResumeRun:
      return CarryOutOrder(command, reply);
    case ports::CommandKind::kCallAction:
      return CarryOutCall(command, reply);
    case ports::CommandKind::kReadQuota:
      return CarryOutQuota(command, reply);
  }
}

// A finished run never changes, so this is what the asking instance had seen.
Result<core::workflow::TakenOver> LocalEngine::TakeOverFrom(const std::string& failed) {
  const auto stored = deps_.runs.Get(ParseRunId(failed).value_or(RunId()));
  if (!stored.ok()) return stored.error();
  auto facts = FactsOf(stored->journal);
  if (!facts.ok()) return facts.error();
  auto taken_over = core::workflow::TakeOver(std::move(facts).value(), failed);
  if (!taken_over) return Internal("JOURNAL_UNREADABLE", "run " + failed + " did not fail");
  return *std::move(taken_over);
}

// A former owner may have stored the run before it died: its trigger tells.
void LocalEngine::CarryOutStart(const ports::Command& command, const Errands::Reply& reply) {
  deps_.pool.Post([this, command, reply] {
    Beginning beginning;
    ports::NewRun& made = beginning.run;
    made.key = {command.slot, command.account,
                RunId(Member(command.body, "run").get<std::int64_t>())};
    made.workflow = WorkflowId(Member(command.body, "workflow").get<std::int64_t>());
    made.event = EventId(Member(command.body, "event").get<std::int64_t>());
    made.trigger_key = FromHex(TextMember(command.body, "trigger")).value_or("");
    const auto answer = [reply](RunId id) { reply(Json{{"run", id.number()}}); };
    if (command.takes > 1) {
      const auto first =
          deps_.runs.FindByTrigger(command.slot, command.account, made.workflow, made.trigger_key);
      if (first.ok()) return answer(*first);
      if (first.error().kind != ErrorKind::kNotFound) return reply(first.error());
      if (command.takes > kMostTakes) {
        return reply(Internal("RUN_POISONED", "the engine died " +
                                                  std::to_string(command.takes - 1) +
                                                  " times while it was starting this run"));
      }
    }
    auto workflow = book_.Get(made.workflow);
    if (!workflow.ok()) return reply(workflow.error());
    made.lane = LaneOf(**workflow);
    beginning.workflow = std::move(workflow).value();
    beginning.input = Member(command.body, "input");
    beginning.retried_from = TextMember(command.body, "retried_from");
    if (Member(command.body, "at_failure") == Json(true)) {
      auto taken_over = TakeOverFrom(beginning.retried_from);
      if (!taken_over.ok()) return reply(taken_over.error());
      beginning.taken_over = std::move(taken_over).value();
    }
    deps_.home.Post([this, beginning, reply, answer] {
      if (!owned_.Has(beginning.run.key.slot)) return reply(SlotMoved());
      BeginHere(beginning, [reply, answer](const Result<RunId>& begun) {
        if (begun.ok()) return answer(*begun);
        reply(begun.error().kind == ErrorKind::kUnavailable ? SlotMoved() : begun.error());
      });
    });
  });
}

void LocalEngine::CarryOutOrder(const ports::Command& command, const Errands::Reply& reply) {
  const RunId id(Member(command.body, "run").get<std::int64_t>());
  OrderHere(command.kind, id, TextMember(command.body, "reason"),
            [reply, again = command.takes > 1](const Status& ordered) {
              // A former owner has carried it out and died before it could say so.
              const bool before =
                  again && !ordered.ok() && ordered.error().kind == ErrorKind::kConflict;
              if (ordered.ok() || before) return reply(Json::object());
              reply(ordered.error());
            });
}

void LocalEngine::CarryOutCall(const ports::Command& command, const Errands::Reply& reply) {
  ports::ActionCall call;
  call.account = command.account;
  call.action = TextMember(command.body, "action");
  call.input = Member(command.body, "input");
  call.lane = static_cast<core::quota::Lane>(Member(command.body, "lane").get<int>());
  call.op_key = TextMember(command.body, "op_key");
  const auto found = deps_.connectors.FindAction(call.action);
  const bool harmless = found.action == nullptr ||
                        found.action->signature.effect == core::workflow::EffectClass::kRead;
  if (command.takes > 1 && !harmless) {
    return reply(InDoubt("OWNER_SILENT",
                         "the instance that was making this call died; it may or may not have "
                         "taken effect"));
  }
  action_runner_.Forget(call.account);  // the asker may just have replaced its credential
  action_runner_.Perform(std::move(call), reply);
}

void LocalEngine::CarryOutQuota(const ports::Command& command, const Errands::Reply& reply) {
  const RunId run(Member(command.body, "run").get<std::int64_t>());
  deps_.pool.Post([this, id = command.account, run, reply] {
    const auto account = deps_.accounts.Get(id);
    if (!account.ok()) return reply(account.error());
    action_runner_.Report(*account, run, [reply](const Result<QuotaReport>& report) {
      if (!report.ok()) return reply(report.error());
      reply(ToJson(*report));
    });
  });
}

// ---- Events and watching
// ----------------------------------------------------------------------------------------

void LocalEngine::AcceptEvent(ports::InboxItem item, std::optional<Json> data,
                              std::function<void(Result<bool>)> done) {
  if (stopped_) return done(EngineStopping());
  intake_.Accept(std::move(item), std::move(data), std::move(done));
}

std::unique_ptr<Watch> LocalEngine::WatchRun(RunId id, std::function<void(const RunNews&)> news) {
  return watchers_.Add(id, std::move(news));
}

void LocalEngine::LookAtWatchedLater() {
  deps_.home.PostAt(deps_.clock.Now() + settings_.watch_interval, [this] {
    if (stopped_) return;
    std::vector<RunId> elsewhere;
    for (const RunId id : watchers_.Watched()) {
      if (!runs_.IsLive(id)) elsewhere.push_back(id);
    }
    if (elsewhere.empty()) return LookAtWatchedLater();
    deps_.pool.Post([this, elsewhere] {
      LookAtWatched(elsewhere);
      LookAtWatchedLater();
    });
  });
}

// A run that is not live here makes no news here: its journal is read until it has ended.
void LocalEngine::LookAtWatched(const std::vector<RunId>& ids) {
  std::map<RunId, int> seen;
  for (const RunId id : ids) {
    const auto known = watched_seq_.find(id);
    const int before = known == watched_seq_.end() ? 0 : known->second;
    seen[id] = before;
    const auto stored = deps_.runs.Get(id);
    if (!stored.ok() || stored->summary.seq == before) continue;
    seen[id] = stored->summary.seq;
    auto run = FromJournal(stored->journal);
    auto facts = FactsOf(stored->journal);
    if (run.ok() && facts.ok())
      watchers_.Tell({id, std::move(facts).value(), std::move(run).value(), seen[id], true});
  }
  watched_seq_ = std::move(seen);
}

}  // namespace sb::runtime
