#include "engine/runtime/run_table.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/workflow/http_call.h"
#include "engine/runtime/journal_codec.h"
#include "engine/runtime/lifecycle_events.h"

namespace sb::runtime {

namespace wf = core::workflow;

// ---- Watchers
// ---------------------------------------------------------------------------------------------------

struct Watchers::Followed {
  std::mutex mutex;
  Callback news;  ///< Empty once the watch has ended.
};

class Watchers::Registration : public Watch {
 public:
  Registration(Watchers& watchers, RunId id, std::int64_t number,
               std::shared_ptr<Followed> followed)
      : watchers_(watchers), id_(id), number_(number), followed_(std::move(followed)) {}

  ~Registration() override {
    {
      const std::lock_guard lock(
          followed_->mutex);  // after this no call is under way and none will come
      followed_->news = {};
    }
    const std::lock_guard lock(watchers_.mutex_);
    auto& callbacks = watchers_.callbacks_[id_];
    callbacks.erase(number_);
    if (callbacks.empty()) watchers_.callbacks_.erase(id_);
  }

 private:
  Watchers& watchers_;
  const RunId id_;
  const std::int64_t number_;
  const std::shared_ptr<Followed> followed_;
};

std::unique_ptr<Watch> Watchers::Add(RunId id, Callback news) {
  auto followed = std::make_shared<Followed>();
  followed->news = std::move(news);
  const std::lock_guard lock(mutex_);
  const std::int64_t number = ++next_;
  callbacks_[id][number] = followed;
  return std::make_unique<Registration>(*this, id, number, std::move(followed));
}

void Watchers::Tell(const RunNews& news) {
  std::vector<std::shared_ptr<Followed>> followers;
  {
    const std::lock_guard lock(mutex_);
    const auto found = callbacks_.find(news.id);
    if (found == callbacks_.end()) return;
    for (const auto& [number, followed] : found->second) followers.push_back(followed);
  }
  for (const auto& followed : followers) {
    const std::lock_guard lock(followed->mutex);
    if (followed->news) followed->news(news);
  }
}

bool Watchers::Anyone(RunId id) const {
  const std::lock_guard lock(mutex_);
  return callbacks_.contains(id);
}

std::vector<RunId> Watchers::Watched() const {
  const std::lock_guard lock(mutex_);
  std::vector<RunId> watched;
  for (const auto& [id, callbacks] : callbacks_) watched.push_back(id);
  return watched;
}

// ---- RunTable
// ---------------------------------------------------------------------------------------------------

/// An input in line, and who wants to know what became of it.
struct RunTable::Pending {
  wf::Input input;
  std::function<void(Result<bool>)> decided;
  std::function<void(bool)> go;  ///< Of a CallAdmitted: lets the request leave, or drops it.
};

struct RunTable::LiveRun {
  ports::NewRun made;
  SharedWorkflow workflow;
  wf::Run run;
  int seq = 0;
  bool committing = false;
  int asked = 0;     ///< Calls and look-ups that the performer has not answered yet.
  int in_doubt = 0;  ///< Requests of a dead process that may still be under way.
  std::deque<Pending> line;
  std::map<std::string, std::function<void(bool)>>
      admitted;                           ///< By ref: stored intents that may leave.
  std::map<std::string, RunId> children;  ///< By ref: runs that it waits for.
  std::vector<std::function<void(const wf::Run&)>> ended;
};

/// A run that is being stored: a new one, or one that has gathered an event.
struct RunTable::Begun {
  RunId id;
  wf::Decision decision;
  wf::Run after;
  int seq = 0;
  bool is_new = true;
};

namespace {

constexpr int kMostCrashesOfRun = 3;
constexpr const char* kPoisoned = "RUN_POISONED";

/// What a run waits for as a whole.
struct Wait {
  bool busy = false;            ///< More than time and people: it must be in memory.
  std::optional<WallTime> due;  ///< The next instant at which it goes on by itself.
};

bool HasSent(const wf::Run& run) {
  return std::ranges::any_of(run.tasks, [](const auto& each) {
    return each.second.awaiting == wf::Awaiting::kCall && each.second.sent;
  });
}

// A run that a person holds still hears what has become of its requests: whoever takes it over must
// know of them.
Wait WaitOf(const wf::Run& run) {
  if (run.held) return {HasSent(run), {}};
  if (run.queued) return {false, run.deadline};
  if (run.gathering) return {true, run.deadline};
  Wait wait{false, run.deadline};
  bool waits = false;
  for (const auto& [ref, task] : run.tasks) {
    const auto due = wf::EarliestDue(task);
    if (due && (!wait.due || *due < *wait.due)) wait.due = due;
    switch (task.awaiting) {
      case wf::Awaiting::kNothing:
        break;
      case wf::Awaiting::kResume:
        waits = true;
        break;
      case wf::Awaiting::kReadBack:
      case wf::Awaiting::kRetry:
      case wf::Awaiting::kTimer:
        waits = true;
        wait.busy = wait.busy || !task.due;
        break;
      default:
        wait.busy = true;
    }
  }
  wait.busy = wait.busy || !waits;
  return wait;
}

ports::StoredRunState StoredStateOf(const wf::Run& run) {
  const Wait wait = WaitOf(run);
  const bool parked = run.status == wf::RunStatus::kParked || run.queued;
  if (parked && !wait.busy && !wait.due) return ports::StoredRunState::kParked;
  if (run.listening > 0 || run.gathering) return ports::StoredRunState::kWaitingEvent;
  for (const auto& [ref, task] : run.tasks) {
    if (task.awaiting == wf::Awaiting::kTimer) return ports::StoredRunState::kTimer;
  }
  return ports::StoredRunState::kRunnable;
}

/// Nothing while the run needs more than time: then it is due now.
std::optional<WallTime> NextDue(const wf::Run& run) {
  const Wait wait = WaitOf(run);
  return wait.busy ? std::nullopt : wait.due;
}

Error SlotMoved() {
  return Unavailable("SLOT_MOVED", "the run goes to another instance; ask again");
}

/// One line for people: why the run failed, is parked, or was cancelled by the last of these facts.
std::string NoteOf(const wf::Run& run, const std::vector<wf::Fact>& facts) {
  constexpr std::size_t kLongestNote = 500;
  if (run.queued && !run.held) return "waits for its turn";
  if (run.gathering) return "waits for more events";
  std::string note = run.error ? run.error->title + ": " + run.error->detail : run.parked_reason;
  const auto* cancelled =
      facts.empty() ? nullptr : std::get_if<wf::RunCancelled>(&facts.back().body);
  if (cancelled != nullptr) note = cancelled->reason;
  if (note.size() > kLongestNote) note.resize(kLongestNote);
  return note;
}

/// A run's place in its line; nothing when it stands in none.
std::optional<ports::Turn> TurnOf(const ports::RunKey& key, const wf::Workflow& workflow,
                                  const wf::Run& run) {
  if (!run.turn_key || !workflow.policy.concurrency) return {};
  const wf::Document& document = workflow.document;
  return ports::Turn{key, Sha256(document.workspace + "/" + document.name + "\n" + *run.turn_key),
                     workflow.policy.concurrency->limit, workflow.policy.concurrency->policy,
                     !run.queued};
}

bool IsOfTurn(const wf::Fact& fact) {
  return std::holds_alternative<wf::TurnAwaited>(fact.body) ||
         std::holds_alternative<wf::TurnTaken>(fact.body);
}

}  // namespace

RunTable::RunTable(Dependencies dependencies) : deps_(std::move(dependencies)) {}

RunTable::~RunTable() = default;

RunTable::LiveRun& RunTable::Insert(const ports::NewRun& made, SharedWorkflow workflow) {
  auto live = std::make_unique<LiveRun>();
  live->made = made;
  live->workflow = std::move(workflow);
  return *(runs_[made.key.run] = std::move(live));
}

wf::DecideContext RunTable::ContextOf(const LiveRun& live) const {
  return {*live.workflow,    deps_.expressions,     deps_.actions,
          live.made.key.run, live.made.key.account, deps_.clock.Now()};
}

void RunTable::Create(std::vector<Creation> creations, std::optional<ports::HandledEvent> handled,
                      std::function<void(Result<ports::CommitReceipt>)> done) {
  const bool moved = std::ranges::any_of(
      creations, [this](const Creation& each) { return closed_.Has(each.run.key.slot); });
  if (moved || (handled && closed_.Has(handled->slot))) {
    if (done) done(SlotMoved());
    return;
  }

  if (std::ranges::any_of(creations, [this](const Creation& each) { return IsBusy(each); })) {
    if (done) done(Unavailable("RUN_BUSY", "a run that gathers is being stored; ask again"));
    return;
  }
  auto begun = std::make_shared<std::vector<Begun>>();  // shared because callbacks must be copyable
  CommitUnit unit;
  if (handled) unit.handled.push_back(*handled);
  for (Creation& creation : creations) {
    auto each = creation.gathers ? Join(creation, unit) : std::nullopt;
    if (!each) each = Begin(std::move(creation), unit);
    if (each) begun->push_back(*std::move(each));
  }
  unit.done = [this, begun, done = std::move(done)](const Result<ports::CommitReceipt>& result) {
    OnCreated(*begun, result);
    if (done) done(result);
  };
  Write(std::move(unit));
}

/// Nothing when an event does not begin what it was to begin.
std::optional<RunTable::Begun> RunTable::Begin(Creation creation, CommitUnit& unit) {
  LiveRun& live = Insert(creation.run, std::move(creation.workflow));
  const bool gathers = creation.gathers.has_value();
  wf::Run after;
  wf::Decision decision = wf::DecideAndApply(
      ContextOf(live), after,
      wf::Start{std::move(creation.input), std::move(creation.retried_from), creation.depth,
                std::move(creation.taken_over), std::move(creation.gathers)});
  if (gathers && after.gathering && after.gathered.empty()) {
    runs_.erase(creation.run.key.run);
    return {};
  }
  if (gathers) MakeRoom(creation);
  live.committing = true;
  unit.new_runs.push_back(creation.run);
  if (creation.schedule) unit.schedules.push_back(*creation.schedule);
  AddToUnit(live, after, decision.facts, unit);
  return Begun{creation.run.key.run, std::move(decision), std::move(after),
               unit.steps.back().to_seq, true};
}

void RunTable::OnCreated(std::vector<Begun>& begun, const Result<ports::CommitReceipt>& result) {
  for (Begun& each : begun) {
    if (!each.is_new && !result.ok()) {
      OnRefused(each.id, result.error());
      continue;
    }
    const bool rejected = result.ok() && std::ranges::count(result->rejected, each.id) > 0;
    if (!result.ok() || rejected) {
      runs_.erase(each.id);
      continue;
    }
    if (each.is_new) deps_.metrics.Count("switchboard_runs_started_total");
    OnCommitted(each.id, each.decision, std::move(each.after), each.seq);
  }
}

// ---- Runs that gather the events that start them
// ----------------------------------------------------------------

/// The oldest first.
std::set<RunId> RunTable::GatheringRunsOf(const ports::NewRun& like) {
  const auto found = gathering_.find({like.key.account, like.workflow});
  if (found == gathering_.end()) return {};
  std::erase_if(found->second, [this](RunId id) { return !runs_.contains(id); });
  return found->second;
}

bool RunTable::IsBusy(const Creation& creation) {
  if (!creation.gathers) return false;
  return std::ranges::any_of(GatheringRunsOf(creation.run), [this](RunId id) {
    const LiveRun& live = *runs_.at(id);
    return live.committing || !live.line.empty();
  });
}

std::optional<RunTable::Begun> RunTable::Join(const Creation& creation, CommitUnit& unit) {
  for (const RunId id : GatheringRunsOf(creation.run)) {
    LiveRun& live = *runs_.at(id);
    wf::Run after = live.run;
    wf::Decision decision = DecideNoted(live, after, wf::EventArrived{*creation.gathers});
    if (decision.facts.empty()) continue;
    live.committing = true;
    AddToUnit(live, after, decision.facts, unit);
    return Begun{id, std::move(decision), std::move(after), unit.steps.back().to_seq, false};
  }
  return {};
}

/// Stories that nothing ends must not fill the memory.
void RunTable::MakeRoom(const Creation& creation) {
  constexpr std::size_t kMostGathering = 1000;
  const std::set<RunId> gathering = GatheringRunsOf(creation.run);
  if (gathering.size() < kMostGathering) return;
  Log::Warn("runs.gathering_too_many", {{"workflow", ToText(creation.run.workflow)}});
  deps_.home.Post([this, oldest = *gathering.begin()] {
    Give(oldest, wf::Cancel{"1000 later runs of the workflow wait for more events, too, which is "
                            "the limit: correlate events only by what comes back"});
  });
}

Status RunTable::Adopt(const ports::StoredRun& stored, SharedWorkflow workflow) {
  auto run = FromJournal(stored.journal);
  if (!run.ok()) return run.error();
  ports::NewRun made;
  made.key = stored.summary.key;
  made.workflow = stored.summary.workflow;
  made.event = stored.summary.event;
  made.lane = stored.summary.lane;
  LiveRun& live = Insert(made, std::move(workflow));
  live.run = std::move(run).value();
  live.seq = stored.summary.seq;
  NoteWhetherItListens(live);
  const bool poisoned =
      stored.crashes >= kMostCrashesOfRun && live.run.status == wf::RunStatus::kRunning;
  const wf::Unfinished unfinished = wf::FindUnfinished(live.run);
  for (const wf::CallOutcome& outcome : unfinished.in_doubt) {
    const auto& task = live.run.tasks.at(outcome.ref);
    const WallTime settled = task.requested_at.value_or(deps_.clock.Now()) + deps_.settle_after;
    ++live.in_doubt;
    deps_.home.PostAt(settled, [this, id = made.key.run, outcome] { OnSettled(id, outcome); });
  }
  TellInterrupted(live);
  if (poisoned) {
    ParkPoisoned(live, stored.crashes);
  } else {
    StartEffects(live, unfinished.effects);
  }
  return {};
}

void RunTable::OnSettled(RunId id, const wf::CallOutcome& outcome) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  found->second->in_doubt = std::max(0, found->second->in_doubt - 1);
  Give(id, outcome);
}

