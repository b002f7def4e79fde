#include "tests/sim/twoway/keeper.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/syncs/progress_book.h"

namespace sb::sim::twoway {
namespace {

using core::twoway::Side;
using ports::Hint;
using ports::LinkProgress;

constexpr auto kLane = core::quota::Lane::kSync;
constexpr std::chrono::seconds kFresh{30};

const char* PrefixOf(Side side) {
  return side == Side::kA ? "A " : "B ";
}

const char* OutcomeText(syncs::LinkWorker::Outcome outcome) {
  using Outcome = syncs::LinkWorker::Outcome;
  switch (outcome) {
    case Outcome::kQuiet:
      return "quiet";
    case Outcome::kSettled:
      return "settled";
    case Outcome::kAgain:
      return "again";
    case Outcome::kParked:
      return "parked";
    case Outcome::kEnded:
      return "ended";
    case Outcome::kHindered:
      return "hindered";
  }
  return "?";
}

}  // namespace

syncs::MadeSide Keeper::Made(SideEdge& side, const ports::Clock& clock) {
  syncs::MadeSide made;
  made.records = std::make_unique<SideEdge>(side, clock, Flaw::kNone);
  return made;
}

Keeper::Keeper(Dependencies deps)
    : deps_(std::move(deps)),
      new_id_([ledger = &deps_.ledger, clock = &deps_.world.clock] {
        return LowestIdNumberAt(clock->Now()) + ++ledger->ids;
      }),
      scene_(deps_.world.definition, Made(deps_.a, deps_.world.clock),
             Made(deps_.b, deps_.world.clock)),
      worker_({deps_.store, deps_.world.clock, new_id_}),
      comparison_({deps_.store, deps_.world.clock, new_id_, metrics_, heard_}) {
  heard_.Follow(deps_.world.place.sync, deps_.world.clock.Now());
}

Result<LinkProgress> Keeper::Progress() {
  auto progress = deps_.store.Progress(deps_.world.place);
  if (!progress.ok()) return progress.error();
  if (*progress) return **progress;
  LinkProgress fresh;
  fresh.place = deps_.world.place;
  return fresh;
}

Hint Keeper::HintOf(Side side, const std::string& key, const char* reason, bool gone) const {
  const WallTime now = deps_.world.clock.Now();
  return {side, key, reason, gone, 0, now, now};
}

bool Keeper::IsTakenForEcho(Side side, const std::string& key) const {
  if (deps_.flaw != Flaw::kEchoByTime) return false;
  const auto deeds = deps_.world.side(side).Deeds();
  return std::ranges::any_of(deeds, [&](const testing::FakeRecordSide::Deed& deed) {
    return deed.ours && deed.key == key && deps_.world.clock.Now() - deed.at < kFresh;
  });
}

bool Keeper::Hear(const Telling& telling) {
  if (IsTakenForEcho(telling.side, telling.key)) return true;
  const Hint hint = HintOf(telling.side, telling.key, "event", telling.gone);
  const auto as_of = telling.record ? telling.record->changed_at : std::nullopt;
  heard_.Put(deps_.world.place.sync, telling.side, telling.key, telling.record, as_of,
             hint.first_at);
  if (!syncs::WakeParked(deps_.store, deps_.world.place, hint).ok()) return false;
  return deps_.store.Add(deps_.world.place, {hint}).ok();
}

bool Keeper::ComeUpon(Side side, const std::string& key) {
  const Hint hint = HintOf(side, key, "compare", false);
  heard_.Put(deps_.world.place.sync, side, key, std::nullopt, hint.first_at, hint.first_at);
  return syncs::WakeParked(deps_.store, deps_.world.place, hint).ok() &&
         deps_.store.Add(deps_.world.place, {hint}).ok();
}

void Keeper::Poll(Side which) {
  auto progress = Progress();
  if (!progress.ok()) return;
  std::string& cursor = which == Side::kA ? progress->cursor_a : progress->cursor_b;
  const auto changes = side(which).Changes(cursor, 20);
  if (!changes.ok() || changes->next == cursor) return;
  std::vector<Hint> hints;
  for (const ports::SideHint& change : changes->hints) {
    const bool dropped = deps_.dice.Chance(deps_.lost) || IsTakenForEcho(which, change.key);
    if (dropped) continue;
    const WallTime now = deps_.world.clock.Now();
    heard_.Put(deps_.world.place.sync, which, change.key, std::nullopt, now, now);
    hints.push_back(HintOf(which, change.key, "feed", change.gone));
    if (!syncs::WakeParked(deps_.store, deps_.world.place, hints.back()).ok()) return;
  }
  cursor = changes->next;
  static_cast<void>(deps_.store.SaveProgress(*progress, hints));  // else it is read again
}

/// A process that has just begun does not know yet what its sides hold.
bool Keeper::IsMeasured() {
  if (!is_measured_) is_measured_ = scene_.Measure("FR", {}).ok();
  return is_measured_;
}

bool Keeper::BeginComparison() {
  deps_.ledger.wants_comparison = true;
  return BeginIfWanted();
}

/// What could not begin is tried again, also by the next process.
bool Keeper::BeginIfWanted() {
  if (!deps_.ledger.wants_comparison) return true;
  if (!IsMeasured()) return false;
  if (!IsComparing() && !comparison_.Step(scene_, deps_.world.place).ok()) return false;
  deps_.ledger.wants_comparison = false;
  return true;
}

bool Keeper::IsComparing() {
  const auto progress = Progress();
  return progress.ok() && progress->scan_begun_at.has_value();
}

int Keeper::WorkDue() {
  World& world = deps_.world;
  const auto due = deps_.store.Due(world.place, world.clock.Now(), 20);
  if (!due.ok()) return 0;
  const syncs::LinkScene scene = scene_.At(world.place);
  int worked = 0;
  for (const Hint& hint : *due) {
    at_work_ = {hint.side, hint.key};
    const auto outcome = worker_.Work(
        scene, hint, kLane,
        heard_.Take(world.place.sync, hint.side, hint.key, hint.first_at, world.clock.Now()));
    at_work_.reset();
    ++worked;
    deps_.note(std::string("  work ") + PrefixOf(hint.side) + hint.key + " (" + hint.reason +
               "): " +
               (outcome.ok() ? OutcomeText(*outcome)
                             : outcome.error().code + " " + outcome.error().message));
    const bool refused = !outcome.ok() && (outcome.error().kind == ErrorKind::kUnauthorized ||
                                           outcome.error().kind == ErrorKind::kForbidden);
    if (!refused) continue;
    refused_until_ = world.clock.Now() + std::chrono::minutes(1);
    break;
  }
  return worked;
}

int Keeper::Tick() {
  if (!IsMeasured()) return 0;
  static_cast<void>(BeginIfWanted());
  Poll(Side::kA);
  Poll(Side::kB);
  // A page that cannot be read is read again.
  if (IsComparing()) static_cast<void>(comparison_.Step(scene_, deps_.world.place));
  if (deps_.world.clock.Now() < refused_until_) return 0;
  return WorkDue();
}

}  // namespace sb::sim::twoway
