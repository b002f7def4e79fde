#include "tests/support/quota_simulation.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

namespace sb::testing {
namespace {

using core::quota::Backlog;
using core::quota::kLaneCount;
using core::quota::Lane;
using core::quota::Limiter;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr int kLimit = 100;
constexpr int kMostUnderWay = 16;
constexpr int kEndless = 1000;
constexpr milliseconds kTick(10);
constexpr auto kInteractive = static_cast<std::size_t>(Lane::kInteractive);
constexpr auto kBackfill = static_cast<std::size_t>(Lane::kBackfill);

struct Request {
  std::size_t lane = 0;
  WallTime wanted;
  WallTime left;
  WallTime arrives;
  WallTime returns;
  WallTime again;  ///< Once refused: when it is tried again.
  int refusals = 0;
  bool served = false;
  std::optional<WallTime> reset = {};  ///< As it was refused.
  std::int64_t grant = 0;              ///< See Limiter.
};

/// Decides when requests leave.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual bool MayLeave(Lane lane, const Backlog& backlog, WallTime now) = 0;
  /// Before it nothing changes by itself.
  virtual WallTime NextChance(Lane lane, const Backlog& backlog, WallTime now) = 0;
  virtual void OnAnswer(const Request& request, WallTime now) = 0;

  virtual std::int64_t NewestGrant() const { return 0; }

  /// Whether urgent lanes go first, and refused requests back to their head. Else lanes are served
  /// as it comes, and a refused request keeps its place among those under way until it is tried
  /// again.
  virtual bool KnowsLanes() const = 0;
};

class Naive final : public Sender {
 public:
  bool MayLeave(Lane /*lane*/, const Backlog& /*backlog*/, WallTime /*now*/) override {
    return true;
  }

  WallTime NextChance(Lane /*lane*/, const Backlog& /*backlog*/, WallTime now) override {
    return now;
  }

  void OnAnswer(const Request& /*request*/, WallTime /*now*/) override {}

  bool KnowsLanes() const override { return false; }
};

class Bucket final : public Sender {
 public:
  bool MayLeave(Lane /*lane*/, const Backlog& /*backlog*/, WallTime now) override {
    return bucket_->Serve(now);
  }

  WallTime NextChance(Lane /*lane*/, const Backlog& /*backlog*/, WallTime now) override {
    return now;
  }

  void OnAnswer(const Request& /*request*/, WallTime /*now*/) override {}

  bool KnowsLanes() const override { return false; }

 private:
  std::unique_ptr<SimulatedProvider> bucket_ = MakeProvider(Counting::kTokenBucket, kLimit);
};

class Ours final : public Sender {
 public:
  bool MayLeave(Lane lane, const Backlog& backlog, WallTime now) override {
    return limiter_.TryTake(lane, backlog, now);
  }

  WallTime NextChance(Lane lane, const Backlog& backlog, WallTime now) override {
    return limiter_.NextChance(lane, backlog, now);
  }

  void OnAnswer(const Request& request, WallTime now) override {
    if (request.served) {
      limiter_.OnAnswered({}, now);
    } else {
      limiter_.OnRefused({.reset = request.reset}, now, request.grant);
    }
  }

  std::int64_t NewestGrant() const override { return limiter_.newest_grant(); }

  bool KnowsLanes() const override { return true; }

 private:
  Limiter limiter_{Limiter::Settings{.limit = kLimit}};
};

std::unique_ptr<Sender> MakeSender(Sending sending) {
  switch (sending) {
    case Sending::kRetry:
      return std::make_unique<Naive>();
    case Sending::kTokenBucket:
      return std::make_unique<Bucket>();
    case Sending::kLimiter:
      return std::make_unique<Ours>();
  }
  return nullptr;
}

double SecondsOf(microseconds span) {
  return std::chrono::duration<double>(span).count();
}

/// What has come of it, after the warm-up.
class Tally {
 public:
  Tally(WallTime from, Millis span)
      : from_(from),
        served_in_(static_cast<std::size_t>(span / minutes(1))),
        refused_in_(served_in_.size()),
        last_backfill_(from) {}

  void Served(const Request& request) {
    if (request.lane == kBackfill) NoteBackfill(request.arrives);
    if (!Counts(request.arrives)) return;
    ++served_in_[static_cast<std::size_t>((request.arrives - from_) / minutes(1))];
    ++by_lane_.at(request.lane);
    if (request.lane == kInteractive) waits_.push_back(SecondsOf(request.left - request.wanted));
  }

  void Refused(WallTime at) {
    if (Counts(at)) ++refused_in_[static_cast<std::size_t>((at - from_) / minutes(1))];
  }