void RunTable::ParkPoisoned(const LiveRun& live, int crashes) {
  const RunId id = live.made.key.run;
  Log::Error("run.poisoned", {{"run", ToText(id)}, {"crashes", crashes}});
  deps_.metrics.Count("switchboard_runs_poisoned_total");
  Give(id, wf::Suspend{"the engine died " + std::to_string(crashes) +
                           " times while it was deciding this run; look at its last task, then "
                           "cancel or resume it",
                       kPoisoned});
}

namespace {

/// What only tells what became of something that was started before.
bool IsOutcome(const wf::Input& input) {
  return std::holds_alternative<wf::CallOutcome>(input) ||
         std::holds_alternative<wf::ReadBackOutcome>(input);
}

}  // namespace

bool RunTable::IsClosed(const LiveRun& live) const {
  return closed_.Has(live.made.key.slot);
}

bool RunTable::Holds(const SlotSet& slots) const {
  return std::ranges::any_of(
      runs_, [&](const auto& entry) { return slots.Has(entry.second->made.key.slot); });
}

void RunTable::Open(const std::vector<Slot>& slots) {
  closed_.Remove(slots);
}

void RunTable::Close(const std::vector<Slot>& slots) {
  closed_.Add(slots);
  std::vector<RunId> closing;
  for (const auto& [id, live] : runs_) {
    if (IsClosed(*live)) closing.push_back(id);
  }
  for (const RunId id : closing) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) continue;
    auto line = std::exchange(found->second->line, {});
    for (Pending& pending : line) {
      if (IsOutcome(pending.input)) {
        found->second->line.push_back(std::move(pending));
        continue;
      }
      if (pending.go) pending.go(false);
      if (pending.decided) pending.decided(SlotMoved());
    }
    LetGoWhenIdle(id);
  }
}

