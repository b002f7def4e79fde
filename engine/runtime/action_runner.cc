#include "engine/runtime/action_runner.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/log.h"

namespace sb::runtime {
namespace {

constexpr Millis kBetweenQuestions = std::chrono::seconds(2);

Error NotStarted() {
  return Unavailable("ACTION_NOT_STARTED", "the request was not sent; it will be tried again");
}

Error Stopping() {
  return Cancelled("ENGINE_STOPPING",
                   "the engine is stopping; the work goes on after its next start");
}

Error SlotMoved() {
  return Cancelled("SLOT_MOVED", "the account goes to another instance; ask again");
}

/// A refusal that concerns this request only.
Error NotPermitted(Error error) {
  constexpr std::string_view kRefused = "_UNAUTHORIZED";
  if (error.code.ends_with(kRefused))
    error.code.replace(error.code.size() - kRefused.size(), kRefused.size(), "_FORBIDDEN");
  return Forbidden(error.code, error.message + "; the account works, so it is not permitted this");
}

Error NotKnown() {
  return Unavailable(
      "CREDENTIAL_UNCERTAIN",
      "the provider refused the account's credential, and it is not known now whether "
      "it still works; nothing took effect, try again");
}

/// Why an account's state keeps requests from being made; ok when it does not.
Status UsableState(const ports::Account& account) {
  switch (account.state) {
    case ports::AccountState::kActive:
    case ports::AccountState::kConnecting:
    case ports::AccountState::kExpiring:
      return {};
    case ports::AccountState::kDisconnected:
      return NotFound("ACCOUNT_NOT_FOUND",
                      "account " + ToText(account.id) + " has been disconnected");
    case ports::AccountState::kNeedsReauth:
    case ports::AccountState::kRevoked:
    case ports::AccountState::kSuspended:
      break;
  }
  return Unauthorized("ACCOUNT_NEEDS_REAUTH", "account " + ToText(account.id) + " is " +
                                                  ToString(account.state) + ": connect it again");
}

}  // namespace

/// An account's lanes, or what waits for them to be loaded.
struct ActionRunner::Entry {
  std::unique_ptr<AccountLanes> lanes;
  bool loading = false;
  bool stale = false;  ///< Forgotten while a load was under way, or while jobs are still waiting.
  std::vector<std::pair<ports::ActionCall, Done>> waiting;
  std::vector<Refused> refused;  ///< They go first when the account may go on.
  bool asking = false;           ///< ... whether its credential is good.

  bool IsHeld() const { return loading || asking; }
};

ActionRunner::ActionRunner(Dependencies dependencies) : deps_(std::move(dependencies)) {}

ActionRunner::~ActionRunner() = default;

void ActionRunner::Perform(ports::ActionCall call, Done done) {
  deps_.home.Post([this, call = std::move(call), done = std::move(done)]() mutable {
    Accept(std::move(call), std::move(done));
  });
}

void ActionRunner::ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) {
  const auto found = deps_.connectors.FindAction(call.action);
  if (found.action == nullptr || !found.action->read_back) {
    done(Internal("READ_BACK_UNDEFINED",
                  "action " + call.action + " does not say how to look for its effect"));
    return;
  }
  const connector::ReadBackSpec& spec = *found.action->read_back;
  auto input = connector::ReadBackInput(spec, call.input, requested_at, deps_.expressions);
  if (!input.ok()) {
    done(input.error());
    return;
  }
  ports::ActionCall reading = call;
  reading.action = found.connector->name + "." + spec.action;
  reading.input = std::move(input).value();
  reading.on_admitted = {};
  Perform(std::move(reading), [this, &spec, call = std::move(call), requested_at,
                               done = std::move(done)](Result<Json> output) {
    if (!output.ok()) return done(output.error());
    done(connector::ReadBackFound(spec, call.input, requested_at, *output, deps_.expressions));
  });
}