  void NeighbourRefused(WallTime at) { neighbour_refused_ += Counts(at) ? 1 : 0; }

  QuotaOutcome Outcome() {
    const auto in_all = static_cast<double>(served_in_.size());
    NoteBackfill(from_ + minutes(served_in_.size()));
    QuotaOutcome outcome;
    outcome.served = std::accumulate(served_in_.begin(), served_in_.end(), 0.0) / in_all;
    outcome.refused = std::accumulate(refused_in_.begin(), refused_in_.end(), 0.0) / in_all;
    outcome.most_refused_in_a_minute = *std::max_element(refused_in_.begin(), refused_in_.end());
    outcome.neighbour_refused = neighbour_refused_ / in_all;
    outcome.fewest_in_a_minute = *std::min_element(served_in_.begin(), served_in_.end());
    for (std::size_t lane = 0; lane < by_lane_.size(); ++lane)
      outcome.by_lane.at(lane) = by_lane_.at(lane) / in_all;
    outcome.interactive_wait_middle = WaitOf(0.5);
    outcome.interactive_wait_late = WaitOf(0.99);
    outcome.backfill_gap = SecondsOf(longest_gap_);
    return outcome;
  }

 private:
  bool Counts(WallTime at) const { return at >= from_ && at < from_ + minutes(served_in_.size()); }

  void NoteBackfill(WallTime at) {
    if (at <= last_backfill_) return;
    longest_gap_ = std::max<microseconds>(longest_gap_, at - last_backfill_);
    last_backfill_ = at;
  }

  double WaitOf(double share) {
    if (waits_.empty()) return 0;
    std::sort(waits_.begin(), waits_.end());
    const auto at =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(waits_.size())) - 1);
    return waits_.at(at);
  }

  WallTime from_;
  std::vector<int> served_in_;
  std::vector<int> refused_in_;
  std::array<int, kLaneCount> by_lane_{};
  std::vector<double> waits_;
  int neighbour_refused_ = 0;
  WallTime last_backfill_;
  microseconds longest_gap_{0};
};

/// Time moves in ticks; requests are wanted, leave, travel and come back, and a neighbour
/// interferes.
class Simulation {
 public:
  explicit Simulation(const QuotaPlan& plan)
      : plan_(plan),
        random_(plan.seed),
        provider_(MakeProvider(plan.counting, kLimit, Millis(7'919LL * plan.seed % 60'000))),
        sender_(MakeSender(plan.sending)),
        next_neighbour_(NextAtRandom(now_, plan.neighbour_per_minute)),
        tally_(now_ + plan.warm_up, plan.span) {
    for (std::size_t lane = 0; lane < wanted_.size(); ++lane)
      next_wanted_.at(lane) = NextAtRandom(now_, plan_.demand.at(lane).per_minute);
  }

  QuotaOutcome Run() {
    for (const WallTime end = now_ + plan_.warm_up + plan_.span; now_ < end; now_ += kTick) {
      Want();
      Arrive();
      Return();
      TryAgain();
      Send();
    }
    return tally_.Outcome();
  }

 private:
  WallTime NextAtRandom(WallTime after, double per_minute) {
    if (per_minute <= 0) return WallTime::max();
    std::exponential_distribution<double> gap(per_minute / 60.0);
    return after + duration_cast<microseconds>(std::chrono::duration<double>(gap(random_)));
  }

  void Want() {
    for (std::size_t lane = 0; lane < wanted_.size(); ++lane) {
      while (next_wanted_.at(lane) <= now_) {
        Request request;
        request.lane = lane;
        request.wanted = next_wanted_.at(lane);
        wanted_.at(lane).push_back(request);
        next_wanted_.at(lane) = NextAtRandom(request.wanted, plan_.demand.at(lane).per_minute);
        Stir();
      }
    }
  }

  void Arrive() {
    const auto later = [](const Request& a, const Request& b) { return a.arrives < b.arrives; };
    std::sort(travelling_.begin(), travelling_.end(), later);
    std::size_t arrived = 0;
    for (; arrived < travelling_.size() && travelling_[arrived].arrives <= now_; ++arrived) {
      Request request = travelling_[arrived];
      ServeNeighbourUntil(request.arrives);
      request.served = provider_->Serve(request.arrives);
      if (request.served) {
        tally_.Served(request);
      } else {
        tally_.Refused(request.arrives);
        request.reset.reset();
        if (plan_.names_reset) request.reset = provider_->Reset();
      }
      returning_.push_back(request);
    }
    travelling_.erase(travelling_.begin(), travelling_.begin() + static_cast<long>(arrived));
    ServeNeighbourUntil(now_);
  }