bool RunTable::IsResting(const LiveRun& live) const {
  const Wait wait = WaitOf(live.run);
  return !wait.busy && (!wait.due || *wait.due > deps_.clock.Now() + kNear);
}

void RunTable::LetGoWhenIdle(RunId id) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  LiveRun& live = *found->second;
  if (live.committing || !live.line.empty() || live.asked > 0) return;
  const bool unneeded = live.in_doubt == 0 && live.ended.empty() && IsResting(live);
  if (!IsClosed(live) && !unneeded) return;
  auto admitted = std::move(live.admitted);
  runs_.erase(found);
  for (auto& [ref, go] : admitted) go(false);
}

void RunTable::Abandon() {
  for (auto run = runs_.begin(); run != runs_.end();) {
    LiveRun& live = *run->second;
    if (!IsClosed(live) || live.committing) {
      ++run;
      continue;
    }
    Log::Info("run.abandoned", {{"run", ToText(run->first)}, {"asked", live.asked}});
    auto admitted = std::move(live.admitted);
    run = runs_.erase(run);
    for (auto& [ref, go] : admitted) go(false);
  }
}

std::vector<RunId> RunTable::ListeningRunsOf(AccountId account) {
  const auto found = listening_.find(account);
  if (found == listening_.end()) return {};
  std::erase_if(found->second, [this](RunId id) { return !runs_.contains(id); });
  return {found->second.begin(), found->second.end()};
}