void ActionRunner::Forget(AccountId account) {
  deps_.home.Post([this, account] {
    const auto known = entries_.find(account);
    if (known == entries_.end()) return;
    Entry& entry = *known->second;
    entry.stale = true;
    if (entry.lanes && !entry.loading && !IsClosed(entry)) Load(account, entry);
  });
}

void ActionRunner::Open(const std::vector<Slot>& slots) {
  closed_.Remove(slots);
}

void ActionRunner::Close(const std::vector<Slot>& slots) {
  closed_.Add(slots);
  for (auto& [account, entry] : entries_) {
    if (!IsClosed(*entry)) continue;
    for (LaneJob& job : entry->lanes->TakeAll()) job.done(SlotMoved());
    for (Refused& each : std::exchange(entry->refused, {}))  // an intent has its end
      each.job.done(each.job.call.on_admitted ? NotStarted() : SlotMoved());
  }
}

bool ActionRunner::IsSending(const SlotSet& slots) const {
  return std::ranges::any_of(entries_, [&](const auto& each) {
    const auto& lanes = each.second->lanes;
    return lanes && slots.Has(lanes->account().slot) && lanes->in_flight() > 0;
  });
}

bool ActionRunner::IsRecording(const SlotSet& slots) const {
  return std::ranges::any_of(entries_, [&](const auto& each) {
    const auto& lanes = each.second->lanes;
    return lanes && slots.Has(lanes->account().slot) && lanes->is_recording();
  });
}

void ActionRunner::DropClosed() {
  for (auto& [account, entry] : entries_) {
    if (entry->loading) entry->stale = true;  // whose record another instance may write meanwhile
  }
  std::erase_if(entries_, [this](const auto& each) {
    return IsClosed(*each.second) && !each.second->loading;
  });
}

bool ActionRunner::IsClosed(const Entry& entry) const {
  return entry.lanes && closed_.Has(entry.lanes->account().slot);
}

void ActionRunner::Stop() {
  stopped_ = true;
  for (auto& [account, entry] : entries_) {
    auto waiting = std::exchange(entry->waiting, {});
    for (auto& [call, done] : waiting) done(Stopping());
    for (Refused& each : std::exchange(entry->refused, {})) each.job.done(Stopping());
    if (!entry->lanes) continue;
    for (LaneJob& job : entry->lanes->TakeAll()) job.done(Stopping());
  }
}

ActionRunner::Entry& ActionRunner::EntryOf(AccountId account) {
  auto& entry = entries_[account];
  if (!entry) entry = std::make_unique<Entry>();
  return *entry;
}

void ActionRunner::Accept(ports::ActionCall call, Done done) {
  if (stopped_) return done(Stopping());
  const AccountId account = call.account;
  Entry& entry = EntryOf(account);
  if (IsClosed(entry)) return done(SlotMoved());
  if (entry.lanes && !entry.loading) {
    Enqueue(entry, std::move(call), std::move(done));
    Pump(account);
    return;
  }
  entry.waiting.emplace_back(std::move(call), std::move(done));
  if (!entry.loading) Load(account, entry);
}

void ActionRunner::Load(AccountId account, Entry& entry) {
  entry.loading = true;
  entry.stale = false;
  deps_.pool.Post([this, account] {
    // shared because std::function wants copyable captures; exactly one place takes it
    auto loaded = std::make_shared<Result<std::unique_ptr<AccountLanes>>>(LoadLanes(account));
    deps_.home.Post([this, account, loaded] { OnLoaded(account, std::move(*loaded)); });
  });
}

