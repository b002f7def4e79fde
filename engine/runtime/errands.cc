#include "engine/runtime/errands.h"

#include <utility>

#include "engine/base/log.h"

namespace sb::runtime {
namespace {

constexpr int kMostPerTake = 64;
constexpr int kMostErrandTries = 5;
constexpr Millis kBetweenAnswers(500);
constexpr Millis kKeptAfterExpiry = std::chrono::minutes(10);

/// Repeats what may be repeated until it is known to have happened.
Status UntilKnown(const std::function<Status()>& attempt) {
  Status done;
  for (int tries = 0; tries < kMostErrandTries; ++tries) {
    done = attempt();
    if (done.ok() || done.error().kind != ErrorKind::kInDoubt) return done;
  }
  return done;
}

bool NothingDone(const Result<Json>& result) {
  return !result.ok() && result.error().code == "SLOT_MOVED";
}

}  // namespace

Json ToJson(const Error& error) {
  Json value = {{"kind", ToString(error.kind)}, {"code", error.code}, {"message", error.message}};
  if (error.retry_after) value["retry_after_ms"] = error.retry_after->count();
  return value;
}

Error ErrorFromJson(const Json& value) {
  Error error{ErrorKindFromString(TextMember(value, "kind")), TextMember(value, "code"),
              TextMember(value, "message")};
  const Json& retry_after = Member(value, "retry_after_ms");
  if (retry_after.is_number()) error.retry_after = Millis(retry_after.get<std::int64_t>());
  return error;
}

Errands::Errands(Dependencies dependencies, Settings settings)
    : deps_(std::move(dependencies)),
      settings_(settings),
      writer_(deps_.pool, deps_.pool,
              [this](std::vector<ports::Command> group) { Store(std::move(group)); }) {}

// ---- Asking
// -----------------------------------------------------------------------------------------------------

void Errands::Ask(Slot slot, AccountId account, ports::CommandKind kind, Json body, Reply done,
                  std::optional<Millis> at_most) {
  const Millis patience = at_most.value_or(settings_.patience);
  const Millis longest_work = at_most.value_or(settings_.longest_work);
  ports::Command command;
  command.slot = slot;
  command.asked_at = deps_.clock.Now();
  command.id = deps_.ids.Next<ports::CommandTag>(command.asked_at);
  command.account = account;
  command.kind = kind;
  command.asker = settings_.instance;
  command.body = std::move(body);
  command.expires_at = command.asked_at + patience;
  deps_.home.Post([=, this, command = std::move(command), done = std::move(done)] {
    if (stopped_) return done(Unavailable("ENGINE_STOPPING", "the engine is stopping; ask again"));
    asked_[command.id] = {command.slot, done, command.asked_at, patience, longest_work, false};
    writer_.Add(command);
  });
}

void Errands::Store(std::vector<ports::Command> group) {
  const Status stored = UntilKnown([&] { return deps_.store.Ask(group); });
  if (stored.ok()) {
    if (deps_.asked) deps_.asked();
    return deps_.home.Post([this] { CollectLater(); });
  }
  deps_.home.Post([this, group = std::move(group), error = stored.error()] {
    for (const ports::Command& command : group) Conclude(command.id, error);
  });
}

void Errands::CollectLater() {
  if (stopped_ || asked_.empty() || std::exchange(collecting_, true)) return;
  deps_.home.PostAt(deps_.clock.Now() + settings_.collect_interval, [this] { Collect(); });
}

void Errands::Collect() {
  deps_.pool.Post([this] {
    const auto answers = deps_.store.Answers(settings_.instance);
    if (!answers.ok()) Log::Warn("errands.unreadable", {{"code", answers.error().code}});
    const auto found = answers.ok() ? *answers : std::vector<ports::CommandAnswer>();
    deps_.home.Post([this, found] {
      Deliver(found);
      GiveUpLate();
      collecting_ = false;
      CollectLater();
    });
    if (found.empty()) return;
    const Status discarded = deps_.store.Discard(found);
    if (!discarded.ok()) Log::Warn("errands.kept", {{"code", discarded.error().code}});
  });
}

void Errands::Deliver(const std::vector<ports::CommandAnswer>& answers) {
  for (const ports::CommandAnswer& answer : answers) {
    const Json& error = Member(answer.answer, "error");
    if (error.is_object()) {
      Conclude(answer.id, ErrorFromJson(error));
    } else {
      Conclude(answer.id, Member(answer.answer, "result"));
    }
  }
}

void Errands::GiveUpLate() {
  const WallTime now = deps_.clock.Now();
  std::vector<ports::CommandId> silent;
  for (auto& [id, asked] : asked_) {
    if (asked.taken) {
      if (now > asked.asked_at + asked.longest_work) silent.push_back(id);
    } else if (now > asked.asked_at + asked.patience) {
      asked.taken = true;  // or Withdraw answers it
      Withdraw(id, asked.slot);
    }
  }
  for (const ports::CommandId id : silent) {
    Conclude(id, InDoubt("OWNER_SILENT",
                         "another instance took this up and has not said what became of it; look "
                         "before you ask again"));
  }
}

void Errands::Withdraw(ports::CommandId id, Slot slot) {
  deps_.pool.Post([this, id, slot] {
    const auto withdrawn = deps_.store.Withdraw(slot, id);
    if (!withdrawn.ok() || !*withdrawn) return;  // taken: its answer may still come
    deps_.home.Post([this, id] {
      Conclude(id, Unavailable("OWNER_UNAVAILABLE",
                               "no instance takes care of this account right now; nothing was "
                               "done, try again in a moment"));
    });
  });
}

void Errands::Conclude(ports::CommandId id, const Result<Json>& result) {
  auto node = asked_.extract(id);
  if (!node.empty()) node.mapped().done(result);
}

// ---- Being asked
// ------------------------------------------------------------------------------------------------

void Errands::Start(std::int64_t incarnation) {
  incarnation_ = incarnation;
  TakeLater();
  SweepLater();
}

// What an asker that died never fetched.
void Errands::SweepLater() {
  deps_.pool.PostAt(deps_.clock.Now() + kKeptAfterExpiry, [this] {
    const auto removed = deps_.store.RemoveExpired(deps_.clock.Now() - kKeptAfterExpiry);
    if (!removed.ok()) Log::Warn("errands.unswept", {{"code", removed.error().code}});
    SweepLater();
  });
}

void Errands::SetSlots(const SlotSet& slots) {
  slots_ = slots;
}

void Errands::Ring() {
  deps_.home.Post([this] {
    Take();
    if (!asked_.empty() && !stopped_ && !std::exchange(collecting_, true)) Collect();
  });
}

void Errands::TakeLater() {
  deps_.home.PostAt(deps_.clock.Now() + settings_.take_interval, [this] {
    if (stopped_) return;
    Take();
    TakeLater();
  });
}

void Errands::Take() {
  if (stopped_ || slots_.empty() || std::exchange(taking_, true)) return;
  deps_.pool.Post([this, slots = slots_.List()] {
    const WallTime now = deps_.clock.Now();
    auto taken = deps_.store.Take(settings_.instance, incarnation_, slots, now, kMostPerTake);
    if (!taken.ok()) Log::Warn("errands.not_taken", {{"code", taken.error().code}});
    const auto commands = taken.ok() ? *taken : std::vector<ports::Command>();
    deps_.home.Post([this, commands] {
      taking_ = false;
      for (const ports::Command& command : commands) CarryOut(command);
      if (commands.size() == kMostPerTake) Take();
    });
  });
}

void Errands::CarryOut(const ports::Command& command) {
  const auto answer = [this, command](const Result<Json>& result) {
    deps_.pool.Post([this, command, result] { Answer(command, result); });
  };
  if (stopped_ || !slots_.Has(command.slot))
    return answer(Unavailable("SLOT_MOVED", "the slot has another owner"));
  deps_.carry_out(command, answer);
}

void Errands::Answer(const ports::Command& command, const Result<Json>& result) {
  const Status stored = UntilKnown([&] {
    if (NothingDone(result))
      return deps_.store.PutBack(settings_.instance, incarnation_, command.slot, command.id);
    Json answer = result.ok() ? Json{{"result", *result}} : Json{{"error", ToJson(result.error())}};
    return deps_.store.Answer({command.slot, command.id, std::move(answer)});
  });
  if (!stored.ok()) {
    Log::Warn("errand.unanswered", {{"code", stored.error().code}});
    const WallTime now = deps_.clock.Now();
    if (now > command.asked_at + settings_.longest_work) return;  // nobody waits any more
    return deps_.pool.PostAt(now + kBetweenAnswers,
                             [this, command, result] { Answer(command, result); });
  }
  if (deps_.asked) deps_.asked();
}

void Errands::Stop() {
  stopped_ = true;
  auto asked = std::exchange(asked_, {});
  for (auto& [id, each] : asked) {
    each.done(InDoubt("OWNER_SILENT",
                      "this instance stops before the answer has come; another one may carry it "
                      "out, so look before you ask again"));
  }
}

}  // namespace sb::runtime