void RunTable::WhenEnded(RunId id, std::function<void(const wf::Run&)> ended) {
  const auto found = runs_.find(id);
  if (found != runs_.end()) found->second->ended.push_back(std::move(ended));
}

void RunTable::Clear() {
  auto runs = std::move(runs_);
  runs_.clear();
  listening_.clear();
  for (auto& [id, live] : runs) {
    for (auto& [ref, go] : live->admitted) go(false);
    for (Pending& pending : live->line) {
      if (pending.go) pending.go(false);
      if (pending.decided)
        pending.decided(Cancelled("ENGINE_STOPPING", "the engine is stopping; ask again"));
    }
  }
}

const wf::Run* RunTable::Find(RunId id) const {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : &found->second->run;
}

void RunTable::Give(RunId id, wf::Input input, std::function<void(Result<bool>)> decided) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) {
    if (decided) decided(NotFound("RUN_NOT_FOUND", "run " + ToText(id) + " is not live here"));
    return;
  }
  if (IsClosed(*found->second) && !IsOutcome(input)) {
    if (decided) decided(SlotMoved());
    return;
  }
  found->second->line.push_back({std::move(input), std::move(decided), {}});
  Advance(id);
  LetGoWhenIdle(id);
}

wf::Decision RunTable::DecideNoted(const LiveRun& live, wf::Run& run,
                                   const wf::Input& input) const {
  if (deps_.black_box == nullptr) return wf::DecideAndApply(ContextOf(live), run, input);
  const ports::RunKey& key = live.made.key;
  deps_.black_box->Begin({ports::BlackBox::Subject::kRun, key.slot, key.run.number()});
  wf::Decision decision = wf::DecideAndApply(ContextOf(live), run, input);
  deps_.black_box->End();
  return decision;
}