Result<std::unique_ptr<AccountLanes>> ActionRunner::LoadLanes(AccountId id) {
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (const Status usable = UsableState(*account); !usable.ok()) return usable.error();
  const connector::Connector* connector = deps_.connectors.FindConnector(account->connector);
  if (connector == nullptr) {
    return Invalid("CONNECTOR_UNKNOWN",
                   "this server has no connector '" + account->connector + "'");
  }
  const auto stored = deps_.accounts.GetCredential(id);
  if (!stored.ok()) return stored.error();
  if (stored->generation == 0) {
    return Unauthorized("ACCOUNT_NEEDS_REAUTH",
                        "account " + ToText(id) + " has no credential: connect it again");
  }
  const auto opened = deps_.vault.Open(
      stored->sealed, connector::CredentialContext(id, account->connector, stored->generation));
  if (!opened.ok()) return opened.error();
  auto credential = connector::Credential::FromSecret(*opened);
  if (!credential.ok()) return credential.error();
  const auto record = deps_.runs.LoadBudget(account->slot, id);
  if (!record.ok()) return record.error();
  auto limiter = *record ? core::quota::Limiter(connector->quota, **record, deps_.clock.Now())
                         : core::quota::Limiter(connector->quota);
  return std::make_unique<AccountLanes>(*account, std::move(credential).value(), stored->generation,
                                        std::move(limiter));
}

void ActionRunner::OnLoaded(AccountId account, Result<std::unique_ptr<AccountLanes>> loaded) {
  Entry& entry = EntryOf(account);
  entry.loading = false;
  if (entry.stale) return Load(account, entry);
  auto waiting = std::exchange(entry.waiting, {});
  if (!loaded.ok()) {
    if (entry.lanes) {
      for (LaneJob& job : entry.lanes->TakeAll())
        waiting.emplace_back(std::move(job.call), std::move(job.done));
    }
    entry.lanes.reset();
    for (auto& [call, done] : waiting) done(loaded.error());
    return;
  }
  auto lanes = std::move(loaded).value();
  if (entry.lanes) lanes->Inherit(*entry.lanes);  // the quota goes on; only the credential is new
  std::vector<LaneJob> queued = entry.lanes ? entry.lanes->TakeAll() : std::vector<LaneJob>();
  entry.lanes = std::move(lanes);
  for (LaneJob& job : queued)
    Enqueue(entry, std::move(job.call), std::move(job.done), job.refused_before);
  for (auto& [call, done] : waiting) {
    if (IsClosed(entry)) {
      done(SlotMoved());
    } else {
      Enqueue(entry, std::move(call), std::move(done));
    }
  }
  Pump(account);
}

void ActionRunner::Enqueue(Entry& entry, ports::ActionCall call, Done done, bool refused_before) {
  auto job = Prepare(*entry.lanes, std::move(call));
  if (!job.ok()) return done(job.error());
  job->refused_before = refused_before;
  job->done = std::move(done);
  entry.lanes->Push(std::move(job).value());
}

Result<LaneJob> ActionRunner::Prepare(const AccountLanes& lanes, ports::ActionCall call) {
  const auto found = deps_.connectors.FindAction(call.action);
  if (found.action == nullptr || found.connector->name != lanes.account().connector) {
    return Invalid("ACTION_UNKNOWN", "account " + ToText(call.account) + " has no action '" +
                                         call.action + "'; `switchboard connector show " +
                                         lanes.account().connector + "` lists them");
  }
  auto request = connector::RenderRequest(*found.connector, *found.action, call.input,
                                          lanes.credential(), deps_.expressions);
  if (!request.ok()) return request.error();
  LaneJob job;
  job.call = std::move(call);
  job.connector = found.connector;
  job.action = found.action;
  job.request = std::move(request).value();
  job.queued_at = deps_.clock.Now();
  job.generation = lanes.generation();
  return job;
}

void ActionRunner::Pump(AccountId account) {
  Entry& entry = EntryOf(account);
  if (!entry.lanes || entry.IsHeld() || IsClosed(entry)) return;
  AccountLanes& lanes = *entry.lanes;
  const WallTime now = deps_.clock.Now();
  if (lanes.NeedsRecord()) StoreRecord(account, lanes);
  while (auto job = lanes.TakeAdmitted(now)) Begin(account, std::move(*job));
  const auto chance = lanes.NextChance(now);
  if (!chance || *chance <= now ||
      (lanes.wake_at && *lanes.wake_at > now && *lanes.wake_at <= *chance))
    return;
  lanes.wake_at = *chance;
  deps_.home.PostAt(*chance, [this, account] { Pump(account); });
}