  void ServeNeighbourUntil(WallTime when) {
    while (next_neighbour_ <= when) {
      if (!provider_->Serve(next_neighbour_)) tally_.NeighbourRefused(next_neighbour_);
      next_neighbour_ = NextAtRandom(next_neighbour_, plan_.neighbour_per_minute);
    }
  }

  void Return() {
    std::erase_if(returning_, [&](Request& request) {
      if (request.returns > now_) return false;
      sender_->OnAnswer(request, now_);
      Stir();
      if (!request.served) PutBack(request);
      return true;
    });
  }

  void PutBack(Request request) {
    ++request.refusals;
    if (sender_->KnowsLanes()) return wanted_.at(request.lane).push_front(request);
    const int seconds = 1 << std::min(request.refusals - 1, 5);
    request.again = now_ + milliseconds(seconds * 1000 + static_cast<int>(random_() % 500));
    refused_.push_back(request);
  }

  void TryAgain() {
    std::erase_if(refused_, [&](Request& request) {
      if (request.again > now_ || !sender_->MayLeave(LaneOf(request), BacklogNow(), now_))
        return false;
      Depart(request);
      return true;
    });
  }

  static Lane LaneOf(const Request& request) { return static_cast<Lane>(request.lane); }

  void Send() {
    const std::size_t first = sender_->KnowsLanes() ? 0 : random_() % kLaneCount;
    for (std::size_t i = 0; i < kLaneCount; ++i) {
      const std::size_t lane = (first + i) % kLaneCount;
      while (now_ >= next_look_.at(lane) && SendOne(lane)) {
      }
    }
  }

  bool SendOne(std::size_t lane) {
    if (!HasRoom() || BacklogNow().at(lane) == 0) return false;
    if (!sender_->MayLeave(static_cast<Lane>(lane), BacklogNow(), now_)) {
      next_look_.at(lane) = sender_->NextChance(static_cast<Lane>(lane), BacklogNow(), now_);
      return false;
    }
    Request request;
    request.lane = lane;
    request.wanted = now_;
    if (!wanted_.at(lane).empty()) {
      request = wanted_.at(lane).front();
      wanted_.at(lane).pop_front();
    }
    Depart(request);
    return sender_->KnowsLanes();  // or the next lane has its turn
  }

  bool HasRoom() const {
    return travelling_.size() + returning_.size() + refused_.size() < kMostUnderWay;
  }

  Backlog BacklogNow() const {
    Backlog backlog{};
    for (std::size_t lane = 0; lane < wanted_.size(); ++lane) {
      backlog.at(lane) = static_cast<int>(wanted_.at(lane).size()) +
                         (plan_.demand.at(lane).without_end ? kEndless : 0);
    }
    return backlog;
  }

  /// Something is different: whoever waited for an instant looks anew.
  void Stir() { next_look_.fill(now_); }

  void Depart(Request request) {
    request.left = now_;
    request.grant = sender_->NewestGrant();
    request.arrives = now_ + milliseconds(10 + static_cast<int>(random_() % 190));
    request.returns = request.arrives + milliseconds(10 + static_cast<int>(random_() % 190));
    travelling_.push_back(request);
    Stir();
  }

  const QuotaPlan plan_;
  std::mt19937 random_;
  WallTime now_{std::chrono::seconds(1'790'000'017)};
  std::unique_ptr<SimulatedProvider> provider_;
  std::unique_ptr<Sender> sender_;
  WallTime next_neighbour_;
  Tally tally_;
  std::array<WallTime, kLaneCount> next_wanted_{};
  std::array<std::deque<Request>, kLaneCount> wanted_;
  std::array<WallTime, kLaneCount> next_look_{};
  std::vector<Request> travelling_;
  std::vector<Request> returning_;
  std::vector<Request> refused_;
};

}  // namespace

const char* ToString(Sending sending) {
  switch (sending) {
    case Sending::kRetry:
      return "retry with back-off";
    case Sending::kTokenBucket:
      return "token bucket";
    case Sending::kLimiter:
      return "Switchboard";
  }
  return "";
}

QuotaOutcome Simulate(const QuotaPlan& plan) {
  return Simulation(plan).Run();
}

std::array<LaneDemand, kLaneCount> BusyCompany() {
  return {LaneDemand{.per_minute = 10}, LaneDemand{.per_minute = 20},
          LaneDemand{.without_end = true}, LaneDemand{.without_end = true}};
}

}  // namespace sb::testing