void RunTable::Advance(RunId id) {
  for (auto found = runs_.find(id); found != runs_.end(); found = runs_.find(id)) {
    LiveRun& live = *found->second;
    if (live.committing || live.line.empty()) return;
    Pending next = std::move(live.line.front());
    live.line.pop_front();
    wf::Run after = live.run;
    wf::Decision decision = DecideNoted(live, after, next.input);
    if (!decision.facts.empty()) {
      Commit(live, std::move(decision), std::move(after), std::move(next));
      return;
    }
    StartEffects(live, decision.effects);  // a timer that came too early is set again
    if (next.go) next.go(false);           // the run no longer wants this request
    if (next.decided) next.decided(false);
  }
}

void RunTable::Commit(LiveRun& live, wf::Decision decision, wf::Run after, Pending cause) {
  const RunId id = live.made.key.run;
  if (cause.go) live.admitted[std::get<wf::CallAdmitted>(cause.input).ref] = std::move(cause.go);
  live.committing = true;
  CommitUnit unit;
  AddToUnit(live, after, decision.facts, unit);
  const int seq = unit.steps.back().to_seq;
  auto held =
      std::make_shared<std::pair<wf::Decision, wf::Run>>(std::move(decision), std::move(after));
  unit.done = [this, id, held, seq,
               decided = std::move(cause.decided)](const Result<ports::CommitReceipt>& result) {
    if (result.ok()) {
      OnCommitted(id, held->first, std::move(held->second), seq);
    } else {
      OnRefused(id, result.error());
    }
    if (decided) result.ok() ? decided(true) : decided(result.error());
  };
  Write(std::move(unit));
}

