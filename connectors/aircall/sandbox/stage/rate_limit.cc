#include "connectors/aircall/sandbox/stage/rate_limit.h"

#include <algorithm>

namespace sb::aircall::sandbox {
namespace {

using Micros = std::chrono::microseconds;

/// Further back than this, what the neighbour did no longer counts in any shape.
constexpr Seconds kMemory{120};

Micros Gap(int per_minute) {
  return Micros(RateLimit::kLength) / per_minute;
}

/// Whole seconds, so that the announced Reset is the very moment the counter restarts.
WallTime WholeSecond(WallTime when) {
  return std::chrono::ceil<Seconds>(when);
}

}  // namespace

RateRules RateRules::From(const Switches& switches) {
  const std::string_view shape = switches.Get(Switch::kRateWindow);
  return {.limit = switches.GetNumber(Switch::kRateLimit),
          .shape = shape == "sliding"  ? RateShape::kSliding
                   : shape == "bucket" ? RateShape::kBucket
                                       : RateShape::kFixed,
          .neighbour = switches.GetNumber(Switch::kRateNeighbour),
          .blocking = switches.Is(Switch::kRateBlock, "on")};
}

RateLimit::Standing RateLimit::Count(const RateRules& rules, WallTime now) {
  if (shut_until_ && now < *shut_until_) return {false, rules.limit, 0, WholeSecond(*shut_until_)};
  if (rules.limit == 0) return {};
  LetNeighbourAsk(rules, now);
  const bool admitted = Admit(rules, now);
  if (!admitted && rules.blocking) shut_until_ = now + kLength;
  return {admitted, rules.limit, Remaining(rules, now), ResetOf(rules, now)};
}

RateLimit::Standing RateLimit::Look(const RateRules& rules, WallTime now) const {
  RateLimit copy = *this;
  if (copy.shut_until_ && now < *copy.shut_until_) return copy.Count(rules, now);
  if (rules.limit == 0) return {};
  copy.LetNeighbourAsk(rules, now);
  const int remaining = copy.Remaining(rules, now);
  return {remaining > 0, rules.limit, remaining, copy.ResetOf(rules, now)};
}

bool RateLimit::Admit(const RateRules& rules, WallTime at) {
  switch (rules.shape) {
    case RateShape::kFixed:
      return AdmitFixed(rules, at);
    case RateShape::kSliding:
      return AdmitSliding(rules, at);
    case RateShape::kBucket:
      return AdmitFromBucket(rules, at);
  }
  return true;
}

bool RateLimit::AdmitFixed(const RateRules& rules, WallTime at) {
  if (!window_ends_ || at >= *window_ends_) {
    used_ = 0;
    window_ends_ = WholeSecond(at + kLength);
  }
  if (used_ >= rules.limit) return false;
  ++used_;
  return true;
}

bool RateLimit::AdmitSliding(const RateRules& rules, WallTime at) {
  while (!log_.empty() && log_.front() <= at - kLength) log_.pop_front();
  if (log_.size() >= static_cast<std::size_t>(rules.limit)) return false;
  log_.push_back(at);
  return true;
}

bool RateLimit::AdmitFromBucket(const RateRules& rules, WallTime at) {
  const double full = rules.limit;
  const double seconds =
      filled_at_ ? std::chrono::duration<double>(at - *filled_at_).count() : full;
  tokens_ = std::min(full, tokens_ + seconds * full / static_cast<double>(kLength.count()));
  if (!filled_at_) tokens_ = full;
  filled_at_ = at;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void RateLimit::LetNeighbourAsk(const RateRules& rules, WallTime now) {
  if (rules.neighbour == 0) {
    neighbour_next_.reset();
    return;
  }
  const Micros gap = Gap(rules.neighbour);
  if (!neighbour_next_) neighbour_next_ = now;
  if (*neighbour_next_ < now - kMemory) neighbour_next_ = now - kMemory;
  for (; *neighbour_next_ <= now; *neighbour_next_ += gap) Admit(rules, *neighbour_next_);
}

int RateLimit::Remaining(const RateRules& rules, WallTime now) const {
  switch (rules.shape) {
    case RateShape::kFixed:
      return window_ends_ && now < *window_ends_ ? rules.limit - used_ : rules.limit;
    case RateShape::kSliding:
      return rules.limit - static_cast<int>(std::count_if(log_.begin(), log_.end(), [&](auto at) {
               return at > now - kLength;
             }));
    case RateShape::kBucket:
      return filled_at_ ? static_cast<int>(tokens_) : rules.limit;
  }
  return 0;
}

WallTime RateLimit::ResetOf(const RateRules& rules, WallTime now) const {
  if (shut_until_ && now < *shut_until_) return WholeSecond(*shut_until_);
  switch (rules.shape) {
    case RateShape::kFixed:
      return window_ends_ && now < *window_ends_ ? *window_ends_ : WholeSecond(now + kLength);
    case RateShape::kSliding:
      return WholeSecond((log_.empty() ? now : log_.front()) + kLength);
    case RateShape::kBucket:
      return WholeSecond(now + Gap(rules.limit));
  }
  return now;
}

}  // namespace sb::aircall::sandbox
