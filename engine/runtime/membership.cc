#include "engine/runtime/membership.h"

#include <algorithm>

#include "engine/base/log.h"

namespace sb::runtime {

Membership::Membership(Dependencies dependencies, Settings settings)
    : deps_(std::move(dependencies)), settings_(settings) {}

Result<Membership::Place> Membership::Join() {
  const auto sent_at = deps_.clock.SinceBoot();
  auto registration = deps_.store.Register(settings_.instance, 1, deps_.clock.Now());
  if (!registration.ok()) return registration.error();
  incarnation_ = registration->incarnation;
  last_beat_us_ = sent_at.count();
  unbroken_since_ = sent_at;
  auto slots = deps_.store.ClaimSlots(settings_.instance, incarnation_);
  if (!slots.ok()) return slots.error();
  for (const Slot slot : *slots) ours_[slot] = Hold::kGained;
  return Place{*registration, std::move(slots).value()};
}

void Membership::Start() {
  RoundLater();
}

bool Membership::MayAct() const {
  const std::chrono::microseconds last_beat(last_beat_us_.load());
  const Millis until = settings_.time_to_live * 2 / 3;  // the rest is for what is under way then
  return !left_ && deps_.clock.SinceBoot() - last_beat < until;
}

void Membership::Settled(const std::vector<Slot>& slots) {
  deps_.pulse.Post([this, slots] {
    for (const Slot slot : slots) {
      const auto held = ours_.find(slot);
      if (held != ours_.end() && held->second == Hold::kGained) held->second = Hold::kSettled;
    }
  });
}

void Membership::GiveBack(std::vector<Slot> slots) {
  deps_.pulse.Post([this, slots = std::move(slots)] { Release(slots); });
}

void Membership::Leave() {
  if (left_.exchange(true) || incarnation_ == 0) return;
  deps_.pulse.RunAndWait([] {});  // what is under way there has ended
  const Status released = deps_.store.Release(settings_.instance, incarnation_);
  if (!released.ok()) Log::Warn("instance.release_failed", {{"code", released.error().code}});
}

// ---- Rounds
// -----------------------------------------------------------------------------------------------------

Millis Membership::Interval() const {
  return std::min(settings_.heartbeat_interval, settings_.time_to_live / 6);
}

// A fifth earlier or later, so that instances that started together do not stay together.
void Membership::RoundLater() {
  const auto chance = static_cast<unsigned char>(deps_.random.Bytes(1)[0]);
  const Millis pause = Interval() * (80 + chance * 40 / 255) / 100;
  deps_.pulse.PostAt(deps_.clock.Now() + pause, [this] { Round(); });
}

void Membership::Round() {
  if (left_) return;
  if (Beat() && claiming_) {
    FenceTheDead();
    Claim();
    Balance();
  }
  if (!left_) RoundLater();
}

bool Membership::Beat() {
  const auto sent_at = deps_.clock.SinceBoot();
  const auto alive = deps_.store.Heartbeat(settings_.instance, incarnation_);
  if (left_) return false;
  if (!alive.ok()) {
    unbroken_since_.reset();
    Log::Warn("heartbeat.failed", {{"code", alive.error().code}});
    return false;
  }
  if (!*alive) {
    left_ = true;
    deps_.lost("it was silent for too long, and other instances have taken over its work");
    return false;
  }
  const bool late =
      sent_at.count() - last_beat_us_ > (settings_.time_to_live / 2) / std::chrono::microseconds(1);
  if (!unbroken_since_ || late) unbroken_since_ = sent_at;
  last_beat_us_ = sent_at.count();
  return true;
}

// Only who could itself be heard all the time may say of others that they are silent: after a
// restart of the database everybody's heartbeat is old, and the first to come back must not bury
// the rest.
void Membership::FenceTheDead() {
  const std::chrono::microseconds now(last_beat_us_.load());
  if (now - *unbroken_since_ < settings_.time_to_live) return;
  const auto fenced = deps_.store.FenceDead(settings_.instance, settings_.time_to_live);
  if (!fenced.ok()) return Log::Warn("instance.fence_failed", {{"code", fenced.error().code}});
  if (*fenced > 0) Log::Warn("instance.fenced_others", {{"instances", *fenced}});
}

void Membership::Claim() {
  const auto owned = deps_.store.ClaimSlots(settings_.instance, incarnation_);
  if (!owned.ok()) return Log::Warn("slots.claim_failed", {{"code", owned.error().code}});
  std::vector<Slot> gained;
  for (const Slot slot : *owned) {
    if (ours_.emplace(slot, Hold::kGained).second) gained.push_back(slot);
  }
  if (!gained.empty()) deps_.gained(std::move(gained));
}

void Membership::Balance() {
  const bool returning = std::ranges::any_of(
      ours_, [](const auto& entry) { return entry.second == Hold::kReturning; });
  if (returning) return;  // one move at a time
  const auto share = deps_.store.FairShare();
  if (!share.ok()) return Log::Warn("slots.share_unknown", {{"code", share.error().code}});
  std::vector<Slot> surplus;
  for (auto held = ours_.rbegin(); held != ours_.rend(); ++held) {
    if (static_cast<int>(ours_.size() - surplus.size()) <= *share) break;
    if (held->second != Hold::kSettled) continue;
    held->second = Hold::kReturning;
    surplus.push_back(held->first);
  }
  if (!surplus.empty()) deps_.wanted_back(std::move(surplus));
}

// Repeated until it is known to have happened: a slot that is ours in the database and nobody's in
// memory would stand still.
void Membership::Release(const std::vector<Slot>& slots) {
  if (left_) return;
  const Status released = deps_.store.ReleaseSlots(settings_.instance, incarnation_, slots);
  if (!released.ok()) {
    Log::Warn("slots.release_failed", {{"code", released.error().code}});
    deps_.pulse.PostAt(deps_.clock.Now() + Interval(), [this, slots] { Release(slots); });
    return;
  }
  for (const Slot slot : slots) ours_.erase(slot);
  Log::Info("slots.given_back", {{"slots", slots.size()}, {"left", ours_.size()}});
}

}  // namespace sb::runtime