void RunTable::AddToUnit(const LiveRun& live, const wf::Run& after,
                         const std::vector<wf::Fact>& facts, CommitUnit& unit) const {
  auto rows = ToJournal(live.made.key, live.seq, facts);
  ports::RunStep step;
  step.key = live.made.key;
  step.from_seq = live.seq;
  step.to_seq = live.seq + static_cast<int>(rows.size());
  step.state = StoredStateOf(after);
  step.wake_at = NextDue(after);
  step.status = wf::ToString(after.status);
  step.finished = wf::IsFinal(after.status);
  step.note = NoteOf(after, facts);
  const bool ended = step.finished;
  unit.steps.push_back(std::move(step));
  if (after.turn_key && (ended || std::ranges::any_of(facts, IsOfTurn))) {
    if (auto turn = TurnOf(live.made.key, *live.workflow, after))
      unit.turns.push_back({*std::move(turn), ended});
  }
  AddLifecycle(live, after, facts, rows, unit);
  unit.journal.insert(unit.journal.end(), std::make_move_iterator(rows.begin()),
                      std::make_move_iterator(rows.end()));
}

void RunTable::AddLifecycle(const LiveRun& live, const wf::Run& after,
                            const std::vector<wf::Fact>& facts,
                            const std::vector<ports::JournalRow>& rows, CommitUnit& unit) const {
  if (deps_.ids == nullptr) return;
  const AccountId account = live.made.key.account;
  for (ports::InboxItem& item : LifecycleItems(
           {live.made, *live.workflow, after, facts, rows, live.seq == 0},
           [&](const std::string& type) { return WantsLifecycle(account, type); }, *deps_.ids,
           deps_.clock.Now())) {
    unit.events.push_back(std::move(item));
  }
}

/// A run may also listen for what its workflow, which need not be on, names.
bool RunTable::WantsLifecycle(AccountId account, const std::string& type) const {
  if (deps_.wants_lifecycle && deps_.wants_lifecycle(account, type)) return true;
  const auto listening = listening_.find(account);
  if (listening == listening_.end()) return false;
  return std::ranges::any_of(listening->second, [&](RunId id) {
    const auto run = runs_.find(id);
    return run != runs_.end() &&
           std::ranges::count(run->second->workflow->lifecycle_types, type) > 0;
  });
}

void RunTable::Write(CommitUnit unit) {
  if (!unit.events.empty() && deps_.events_stored) {
    unit.done = [this, done = std::move(unit.done)](const Result<ports::CommitReceipt>& result) {
      done(result);
      if (result.ok()) deps_.events_stored();
    };
  }
  deps_.commits.Write(std::move(unit));
}

void RunTable::OnCommitted(RunId id, const wf::Decision& decision, wf::Run after, int seq) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  LiveRun& live = *found->second;
  const bool forgiven =
      live.run.parked_code == kPoisoned && after.status == wf::RunStatus::kRunning;
  live.run = std::move(after);
  live.seq = seq;
  live.committing = false;
  NoteWhetherItListens(live);
  if (deps_.watchers.Anyone(id)) deps_.watchers.Tell({id, decision.facts, live.run, live.seq});
  StartEffects(live, decision.effects);
  if (forgiven && deps_.forgive) deps_.forgive(id);
  if (wf::IsFinal(live.run.status)) return Finish(live);
  Advance(id);
  LetGoWhenIdle(id);
}

namespace {

template <typename Key>
void Note(bool is_there, const Key& key, RunId run, std::map<Key, std::set<RunId>>& runs) {
  if (is_there) {
    runs[key].insert(run);
    return;
  }
  const auto found = runs.find(key);
  if (found == runs.end()) return;
  found->second.erase(run);
  if (found->second.empty()) runs.erase(found);
}

}  // namespace

void RunTable::NoteWhetherItListens(const LiveRun& live) {
  const ports::RunKey& key = live.made.key;
  Note(live.run.listening > 0, key.account, key.run, listening_);
  Note(live.run.gathering, std::pair(key.account, live.made.workflow), key.run, gathering_);
}

