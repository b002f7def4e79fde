#include "engine/core/quota/limiter.h"

#include <algorithm>
#include <limits>

namespace sb::core::quota {
namespace {

using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr microseconds kMinute = minutes(1);
// Of what the window has beyond a minute; the rest is for clock error.
constexpr microseconds kUnderWayCovered = seconds(1);
constexpr microseconds kShortestCoolDown = seconds(1);
constexpr microseconds kLongestCoolDown = seconds(75);
constexpr microseconds kLongestJitter = Millis(500);
// Where a refusal names no wait: each refused probe waits so many times longer than the one before.
constexpr double kPatienceGrows = 1.5;
// What is in no hurry leaves the first places that come free after a refusal to those who are.
constexpr microseconds kEase = seconds(4);
constexpr microseconds kIdleBeforeBorrowing = minutes(10);
constexpr microseconds kCrowdedWithin = minutes(5);
constexpr std::size_t kCrowdedAfter = 3;
// A probe whose answer never came (a broken connection) must not close the gate for good.
constexpr microseconds kProbePatience = seconds(30);
// Reading clocks of two threads may differ by a hair; more than this is the clock being set back.
constexpr microseconds kClockTolerance = seconds(2);
constexpr int kLeastAllowance = 10;
constexpr int kLeastForeign = 2;
constexpr int kForeignStep = 4;   // More than believed, by a refusal after a long calm ...
constexpr int kForeignLeap = 16;  // ... and the most, when one follows the other.
constexpr microseconds kCalm = minutes(3);
// Clean minutes in which an estimate is kept, and after which it fades a request a minute faster.
constexpr int kForeignHeld = 10;
constexpr int kKeptForPeople = 2;
// Of the limit: so many requests of people a minute do not ask what others are believed to take.
constexpr int kDaredPercent = 25;
constexpr int kWindowsToTrust = 2;

// Shares of the allowance in percent, by lane: what is kept free for it, and what it gets at least.
constexpr std::array<int, kLaneCount> kReservePercent = {15, 25, 0, 0};
constexpr std::array<int, kLaneCount> kFloorPercent = {0, 10, 10, 5};
constexpr auto kPeople = static_cast<std::size_t>(Lane::kInteractive);

// Spreads instances that were refused together. Derived from the instant, so that it replays.
microseconds JitterOf(WallTime now) {
  auto bits = static_cast<std::uint64_t>(now.time_since_epoch().count());
  bits = (bits ^ (bits >> 31U)) * 0x9E3779B97F4A7C15U;
  return Millis(100 + static_cast<int>((bits >> 33U) % 401U));
}

std::optional<microseconds> WaitAskedFor(const LimitFeedback& feedback, WallTime now) {
  if (feedback.retry_after) return *feedback.retry_after;
  // A reset in the past is a clock that differs: it says nothing about when.
  if (feedback.reset && *feedback.reset > now) return *feedback.reset - now;
  return {};
}

// Nobody knows whether a place comes free in a moment (a sliding count, a bucket) or at the end of
// a minute: asking soon, and then ever more patiently, finds out at the price of few refusals.
microseconds WaitUntold(int in_a_row) {
  microseconds wait = kShortestCoolDown;
  for (int n = 1; n < in_a_row && wait < kMinute; ++n)
    wait = std::chrono::duration_cast<microseconds>(wait * kPatienceGrows);
  return std::min(wait, kMinute);
}

// Whether `apart` is a whole number of minutes, give or take the second that headers round to.
bool KeepsTheBeat(microseconds apart) {
  const auto rest = (apart + seconds(1)) % kMinute;
  return apart >= -seconds(1) && rest <= seconds(2);
}

}  // namespace

Limiter::Settings Limiter::ShareOf(const Settings& whole, int parts) {
  if (parts <= 1) return whole;
  Settings share = whole;
  share.limit = std::max(1, whole.limit / parts);
  share.ceiling = share.limit;  // a higher one would be named to every part
  return share;
}

Limiter::Limiter(Settings settings)
    : settings_(settings), cap_(settings.limit), limit_(settings.limit) {}

Limiter::Limiter(Settings settings, const BudgetRecord& record, WallTime now) : Limiter(settings) {
  if (record.limit > 0) limit_ = std::min(record.limit, std::max(settings.limit, settings.ceiling));
  cap_ = std::max(cap_, limit_);
  SetForeign(record.foreign);
  for (std::size_t i = 0; i < record.used.size(); ++i) {
    // The end of its second is the latest that a grant can have been made.
    const WallTime at{seconds(record.first_second + static_cast<std::int64_t>(i) + 1) -
                      microseconds(1)};
    for (int n = 0; n < record.used.at(i); ++n) Record(std::min(at, now), kNoLane);
  }
  for (int n = 0; n < record.reserved; ++n) Record(now, kNoLane);
  if (record.cool_until) {
    cool_until_ = std::min(*record.cool_until, now + kLongestCoolDown + kLongestJitter);
  }
  granted_ = record.grants + record.reserved;  // Nothing is left that the record would cover.
  Advance(now);
}

bool Limiter::TryTake(Lane lane, const Backlog& backlog, WallTime now) {
  Advance(now);
  NoteArrivals(lane, backlog, now);
  if (now < GateOpens(lane) || !Fits(usage_, lane, backlog, now)) return false;
  Record(now, static_cast<int>(lane));
  if (cool_until_) probe_sent_ = now;
  return true;
}

// Counted from its grant, a slow request's place would be given to another while the provider,
// which saw it late, still counts it.
void Limiter::OnEnded(std::int64_t number, std::optional<WallTime> counted_by) {
  const auto found = std::ranges::find(grants_, number, &Grant::number);
  if (found == grants_.end()) return;
  Grant grant = *found;
  grants_.erase(found);
  grant.under_way = false;
  if (counted_by) grant.at = std::max(grant.at, *counted_by - kUnderWayCovered);
  grants_.insert(std::ranges::upper_bound(grants_, grant.at, {}, &Grant::at), grant);
}

WallTime Limiter::NextChance(Lane lane, const Backlog& backlog, WallTime now) const {
  const WallTime opens = std::max(now, GateOpens(lane));
  Usage usage = usage_;
  auto next = grants_.begin();
  for (; next != grants_.end() && next->at + settings_.window <= opens; ++next) {
    Remove(usage, *next);
  }
  if (Fits(usage, lane, backlog, opens)) return opens;
  for (; next != grants_.end(); ++next) {
    Remove(usage, *next);
    const WallTime expiry = next->at + settings_.window;
    if (Fits(usage, lane, backlog, expiry)) return expiry;
  }
  // Nothing spent, and still no room: only a new estimate or a smaller backlog can help.
  return opens + seconds(1);
}

void Limiter::OnRefused(const LimitFeedback& feedback, WallTime now, std::int64_t grant) {
  Advance(now);
  Disown(grant);
  // What was in flight together is refused together: that is one lesson, not many.
  const bool first_of_its_burst = !cool_until_ || probe_sent_;
  if (first_of_its_burst) ++in_a_row_;
  CoolDown(feedback, now);
  LearnFromFeedback(feedback, now);
  if (!first_of_its_burst) return;
  // A refused probe says that it is still so, and nothing of how much others take: our own silence
  // would look like their requests.
  if (in_a_row_ == 1) LearnFromRefusal(now);
  ++refused_;
  refusals_.push_back(now);
  if (refusals_.size() > kCrowdedAfter) refusals_.pop_front();
}

void Limiter::OnAnswered(const LimitFeedback& feedback, WallTime now) {
  Advance(now);
  if (probe_sent_) {
    cool_until_.reset();
    probe_sent_.reset();
    in_a_row_ = 0;
  }
  LearnFromFeedback(feedback, now);
}

void Limiter::Resettle(const Settings& settings) {
  if (settings.limit < settings_.limit) cap_ = std::min(cap_, settings.limit);
  if (settings.limit > settings_.limit) cap_ = std::max(cap_, settings.limit);
  settings_ = settings;
  limit_ = std::min(limit_, cap_);
  SetForeign(foreign_);
}

int Limiter::UsedInWindow(WallTime now) const {
  const auto inside = [&](const Grant& grant) { return grant.at + settings_.window > now; };
  return static_cast<int>(std::count_if(grants_.begin(), grants_.end(), inside));
}

bool Limiter::IsCrowded(WallTime now) const {
  return refusals_.size() >= kCrowdedAfter && refusals_.front() + kCrowdedWithin >= now;
}

BudgetRecord Limiter::Snapshot(WallTime now) const {
  BudgetRecord record;
  record.limit = limit_;
  record.foreign = foreign_;
  record.cool_until = cool_until_;
  record.reserved = settings_.reserve;
  record.grants = granted_;
  const auto last = static_cast<std::int64_t>(record.used.size()) - 1;
  record.first_second = floor<seconds>(now).time_since_epoch().count() - last;
  for (const Grant& grant : grants_) {
    if (grant.under_way) {
      ++record.reserved;
      continue;
    }
    const auto second = floor<seconds>(grant.at).time_since_epoch().count() - record.first_second;
    if (second < 0) continue;  // Older than the window.
    std::int16_t& used = record.used.at(static_cast<std::size_t>(std::min(second, last)));
    if (used < std::numeric_limits<std::int16_t>::max()) ++used;
  }
  return record;
}

int Limiter::GrantsSince(const BudgetRecord& stored) const {
  return static_cast<int>(granted_ - stored.grants);
}

void Limiter::Record(WallTime at, int lane) {
  const bool restored = lane == kNoLane;
  const WallTime since = grants_.empty() ? at : std::max(at, grants_.back().at);
  ++granted_;
  grants_.push_back({since, lane, restored ? 0 : granted_, !restored});
  starts_.push_back(since);
  if (starts_.size() > static_cast<std::size_t>(std::max(1, settings_.burst))) starts_.pop_front();
  ++usage_.total;
  if (lane != kNoLane) ++usage_.by_lane.at(static_cast<std::size_t>(lane));
}

void Limiter::Remove(Usage& usage, const Grant& grant) {
  --usage.total;
  if (grant.lane != kNoLane) --usage.by_lane.at(static_cast<std::size_t>(grant.lane));
}

/// What was refused keeps its place, for who knows how it is counted; but its lane got nothing by
/// it.
void Limiter::Disown(std::int64_t grant) {
  const auto found = std::ranges::find(grants_, grant, &Grant::number);
  if (grant == 0 || found == grants_.end() || found->lane == kNoLane) return;
  --usage_.by_lane.at(static_cast<std::size_t>(found->lane));
  found->lane = kNoLane;
}

void Limiter::Advance(WallTime now) {
  FollowClockBack(now);
  Expire(now);
  Recover(now);
}

// A clock that was set back would keep old grants in the window for as long as it went back. They
// are moved along: less than the truth has passed since them then, so this too can only over-count.
void Limiter::FollowClockBack(WallTime now) {
  if (grants_.empty() || grants_.back().at <= now + kClockTolerance) return;
  const auto back = grants_.back().at - now;
  for (Grant& grant : grants_) grant.at -= back;
  for (WallTime& start : starts_) start -= back;
  for (auto& arrival : last_arrival_) {
    if (arrival) *arrival -= back;
  }
  if (cool_until_) *cool_until_ -= back;
  if (ease_until_) *ease_until_ -= back;
  if (probe_sent_) *probe_sent_ -= back;
  if (clean_since_) *clean_since_ -= back;
  first_reset_.reset();
}

void Limiter::Expire(WallTime now) {
  while (!grants_.empty() && grants_.front().at + settings_.window <= now) {
    Remove(usage_, grants_.front());
    grants_.pop_front();
  }
}

// Minutes without a refusal give back what refusals took: slowly, for each return to the edge costs
// a refusal and may cost people the rest of a minute; faster the longer nobody minds.
void Limiter::Recover(WallTime now) {
  if (!clean_since_) clean_since_ = now;
  while (now - *clean_since_ >= kMinute) {
    if (foreign_ == 0 && limit_ >= cap_) {
      clean_since_ = now;
      return;
    }
    *clean_since_ += kMinute;
    ++clean_minutes_;
    if (foreign_ > 0) {
      foreign_ = std::max(0, foreign_ - clean_minutes_ / kForeignHeld);
    } else {
      ++limit_;
    }
  }
}

void Limiter::NoteArrivals(Lane lane, const Backlog& backlog, WallTime now) {
  for (std::size_t i = 0; i < last_arrival_.size(); ++i) {
    if (backlog.at(i) > 0 || i == static_cast<std::size_t>(lane)) last_arrival_.at(i) = now;
  }
}

int Limiter::Allowance() const {
  return std::max(1, limit_ - foreign_);
}

int Limiter::ReserveOf(int lane, const Backlog& backlog, WallTime now) const {
  const auto at = static_cast<std::size_t>(lane);
  const auto& last = last_arrival_.at(at);
  const bool idle = backlog.at(at) == 0 && (!last || now - *last >= kIdleBeforeBorrowing);
  return idle ? 0 : Allowance() * kReservePercent.at(at) / 100;
}

int Limiter::FloorOf(int lane) const {
  const int percent = kFloorPercent.at(static_cast<std::size_t>(lane));
  return percent == 0 ? 0 : std::max(1, Allowance() * percent / 100);
}

// What must stay free for others when a request of `lane` starts: the unused reserves of more
// urgent lanes, and the unused floors of less urgent ones that have work. Below its own floor a
// lane passes by the reserves of those that have a floor too: else an unused reserve would hold up
// floors for ever while a still more urgent lane takes all the rest.
int Limiter::Hold(const Usage& usage, Lane lane, const Backlog& backlog, WallTime now) const {
  const int own = static_cast<int>(lane);
  const bool below_floor = usage.by_lane.at(static_cast<std::size_t>(own)) < FloorOf(own);
  int hold = 0;
  for (int other = 0; other < kLaneCount; ++other) {
    if (other == own) continue;
    const auto at = static_cast<std::size_t>(other);
    const int floor = backlog.at(at) > 0 ? FloorOf(other) : 0;
    const bool reserves = other < own && !(below_floor && FloorOf(other) > 0);
    const int kept = reserves ? ReserveOf(other, backlog, now) : floor;
    // People who have had theirs are still not to wait until a place comes free.
    const int always = at == kPeople && !below_floor ? std::min(kKeptForPeople, kept) : 0;
    hold += std::max(always, kept - usage.by_lane.at(at));
  }
  return hold;
}

// What others take is a guess, and after a refusal a careful one. As many requests of people as are
// kept for them, and everybody's floors, leave all the same, and meet the truth: nobody waits for
// long, or starves, because of a guess.
bool Limiter::DaresMore(const Usage& usage, Lane lane) const {
  const int own = usage.by_lane.at(static_cast<std::size_t>(lane));
  if (lane == Lane::kInteractive) return own < limit_ * kDaredPercent / 100;
  return own < FloorOf(static_cast<int>(lane));
}

bool Limiter::Fits(const Usage& usage, Lane lane, const Backlog& backlog, WallTime now) const {
  // A probe after a cool-down goes alone and must be possible whatever the estimates say.
  const int most = lane == Lane::kInteractive ? limit_ : Allowance();
  if (cool_until_ && usage.total < most) return true;
  const int others = DaresMore(usage, lane) ? 0 : foreign_;
  return limit_ - others - usage.total - Hold(usage, lane, backlog, now) >= 1;
}

// What is in no hurry leaves one by one: however full the window is, a place in it is free within
// a second then, and whoever is more urgent takes it.
int Limiter::BurstOf(Lane lane) const {
  return lane == Lane::kLive ? settings_.burst : 1;
}

// The earliest instant that cool-down, probe and pacing allow.
WallTime Limiter::GateOpens(Lane lane) const {
  WallTime opens{};
  if (cool_until_) opens = *cool_until_;
  if (probe_sent_) opens = std::max(opens, *probe_sent_ + kProbePatience);
  if (ease_until_ && lane >= Lane::kSync) opens = std::max(opens, *ease_until_);
  const int burst = BurstOf(lane);
  const auto back = static_cast<std::size_t>(burst);
  if (lane == Lane::kInteractive || starts_.size() < back) return opens;
  const microseconds pace = kMinute * burst / std::max(burst, Allowance());
  return std::max(opens, starts_.at(starts_.size() - back) + pace);
}

int Limiter::GrantsAfter(WallTime since) const {
  const auto later = [&](const Grant& grant) { return grant.at > since; };
  return static_cast<int>(std::count_if(grants_.begin(), grants_.end(), later));
}

void Limiter::CoolDown(const LimitFeedback& feedback, WallTime now) {
  const microseconds wait = std::clamp(WaitAskedFor(feedback, now).value_or(WaitUntold(in_a_row_)),
                                       kShortestCoolDown, kLongestCoolDown);
  const WallTime until = now + wait + JitterOf(now);
  cool_until_ = std::max(cool_until_.value_or(until), until);
  ease_until_ = *cool_until_ + kEase;
  probe_sent_.reset();
  clean_since_ = *cool_until_;
  clean_minutes_ = 0;
}

void Limiter::LearnFromRefusal(WallTime now) {
  const int own = GrantsAfter(now - kMinute);
  const bool calm = refusals_.empty() || now - refusals_.back() > kCalm;
  foreign_step_ = calm ? kForeignStep : std::min(2 * foreign_step_, kForeignLeap);
  if (own >= limit_) {
    // We alone reached it: then the limit is lower than believed.
    limit_ = std::max({cap_ / 2, limit_ * 9 / 10, 1});
    SetForeign(std::max(foreign_, kLeastForeign));
    return;
  }
  // Whatever we did not use, somebody else did. Who always uses what is left learns nothing new by
  // that; but then the others took more than was believed.
  SetForeign(std::max(foreign_ + foreign_step_, limit_ - own));
}

void Limiter::LearnFromFeedback(const LimitFeedback& feedback, WallTime now) {
  const bool fixed = feedback.reset && LooksLikeFixedWindow(*feedback.reset, now);
  if (feedback.limit && *feedback.limit > 0 && (fixed || *feedback.limit < limit_)) {
    cap_ = std::clamp(*feedback.limit, std::min(kLeastAllowance, settings_.limit),
                      std::max(settings_.limit, settings_.ceiling));
    limit_ = std::min(limit_, cap_);
    SetForeign(foreign_);
  }
  if (!fixed || !feedback.limit || !feedback.remaining) return;
  const int own = GrantsAfter(*feedback.reset - kMinute);
  SetForeign(std::max(foreign_, *feedback.limit - *feedback.remaining - own));
}

// A fixed window restarts on a beat of its own; a bucket or a sliding log names another instant
// each time, and counting against it would mislead. So a few windows must have kept the beat first.
bool Limiter::LooksLikeFixedWindow(WallTime reset, WallTime now) {
  if (reset < now - seconds(1) || reset > now + kMinute + seconds(1)) return false;
  if (!first_reset_ || !KeepsTheBeat(reset - *first_reset_)) {
    first_reset_ = reset;
    return false;
  }
  return reset - *first_reset_ >= kWindowsToTrust * kMinute - seconds(1);
}

// Some of the quota is always ours to try, however much others take.
void Limiter::SetForeign(int foreign) {
  foreign_ = std::clamp(foreign, 0, std::max(0, limit_ - kLeastAllowance));
}

}  // namespace sb::core::quota