void ActionRunner::StoreRecord(AccountId account, AccountLanes& lanes) {
  CommitUnit unit;
  unit.budgets.push_back(lanes.BeginRecord(deps_.clock.Now()));
  unit.done = [this, account](const Result<ports::CommitReceipt>& stored) {
    Entry& entry = EntryOf(account);
    if (!entry.lanes) return;
    entry.lanes->RecordStored(stored.ok());
    if (stored.ok()) Pump(account);  // refused: this engine stores nothing any more
  };
  deps_.commits.Write(std::move(unit));
}

void ActionRunner::Begin(AccountId account, LaneJob job) {
  job.request.may_leave = [this] { return MayAct(); };
  if (!job.call.on_admitted) return Send(account, std::move(job));
  const auto admitted_at = deps_.clock.SinceBoot();
  auto held =
      std::make_shared<LaneJob>(std::move(job));  // shared with the one answer that takes it
  held->call.on_admitted([this, account, held, admitted_at](bool go) {
    const auto in_time = [this, admitted_at] {
      return deps_.clock.SinceBoot() - admitted_at <= deps_.start_window;
    };
    held->request.may_leave = [this, in_time] { return MayAct() && in_time(); };
    if (go && in_time()) return Send(account, std::move(*held));
    Finish(account, *held, NotStarted());
  });
}

bool ActionRunner::MayAct() const {
  return !deps_.may_act || deps_.may_act();
}

void ActionRunner::Send(AccountId account, LaneJob job) {
  if (!MayAct()) return Finish(account, job, NotStarted());
  deps_.metrics.Observe("switchboard_lane_wait_seconds",
                        std::chrono::duration<double>(deps_.clock.Now() - job.queued_at).count(),
                        {{"lane", core::quota::ToString(job.call.lane)}});
  auto request = job.request;
  auto held =
      std::make_shared<LaneJob>(std::move(job));  // shared with the one answer that takes it
  deps_.http.Send(std::move(request), deps_.request_timeout,
                  [this, account, held](Result<ports::HttpResponse> answer) {
                    deps_.home.Post([this, account, held, answer = std::move(answer)] {
                      OnAnswer(account, std::move(*held), answer);
                    });
                  });
}

void ActionRunner::OnAnswer(AccountId account, LaneJob job, Result<ports::HttpResponse> answer) {
  if (!answer.ok()) {
    Log::Info("action.unanswered", {{"action", job.call.action}, {"code", answer.error().code}});
    const bool held_back = answer.error().code == "HTTP_NOT_STARTED";
    return Finish(account, job, held_back ? NotStarted() : answer.error());
  }
  const WallTime now = deps_.clock.Now();
  const auto feedback = connector::FeedbackOf(*job.connector, *answer, now);
  auto result = connector::JudgeResponse(*job.connector, *job.action, job.call.input, *answer,
                                         deps_.expressions);
  deps_.metrics.Count("switchboard_actions_total",
                      {{"action", job.call.action.substr(0, job.call.action.find(':'))},
                       {"result", result.ok() ? "ok" : ToString(result.error().kind)}});
  Entry& entry = EntryOf(account);
  if (!result.ok() && result.error().kind == ErrorKind::kRateLimited && entry.lanes) {
    Log::Info("quota.refused", {{"account", ToText(account)}});
    entry.lanes->limiter().OnRefused(feedback, now);
    entry.lanes->Finished();
    if (IsClosed(entry)) {
      StoreRecord(account, *entry.lanes);  // the next owner must know of the cool-down
      return job.done(job.call.on_admitted ? NotStarted() : SlotMoved());  // an intent has its end
    }
    entry.lanes->PushBack(std::move(job));
    entry.lanes->RequestRecord();
    return Pump(account);
  }
  if (entry.lanes) entry.lanes->limiter().OnAnswered(feedback, now);
  const bool refused = !result.ok() && result.error().kind == ErrorKind::kUnauthorized;
  if (refused && deps_.credential_refused && entry.lanes && !stopped_ && !IsClosed(entry))
    return OnRefusal(account, std::move(job), result.error());
  Finish(account, job, std::move(result));
}