void RunTable::OnRefused(RunId id, const Error& error) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  const ports::RunKey key = found->second->made.key;
  for (auto& [ref, go] : found->second->admitted) go(false);
  auto line = std::move(found->second->line);
  runs_.erase(found);
  for (Pending& late : line) {
    if (late.go) late.go(false);
    if (late.decided) late.decided(error);
  }
  if (error.code != "RUN_SEQUENCE_CONFLICT")
    return;  // fenced or stopping: whoever owns the slot goes on
  Log::Error("run.sequence_conflict", {{"run", ToText(id)}});
  deps_.metrics.Count("switchboard_sequence_conflicts_total");
  deps_.reload(key);
}

void RunTable::Finish(LiveRun& live) {
  const RunId id = live.made.key.run;
  deps_.metrics.Count("switchboard_runs_finished_total",
                      {{"status", wf::ToString(live.run.status)}});
  for (auto& [ref, go] : live.admitted) go(false);
  CancelChildrenOf(live);
  if (live.run.turn_key) deps_.surroundings.LeaveLine(id);
  auto line = std::move(live.line);
  const auto ended = std::move(live.ended);
  const wf::Run run = std::move(live.run);
  runs_.erase(id);
  for (const auto& tell : ended) tell(run);
  for (Pending& late : line) {
    if (late.go) late.go(false);
    if (late.decided) late.decided(false);
  }
}

void RunTable::StartEffects(LiveRun& live, const std::vector<wf::Effect>& effects) {
  if (IsClosed(live)) {  // the next owner starts them; what was admitted does not leave
    auto admitted = std::exchange(live.admitted, {});
    for (auto& [ref, go] : admitted) go(false);
    return;
  }
  for (const wf::Effect& effect : effects) {
    std::visit([&](const auto& each) { Start(live, each); }, effect);
  }
}

namespace {

/// The performer gave the call back unmade, because this instance stops or gives up its slot: no
/// outcome, and whoever owns the run next performs it.
template <typename Answer>
bool NothingHappened(const Result<Answer>& answer) {
  return !answer.ok() && answer.error().kind == ErrorKind::kCancelled;
}

ports::ActionCall CallOf(const ports::NewRun& made, const std::string& task,
                         const wf::CallRequested& request) {
  ports::ActionCall call;
  call.account = made.key.account;
  call.run = made.key.run;
  call.task = task;
  call.action = request.action;
  call.input = request.input;
  call.lane = made.lane;
  call.op_key = request.op_key;
  return call;
}

}  // namespace

ports::ActionPerformer& RunTable::PerformerOf(const wf::CallRequested& request) {
  const bool own = request.action == wf::kHttpAction || request.action == wf::kOpenApiAction;
  return own ? deps_.requests : deps_.performer;
}

/// Of what may have left and has no outcome: its intents are all that the last owner's turns have
/// left behind.
void RunTable::TellInterrupted(const LiveRun& live) {
  for (const auto& [ref, task] : live.run.tasks) {
    const bool sent = task.awaiting == wf::Awaiting::kCall && task.sent;
    if (!task.request || (!sent && task.awaiting != wf::Awaiting::kReadBack)) continue;
    PerformerOf(*task.request)
        .NoteInterrupted(CallOf(live.made, ref, *task.request),
                         task.requested_at.value_or(task.started_at));
  }
}

void RunTable::Start(LiveRun& live, const wf::PerformCall& effect) {
  const RunId id = live.made.key.run;
  const int attempt = effect.request.attempt;
  ports::ActionCall call = CallOf(live.made, effect.ref, effect.request);
  auto authentication = wf::AuthenticationOf(ContextOf(live), live.run, effect.ref);
  if (!authentication.ok()) {
    wf::CallOutcome refused{effect.ref, attempt, authentication.error()};
    return deps_.home.Post([this, id, refused] { Give(id, refused); });
  }
  call.authentication = std::move(authentication).value();
  call.authorized_headers = wf::AuthorizedHeadersOf(ContextOf(live), live.run, effect.ref);
  if (effect.request.effect != wf::EffectClass::kRead) {
    call.on_admitted = [this, id, ref = effect.ref, attempt](std::function<void(bool)> go) {
      OnAdmitted(id, ref, attempt, std::move(go));
    };
  }
  ++live.asked;
  PerformerOf(effect.request)
      .Perform(std::move(call), [this, id, ref = effect.ref, attempt](Result<Json> result) {
        const bool nothing = NothingHappened(result);
        wf::CallOutcome outcome{ref, attempt, std::move(result)};
        deps_.home.Post([this, id, nothing, outcome = std::move(outcome)] {
          OnAnswered(id, outcome, nothing);
        });
      });
}

