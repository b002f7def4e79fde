#include "engine/runtime/turnstile.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace sb::runtime {
namespace {

using Policy = core::workflow::Concurrency::Policy;

constexpr const char* kSkipped =
    "another run with the same key was under way (metadata.switchboard.concurrency)";
constexpr const char* kReplaced =
    "a newer run with the same key took its place (metadata.switchboard.concurrency)";

}  // namespace

void Turnstile::Move(Line& line, Place& place, Standing standing, bool counts) {
  const int impatient = place.turn.policy == Policy::kQueue ? 0 : 1;
  if (line.waiting.erase(place.turn.key.run) > 0) line.impatient -= impatient;
  if (standing == Standing::kWaiting) {
    line.waiting.insert(place.turn.key.run);
    line.impatient += impatient;
  }
  line.under_way += static_cast<int>(counts) - static_cast<int>(place.counts);
  place.standing = standing;
  place.counts = counts;
}

void Turnstile::Adopt(const std::vector<ports::Turn>& turns) {
  for (const ports::Turn& turn : turns) {
    const LineKey key{turn.key.account, turn.line};
    Line& line = lines_[key];
    Place& place = line.places[turn.key.run];
    place.turn = turn;
    Move(line, place, turn.taken ? Standing::kTaken : Standing::kWaiting, turn.taken);
    line_of_[turn.key.run] = key;
  }
}

void Turnstile::Open(const std::vector<Slot>& slots) {
  open_.Add(slots);
  const SlotSet these(slots);
  std::vector<LineKey> lines;
  for (const auto& [key, line] : lines_) {
    if (these.Has(SlotOf(line))) lines.push_back(key);
  }
  for (const LineKey& key : lines) Serve(key);
}

void Turnstile::Close(const std::vector<Slot>& slots) {
  open_.Remove(slots);
  const SlotSet these(slots);
  std::erase_if(lines_, [&](const auto& entry) {
    if (!these.Has(SlotOf(entry.second))) return false;
    for (const auto& [run, place] : entry.second.places) line_of_.erase(run);
    return true;
  });
}

// Who asks has not begun, whatever was believed: its commit may have been refused.
void Turnstile::Ask(const ports::Turn& turn) {
  const LineKey key{turn.key.account, turn.line};
  Line& line = lines_[key];
  const auto [entry, is_new] = line.places.try_emplace(turn.key.run);
  Place& place = entry->second;
  place.turn = turn;
  line_of_[turn.key.run] = key;
  if (is_new || place.standing == Standing::kTaken) Move(line, place, Standing::kWaiting, false);
  Serve(key);
}

void Turnstile::Leave(RunId run) {
  auto left = line_of_.extract(run);
  if (left.empty()) return;
  const LineKey key = left.mapped();
  Line& line = lines_.at(key);
  Move(line, line.places.at(run), Standing::kDismissed, false);
  line.places.erase(run);
  if (line.places.empty()) {
    lines_.erase(key);
  } else {
    Serve(key);
  }
}

// One run at a time: what is done may change the line at once, so it is looked at anew.
void Turnstile::Serve(const LineKey& key) {
  const auto found = lines_.find(key);
  if (found == lines_.end() || stopped_ || !open_.Has(SlotOf(found->second))) return;
  Line& line = found->second;
  if (line.impatient > 0 && ServeImpatient(key, line)) return;
  if (line.waiting.empty()) return;
  Place& next = line.places.at(*line.waiting.begin());
  if (line.under_way < next.turn.limit) Call(key, line, next);
}

/// Whether somebody had to give up.
bool Turnstile::ServeImpatient(const LineKey& key, Line& line) {
  int before = line.under_way;  // those under way, and those who are ahead in line
  for (auto& [run, place] : line.places) {
    if (place.standing != Standing::kWaiting) continue;
    if (place.turn.policy == Policy::kReplace) {
      for (auto earlier = line.places.begin(); earlier->first != run; ++earlier) {
        if (earlier->second.standing == Standing::kDismissed) continue;
        Dismiss(key, line, earlier->second, kReplaced);
        return true;
      }
    }
    if (place.turn.policy == Policy::kSkip && before >= place.turn.limit) {
      Dismiss(key, line, place, kSkipped);
      return true;
    }
    ++before;
  }
  return false;
}

void Turnstile::ServeLater(const LineKey& key) {
  deps_.home.PostAt(deps_.clock.Now() + deps_.pause, [this, key] { Serve(key); });
}

void Turnstile::Call(const LineKey& key, Line& line, Place& place) {
  Move(line, place, Standing::kCalled, true);
  deps_.home.Post([this, key] { Serve(key); });  // there may be room for more
  deps_.give(place.turn.key.run, core::workflow::TurnGranted{},
             [this, key, run = place.turn.key.run](const Result<bool>& answer) {
               OnAnswered(key, run, Standing::kWaiting, answer);
             });
}

void Turnstile::Dismiss(const LineKey& key, Line& line, Place& place, const std::string& reason) {
  const Standing before = place.standing;
  Move(line, place, Standing::kDismissed, place.counts);  // until it has ended it counts
  deps_.home.Post([this, key] { Serve(key); });
  deps_.give(place.turn.key.run, core::workflow::Cancel{reason},
             [this, key, run = place.turn.key.run, before](const Result<bool>& answer) {
               OnAnswered(key, run, before, answer);
             });
}

// A run that changes nothing is suspended, and asks again when it is resumed; or it has ended.
void Turnstile::OnAnswered(const LineKey& key, RunId run, Standing before,
                           const Result<bool>& answer) {
  const auto found = lines_.find(key);
  if (found == lines_.end() || !found->second.places.contains(run)) return;
  Line& line = found->second;
  Place& place = line.places.at(run);
  if (answer.ok()) {
    if (!*answer) return Leave(run);
    if (place.standing == Standing::kCalled) Move(line, place, Standing::kTaken, true);
    return;
  }
  const Error& error = answer.error();
  if (error.kind == ErrorKind::kNotFound || error.code == "RUN_FINISHED") return Leave(run);
  if (error.code == "SLOT_MOVED" || error.kind == ErrorKind::kCancelled) return;
  Move(line, place, before, before != Standing::kWaiting);
  ServeLater(key);
}

}  // namespace sb::runtime