// ---- A refused credential

// Nothing more is sent with it until it is known whether it is dead: the lanes hold.
void ActionRunner::OnRefusal(AccountId account, LaneJob job, const Error& error) {
  Entry& entry = EntryOf(account);
  entry.lanes->Finished();
  const std::int64_t generation = job.generation;
  entry.refused.push_back({std::move(job), error});
  if (!std::exchange(entry.asking, true)) AskAboutCredential(account, generation);
}

void ActionRunner::AskAboutCredential(AccountId account, std::int64_t generation) {
  if (stopped_) return;
  deps_.credential_refused(account, generation, [=, this](ports::CredentialVerdict verdict) {
    deps_.home.Post([=, this] { OnVerdict(account, generation, verdict); });
  });
}

void ActionRunner::OnVerdict(AccountId account, std::int64_t generation,
                             ports::CredentialVerdict verdict) {
  Entry& entry = EntryOf(account);
  entry.asking = false;
  auto refused = std::exchange(entry.refused, {});
  if (refused.empty()) return Pump(account);  // they were answered otherwise meanwhile
  switch (verdict) {
    case ports::CredentialVerdict::kReplaced:
      return TryAgain(account, std::move(refused));
    case ports::CredentialVerdict::kUnknown:
      return KeepAsking(account, generation, std::move(refused));
    case ports::CredentialVerdict::kGood:
      for (Refused& each : refused) each.job.done(NotPermitted(each.error));
      return Pump(account);
    case ports::CredentialVerdict::kDead:
      for (Refused& each : refused) each.job.done(each.error);
      // The account's new state makes the rest of the lanes fail likewise.
      if (!entry.loading && !IsClosed(entry)) Load(account, entry);
  }
}

// Once: after that it is for whoever wants the action to decide.
void ActionRunner::TryAgain(AccountId account, std::vector<Refused> refused) {
  Entry& entry = EntryOf(account);
  for (Refused& each : refused) {
    if (each.job.refused_before) {
      each.job.done(NotKnown());
    } else if (entry.lanes) {
      each.job.refused_before = true;
      entry.lanes->PushBack(std::move(each.job));
    } else {
      entry.waiting.emplace_back(std::move(each.job.call), std::move(each.job.done));
    }
  }
  entry.stale = entry.loading;  // what is being loaded may be the old one
  if (!entry.loading && !IsClosed(entry)) Load(account, entry);
}

// Work waits, as it does for a quota; whoever asked in person is told.
void ActionRunner::KeepAsking(AccountId account, std::int64_t generation,
                              std::vector<Refused> refused) {
  Entry& entry = EntryOf(account);
  for (Refused& each : refused) {
    if (each.job.call.lane == core::quota::Lane::kInteractive) {
      each.job.done(NotKnown());
    } else {
      entry.refused.push_back(std::move(each));
    }
  }
  if (entry.refused.empty()) return Pump(account);
  entry.asking = true;
  deps_.home.PostAt(deps_.clock.Now() + kBetweenQuestions,
                    [=, this] { AskAboutCredential(account, generation); });
}

void ActionRunner::Finish(AccountId account, const LaneJob& job, Result<Json> result) {
  Entry& entry = EntryOf(account);
  if (entry.lanes) entry.lanes->Finished();
  job.done(std::move(result));
  Pump(account);
}

}  // namespace sb::runtime