void RunTable::OnAnswered(RunId id, wf::Input outcome, bool nothing_happened) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  found->second->asked = std::max(0, found->second->asked - 1);
  if (!nothing_happened) Give(id, std::move(outcome));
  LetGoWhenIdle(id);
}

void RunTable::OnAdmitted(RunId id, const std::string& ref, int attempt,
                          std::function<void(bool)> go) {
  const auto found = runs_.find(id);
  if (found == runs_.end() || IsClosed(*found->second)) return go(false);
  found->second->line.push_back({wf::CallAdmitted{ref, attempt}, {}, std::move(go)});
  Advance(id);
}

void RunTable::Start(LiveRun& live, const wf::SendCall& effect) {
  const auto found = live.admitted.find(effect.ref);
  if (found == live.admitted.end()) return;
  auto go = std::move(found->second);
  live.admitted.erase(found);
  go(true);
}

void RunTable::Start(LiveRun& live, const wf::PerformReadBack& effect) {
  const RunId id = live.made.key.run;
  wf::ReadBackOutcome outcome{effect.ref, effect.request.attempt, effect.round,
                              std::optional<Json>()};
  ++live.asked;
  deps_.performer.ReadBack(
      CallOf(live.made, effect.ref, effect.request), effect.requested_at,
      [this, id, outcome](Result<std::optional<Json>> result) mutable {
        const bool nothing = NothingHappened(result);
        outcome.result = std::move(result);
        deps_.home.Post([this, id, outcome, nothing] { OnAnswered(id, outcome, nothing); });
      });
}

void RunTable::Start(LiveRun& live, const wf::WakeAt& effect) {
  if (IsResting(live)) return;  // it leaves memory, and is found again by its instant
  deps_.home.PostAt(effect.due,
                    [this, id = live.made.key.run, ref = effect.ref] { Give(id, wf::Due{ref}); });
}

void RunTable::Start(LiveRun& live, const wf::StoreEvent& effect) {
  deps_.surroundings.StoreEvent(live.made.key, effect.emission,
                                [this, id = live.made.key.run, ref = effect.emission.ref] {
                                  Give(id, wf::EventStored{ref});
                                });
}

void RunTable::Start(LiveRun& live, const wf::StartChild& effect) {
  const RunId id = live.made.key.run;
  const std::string ref = effect.wanted.ref;
  deps_.surroundings.StartChild(
      live.made.key, effect,
      [this, id, ref, await = effect.wanted.await](RunId child) {
        const auto found = runs_.find(id);
        if (found != runs_.end() && await) found->second->children[ref] = child;
        Give(id, wf::ChildRunStarted{ref, child});
      },
      [this, id](wf::ChildRunEnded ended) {
        const auto found = runs_.find(id);
        if (found != runs_.end()) found->second->children.erase(ended.ref);
        Give(id, std::move(ended));
      });
}

void RunTable::Start(LiveRun& live, const wf::CancelChild& effect) {
  const auto found = live.children.find(effect.ref);
  if (found == live.children.end()) return;
  const RunId child = found->second;
  live.children.erase(found);
  Give(child, wf::Cancel{"the run that waited for it has given it up"});
}

void RunTable::Start(LiveRun& live, const wf::AskTurn&) {
  if (const auto turn = TurnOf(live.made.key, *live.workflow, live.run))
    deps_.surroundings.AskTurn(*turn);
}

void RunTable::CancelChildrenOf(LiveRun& live) {
  for (const auto& [ref, child] : std::exchange(live.children, {}))
    Give(child, wf::Cancel{"the run that waited for it has ended"});
}

}  // namespace sb::runtime
