#include "engine/runtime/action_runner.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/log.h"
#include "engine/runtime/not_done.h"

namespace sb::runtime {
namespace {

constexpr Millis kBetweenQuestions = std::chrono::seconds(2);
constexpr int kMostLookupPages = 40;  ///< What is further back in a list is not found by its name.

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

Error ConnectorUnknown(const std::string& connector) {
  return Invalid("CONNECTOR_UNKNOWN", "this server has no connector '" + connector + "'");
}

/// "aircall" of "aircall.calls.tag:1.0.0".
std::string ConnectorOf(const std::string& action) {
  return action.substr(0, action.find('.'));
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

/// A call whose names are being looked up.
struct ActionRunner::Lookup {
  ports::ActionCall call;
  Done done;
  std::vector<Json> items;  ///< Of the list, so far.
};

/// An account's lanes, or what waits for them to be loaded.
struct ActionRunner::Entry {
  std::unique_ptr<AccountLanes> lanes;
  CompanyQuota* quota = nullptr;  ///< That they are served from; null like them.
  bool loading = false;
  bool stale = false;  ///< Forgotten while a load was under way, or while jobs are still waiting.
  std::vector<std::pair<ports::ActionCall, Done>> waiting;
  std::vector<Refused> refused;  ///< They go first when the account may go on.
  bool asking = false;           ///< ... whether its credential is good.
  /// Told of before the account was loaded, with when they could have left.
  std::vector<std::pair<ports::ActionCall, WallTime>> interrupted;

  bool IsHeld() const { return loading || asking; }
};

ActionRunner::ActionRunner(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      upserts_(
          {deps_.expressions, deps_.clock, deps_.home,
           [this](ports::ActionCall call, Done done) { Hand(std::move(call), std::move(done)); },
           [this](Slot slot) { return OursSince(slot); }}) {}

ActionRunner::~ActionRunner() = default;

void ActionRunner::Perform(ports::ActionCall call, Done done) {
  const connector::Action* action = deps_.connectors.FindAction(call.action).action;
  if (action == nullptr || !action->lookup) return Hand(std::move(call), std::move(done));
  const auto needed = connector::NeedsLookup(*action->lookup, call.input, deps_.expressions);
  if (!needed.ok()) return done(needed.error());
  if (!*needed) return Hand(std::move(call), std::move(done));
  auto lookup = std::make_shared<Lookup>();  // shared by the callbacks of its pages
  lookup->call = std::move(call);
  lookup->done = std::move(done);
  LookUp(std::move(lookup), *action, 1);
}

// Read before anything is written, and before the intent to write it: when it fails, nothing took
// effect.
void ActionRunner::LookUp(std::shared_ptr<Lookup> lookup, const connector::Action& action,
                          int page) {
  auto input = connector::LookupInput(*action.lookup, page, deps_.expressions);
  if (!input.ok()) return lookup->done(input.error());
  ports::ActionCall reading;
  reading.account = lookup->call.account;
  reading.lane = lookup->call.lane;
  reading.action = ConnectorOf(lookup->call.action) + "." + action.lookup->action;
  reading.input = std::move(input).value();
  Hand(std::move(reading), [this, lookup, &action, page](const Result<Json>& output) {
    OnLookedUp(lookup, action, page, output);
  });
}

void ActionRunner::OnLookedUp(const std::shared_ptr<Lookup>& lookup,
                              const connector::Action& action, int page,
                              const Result<Json>& output) {
  if (!output.ok()) {
    const bool lost = output.error().kind == ErrorKind::kInDoubt;  // of a read, which says nothing
    return lookup->done(lost ? NotStarted() : output.error());
  }
  auto read = connector::ReadLookupPage(*action.lookup, page, *output, deps_.expressions);
  if (!read.ok()) return lookup->done(read.error());
  std::move(read->items.begin(), read->items.end(), std::back_inserter(lookup->items));
  if (read->more && page < kMostLookupPages) return LookUp(lookup, action, page + 1);
  auto input =
      connector::ResolvedInput(action, lookup->call.input, lookup->items, deps_.expressions);
  if (!input.ok()) return lookup->done(input.error());
  lookup->call.input = std::move(input).value();
  Hand(std::move(lookup->call), std::move(lookup->done));
}

void ActionRunner::Hand(ports::ActionCall call, Done done) {
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
  const connector::Action& action = *found.action;
  Perform(std::move(reading), [this, &action, call = std::move(call), requested_at,
                               done = std::move(done)](Result<Json> output) {
    if (!output.ok()) return done(output.error());
    const ports::ActionCall sent = AsSent(call, action);
    auto there = connector::ReadBackFound(*action.read_back, sent.input, requested_at, *output,
                                          deps_.expressions);
    const bool in_doubt = there.ok() && !there->has_value();
    if (in_doubt) NoteDoubt(sent, requested_at);
    done(std::move(there));
  });
}

void ActionRunner::NoteInterrupted(ports::ActionCall call, WallTime requested_at) {
  const connector::Action* action = deps_.connectors.FindAction(call.action).action;
  if (action == nullptr || !action->upsert) return;
  deps_.home.Post([this, call = std::move(call), requested_at]() mutable {
    if (stopped_) return;
    const AccountId account = call.account;
    Entry& entry = EntryOf(account);
    if (entry.lanes && !entry.loading) return NoteDoubt(call, requested_at);
    entry.interrupted.emplace_back(std::move(call), requested_at);
    ++unheard_;
    if (!entry.loading) Load(account, entry);
  });
}

/// Of a loaded account.
void ActionRunner::NoteDoubt(const ports::ActionCall& call, WallTime requested_at) {
  const connector::Action* action = deps_.connectors.FindAction(call.action).action;
  const auto known = entries_.find(call.account);
  if (action == nullptr || !action->upsert || known == entries_.end()) return;
  const CompanyQuota* quota = known->second->quota;
  if (quota != nullptr)
    upserts_.NoteDoubt(AsSent(call, *action), *action, quota->key(), requested_at);
}

std::optional<WallTime> ActionRunner::OursSince(Slot slot) const {
  if (unsettled_.Has(slot) || unheard_ > 0) return {};
  const auto opened = opened_.find(slot);
  return opened == opened_.end() ? WallTime() : opened->second;
}

/// The call with its input as it was sent: phone numbers in E.164. Once its account is loaded.
ports::ActionCall ActionRunner::AsSent(ports::ActionCall call,
                                       const connector::Action& action) const {
  const auto known = entries_.find(call.account);
  if (known == entries_.end() || !known->second->lanes) return call;
  auto plain = PlainInput(*known->second->lanes, action, call.input);
  if (plain.ok()) call.input = *std::move(plain);
  return call;
}

void ActionRunner::Forget(AccountId account) {
  deps_.home.Post([this, account] {
    const auto known = entries_.find(account);
    if (known != entries_.end()) LoadAnew(account, *known->second);
  });
}

void ActionRunner::LoadAnew(AccountId account, Entry& entry) {
  entry.stale = true;
  if (entry.lanes && !entry.loading && !IsClosed(entry)) Load(account, entry);
}

void ActionRunner::ShareAnew(const ports::Account& account) {
  if (account.external_id.empty()) return;
  deps_.home.Post([this, id = account.id, company = ports::CompanyOf(account)] {
    for (auto& [other, entry] : entries_) {
      if (other != id && entry->quota != nullptr && entry->quota->key().company == company)
        LoadAnew(other, *entry);
    }
  });
}

// What is known of them from before is of another time: somebody else has spent their quota since.
void ActionRunner::Open(const std::vector<Slot>& slots) {
  Drop(SlotSet(slots));
  for (const Slot slot : slots) opened_[slot] = deps_.clock.Now();
  unsettled_.Add(slots);
  closed_.Remove(slots);
}

void ActionRunner::Settled(const std::vector<Slot>& slots) {
  unsettled_.Remove(slots);
}

void ActionRunner::Close(const std::vector<Slot>& slots) {
  closed_.Add(slots);
  for (auto& [account, entry] : entries_) {
    if (!IsClosed(*entry)) continue;
    for (LaneJob& job : entry->lanes->TakeAll()) job.done(SlotMoved());
    for (Refused& each : std::exchange(entry->refused, {}))  // an intent has its end
      each.job.done(each.job.call.on_admitted ? NotStarted() : SlotMoved());
  }
  upserts_.GiveUpWaiting(
      [&](AccountId account) {
        const auto known = entries_.find(account);
        return known != entries_.end() && IsClosed(*known->second);
      },
      SlotMoved());
}

bool ActionRunner::IsSending(const SlotSet& slots) const {
  return std::ranges::any_of(entries_, [&](const auto& each) {
    const auto& lanes = each.second->lanes;
    return lanes && slots.Has(lanes->account().slot) && lanes->in_flight() > 0;
  });
}

bool ActionRunner::IsRecording(const SlotSet& slots) const {
  return std::ranges::any_of(quotas_, [&](const auto& each) {
    return slots.Has(each.first.slot) && each.second->is_recording();
  });
}

void ActionRunner::DropClosed() {
  Drop(closed_);
}

void ActionRunner::Drop(const SlotSet& slots) {
  const auto goes = [&](const Entry& entry) {
    return entry.lanes && slots.Has(entry.lanes->account().slot);
  };
  for (auto& [account, entry] : entries_) {
    if (entry->loading) entry->stale = true;  // whose record another instance may write meanwhile
  }
  for (auto& [account, entry] : entries_) {
    if (!goes(*entry)) continue;
    for (LaneJob& job : entry->lanes->TakeAll()) job.done(SlotMoved());
    Leave(account, *entry);
    if (entry->loading) entry->lanes.reset();
  }
  std::erase_if(entries_, [](const auto& each) {
    return each.second->lanes != nullptr && each.second->quota == nullptr;
  });
  std::erase_if(quotas_, [&](const auto& each) {
    if (!slots.Has(each.first.slot)) return false;
    turns_.Forget(each.first);
    return true;
  });
}

bool ActionRunner::IsClosed(const Entry& entry) const {
  return entry.lanes && closed_.Has(entry.lanes->account().slot);
}

void ActionRunner::Stop() {
  stopped_ = true;
  upserts_.GiveUpWaiting([](AccountId) { return true; }, Stopping());
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
  Hold(account, entry);
  deps_.pool.Post([this, account] {
    // shared because std::function wants copyable captures; exactly one place takes it
    auto loaded = std::make_shared<Result<Loaded>>(LoadAccount(account));
    deps_.home.Post([this, account, loaded] { OnLoaded(account, std::move(*loaded)); });
  });
}

void ActionRunner::Hold(AccountId account, const Entry& entry) {
  if (entry.quota != nullptr) entry.quota->Hold(account, entry.IsHeld());
}

Result<ActionRunner::Loaded> ActionRunner::LoadAccount(AccountId id) {
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (const Status usable = UsableState(*account); !usable.ok()) return usable.error();
  const connector::Connector* connector = deps_.connectors.FindConnector(account->connector);
  if (connector == nullptr) {
    return ConnectorUnknown(account->connector);
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
  auto loaded = LoadQuota(*account);
  if (!loaded.ok()) return loaded;
  loaded->lanes =
      std::make_unique<AccountLanes>(*account, std::move(credential).value(), stored->generation);
  return loaded;
}

Result<ActionRunner::Loaded> ActionRunner::LoadQuota(const ports::Account& account) {
  const connector::Connector* connector = deps_.connectors.FindConnector(account.connector);
  if (connector == nullptr) return ConnectorUnknown(account.connector);
  const QuotaKey key{account.slot, ports::CompanyOf(account)};
  const auto slots = deps_.accounts.SlotsOfCompany(account.connector, account.external_id);
  if (!slots.ok()) return slots.error();
  const auto parts = static_cast<int>(std::max<std::size_t>(1, slots->size()));
  const auto settings = core::quota::Limiter::ShareOf(connector->quota, parts);
  const auto stored = deps_.runs.LoadBudget(key.slot, key.company);
  if (!stored.ok()) return stored.error();
  std::optional<core::quota::BudgetRecord> record = *stored;
  if (!record && parts > 1) {  // the others may have spent all of it a moment ago
    record.emplace();
    record->limit = record->reserved = settings.limit;
  }
  auto limiter = record ? core::quota::Limiter(settings, *record, deps_.clock.Now())
                        : core::quota::Limiter(settings);
  return Loaded{{}, key, settings, std::move(limiter), stored->has_value()};
}

void ActionRunner::Leave(AccountId account, Entry& entry) {
  if (entry.quota != nullptr) entry.quota->Leave(account);
  entry.quota = nullptr;
}

// The quota goes on, whatever is new of the account; and an account whose company has only become
// known takes along what it has spent.
void ActionRunner::Adopt(Entry& entry, Loaded loaded) {
  const AccountId account = loaded.lanes->account().id;
  auto& quota = quotas_[loaded.key];
  if (!quota) {
    const bool goes_on = entry.quota != nullptr && !loaded.recorded;
    quota = std::make_unique<CompanyQuota>(
        loaded.key, goes_on ? entry.quota->limiter() : std::move(loaded.limiter));
  }
  quota->limiter().Resettle(loaded.settings);
  if (entry.quota != quota.get()) Leave(account, entry);
  if (entry.lanes) loaded.lanes->Inherit(*entry.lanes);
  quota->Join(*loaded.lanes);
  entry.lanes = std::move(loaded.lanes);
  entry.quota = quota.get();
}

void ActionRunner::OnLoaded(AccountId account, Result<Loaded> loaded) {
  Entry& entry = EntryOf(account);
  entry.loading = false;
  if (entry.stale) return Load(account, entry);
  auto waiting = std::exchange(entry.waiting, {});
  if (!loaded.ok()) {
    if (entry.lanes) {
      for (LaneJob& job : entry.lanes->TakeAll())
        waiting.emplace_back(std::move(job.call), std::move(job.done));
    }
    Leave(account, entry);
    entry.lanes.reset();
    unheard_ -= std::exchange(entry.interrupted, {}).size();
    for (auto& [call, done] : waiting) done(loaded.error());
    return;
  }
  std::vector<LaneJob> queued = entry.lanes ? entry.lanes->TakeAll() : std::vector<LaneJob>();
  Adopt(entry, std::move(loaded).value());
  Hold(account, entry);
  const auto interrupted = std::exchange(entry.interrupted, {});
  unheard_ -= interrupted.size();
  for (const auto& [call, requested_at] : interrupted) NoteDoubt(call, requested_at);
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
  const connector::Action* action = deps_.connectors.FindAction(call.action).action;
  if (action != nullptr && action->upsert && !call.searched)
    return BeginUpsert(entry, *action, std::move(call), std::move(done));
  auto job = Prepare(*entry.lanes, std::move(call));
  if (!job.ok()) return done(job.error());
  job->refused_before = refused_before;
  job->done = std::move(done);
  entry.lanes->Push(std::move(job).value());
}

Result<Json> ActionRunner::PlainInput(const AccountLanes& lanes, const connector::Action& action,
                                      Json input) const {
  return connector::WithPlainPhones(action, std::move(input),
                                    TextMember(lanes.account().profile, "region"), deps_.phones);
}

void ActionRunner::BeginUpsert(const Entry& entry, const connector::Action& action,
                               ports::ActionCall call, Done done) {
  const auto fits = connector::CheckedInput(action, call.input);
  if (!fits.ok()) return done(fits.error());
  auto input = PlainInput(*entry.lanes, action, *fits);
  if (!input.ok()) return done(input.error());
  call.input = *std::move(input);
  upserts_.Begin(std::move(call), action, entry.quota->key(), std::move(done));
}

Result<LaneJob> ActionRunner::Prepare(const AccountLanes& lanes, ports::ActionCall call) {
  const auto found = deps_.connectors.FindAction(call.action);
  if (found.action == nullptr || found.connector->name != lanes.account().connector) {
    return Invalid("ACTION_UNKNOWN", "account " + ToText(call.account) + " has no action '" +
                                         call.action + "'; `switchboard connector show " +
                                         lanes.account().connector + "` lists them");
  }
  auto input = PlainInput(lanes, *found.action, std::move(call.input));
  if (!input.ok()) return input.error();
  call.input = *std::move(input);
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
  const Entry& entry = EntryOf(account);
  if (entry.quota != nullptr) Pump(*entry.quota);
}

void ActionRunner::Pump(CompanyQuota& quota) {
  if (closed_.Has(quota.key().slot)) return;
  if (quota.NeedsRecord()) StoreRecord(quota);
  while (SendNext(quota)) {
  }
  const WallTime now = deps_.clock.Now();
  const auto chance = quota.NextChance(now);
  if (!chance || *chance <= now ||
      (quota.wake_at && *quota.wake_at > now && *quota.wake_at <= *chance))
    return;
  quota.wake_at = *chance;
  deps_.home.PostAt(*chance, [this, key = quota.key()] {
    const auto found = quotas_.find(key);
    if (found != quotas_.end()) Pump(*found->second);
  });
}

// Where there is no room for more requests, companies have their turns as requests end (Landed).
bool ActionRunner::SendNext(CompanyQuota& quota) {
  if (closed_.Has(quota.key().slot)) return false;
  if (in_flight_ >= deps_.most_in_flight) {
    turns_.Wake(quota.key());
    return false;
  }
  auto job = quota.TakeAdmitted(deps_.clock.Now());
  if (!job) return false;
  ++in_flight_;
  const AccountId account = job->call.account;
  Begin(account, std::move(*job));
  return true;
}

void ActionRunner::Landed(Entry& entry) {
  if (entry.lanes) entry.lanes->Finished();
  in_flight_ = std::max(0, in_flight_ - 1);
  while (in_flight_ < deps_.most_in_flight) {
    const auto next = turns_.Next([](const QuotaKey&) { return true; });
    if (!next) return;
    const auto quota = quotas_.find(*next);
    turns_.Serve(*next);
    if (quota == quotas_.end() || !SendNext(*quota->second)) turns_.Rest(*next);
  }
}

void ActionRunner::StoreRecord(CompanyQuota& quota) {
  CommitUnit unit;
  unit.budgets.push_back(quota.BeginRecord(deps_.clock.Now()));
  unit.done = [this, key = quota.key()](const Result<ports::CommitReceipt>& stored) {
    const auto found = quotas_.find(key);
    if (found == quotas_.end()) return;
    found->second->RecordStored(stored.ok());
    if (stored.ok()) Pump(*found->second);  // refused: this engine stores nothing any more
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
    NotSent(account, *held);
  });
}

bool ActionRunner::MayAct() const {
  return !deps_.may_act || deps_.may_act();
}

void ActionRunner::Send(AccountId account, LaneJob job) {
  if (!MayAct()) return NotSent(account, job);
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
  const WallTime now = deps_.clock.Now();
  Entry& entry = EntryOf(account);
  const bool held_back = !answer.ok() && answer.error().code == "HTTP_NOT_STARTED";
  if (entry.quota != nullptr && !held_back) entry.quota->limiter().OnEnded(job.grant, now);
  if (!answer.ok()) {
    Log::Info("action.unanswered", {{"action", job.call.action}, {"code", answer.error().code}});
    return held_back ? NotSent(account, job) : Finish(account, job, answer.error());
  }
  const auto feedback = connector::FeedbackOf(*job.connector, *answer, now);
  auto result = connector::JudgeResponse(*job.connector, *job.action, job.call.input, *answer,
                                         deps_.expressions);
  deps_.metrics.Count("switchboard_actions_total",
                      {{"action", job.call.action.substr(0, job.call.action.find(':'))},
                       {"result", result.ok() ? "ok" : ToString(result.error().kind)}});
  if (!result.ok() && result.error().kind == ErrorKind::kRateLimited && entry.lanes) {
    Log::Info("quota.refused", {{"account", ToText(account)}});
    deps_.metrics.Count("switchboard_quota_refusals_total", {{"connector", job.connector->name}});
    NoteRefusal(account, *entry.quota, feedback, now, job.grant);
    if (IsClosed(entry)) {
      Landed(entry);
      StoreRecord(*entry.quota);  // the next owner must know of the cool-down
      return job.done(job.call.on_admitted ? NotStarted() : SlotMoved());  // an intent has its end
    }
    entry.lanes->PushBack(std::move(job));
    entry.quota->RequestRecord();
    Landed(entry);
    return Pump(account);
  }
  if (entry.quota != nullptr) entry.quota->limiter().OnAnswered(feedback, now);
  const bool refused = !result.ok() && result.error().kind == ErrorKind::kUnauthorized;
  if (refused && deps_.credential_refused && entry.lanes && !stopped_ && !IsClosed(entry))
    return OnRefusal(account, std::move(job), result.error());
  Finish(account, job, std::move(result));
}

void ActionRunner::NoteRefusal(AccountId account, CompanyQuota& quota,
                               const core::quota::LimitFeedback& feedback, WallTime now,
                               std::int64_t grant) {
  core::quota::Limiter& limiter = quota.limiter();
  const bool was_crowded = limiter.IsCrowded(now);
  limiter.OnRefused(feedback, now, grant);
  if (was_crowded || !limiter.IsCrowded(now)) return;
  Log::Warn(
      "quota.crowded",
      {{"account", ToText(account)}, {"limit", limiter.limit()}, {"others", limiter.foreign()}});
}

// ---- A refused credential

// Nothing more is sent with it until it is known whether it is dead: the lanes hold.
void ActionRunner::OnRefusal(AccountId account, LaneJob job, const Error& error) {
  Entry& entry = EntryOf(account);
  const std::int64_t generation = job.generation;
  entry.refused.push_back({std::move(job), error});
  const bool asked = std::exchange(entry.asking, true);
  Hold(account, entry);
  Landed(entry);
  if (!asked) AskAboutCredential(account, generation);
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
  Hold(account, entry);
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
  Hold(account, entry);
  deps_.home.PostAt(deps_.clock.Now() + kBetweenQuestions,
                    [=, this] { AskAboutCredential(account, generation); });
}

void ActionRunner::Finish(AccountId account, const LaneJob& job, Result<Json> result) {
  Landed(EntryOf(account));
  job.done(std::move(result));
  Pump(account);
}

void ActionRunner::NotSent(AccountId account, const LaneJob& job) {
  const Entry& entry = EntryOf(account);
  if (entry.quota != nullptr) entry.quota->limiter().OnEnded(job.grant, std::nullopt);
  Finish(account, job, NotStarted());
}

// ---- How it stands

void ActionRunner::Report(const ports::Account& account, RunId run,
                          std::function<void(Result<QuotaReport>)> done) {
  deps_.home.Post([this, account, run, done = std::move(done)] {
    if (closed_.Has(account.slot)) return done(SlotMoved());
    const auto known = quotas_.find({account.slot, ports::CompanyOf(account)});
    if (known == quotas_.end()) return ReportStored(account, done);
    const CompanyQuota& quota = *known->second;
    const auto entry = entries_.find(account.id);
    const bool has_lanes = entry != entries_.end() && entry->second->quota == &quota;
    QuotaDraft draft = DraftOf(quota, has_lanes ? entry->second->lanes.get() : nullptr, run);
    draft.report.account = account.id;
    // Foretelling takes a millisecond or two, which this thread has not got.
    deps_.pool.Post(
        [this, draft = std::move(draft), done] { done(Complete(draft, deps_.clock.Now())); });
  });
}

// Nothing of the company has been asked for since this instance owns it: what is stored is all.
void ActionRunner::ReportStored(const ports::Account& account,
                                std::function<void(Result<QuotaReport>)> done) {
  deps_.pool.Post([this, account, done = std::move(done)] {
    auto loaded = LoadQuota(account);
    if (!loaded.ok()) return done(loaded.error());
    QuotaDraft draft = DraftOf(CompanyQuota(loaded->key, std::move(loaded->limiter)), nullptr, {});
    draft.report.account = account.id;
    done(Complete(draft, deps_.clock.Now()));
  });
}

}  // namespace sb::runtime
