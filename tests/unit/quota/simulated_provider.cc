#include "tests/unit/quota/simulated_provider.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <queue>
#include <random>
#include <vector>

namespace sb::core::quota {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class FixedWindow final : public SimulatedProvider {
 public:
  FixedWindow(int limit, Millis phase) : limit_(limit), phase_(phase) {}

  bool Serve(WallTime now) override {
    const auto window = (now.time_since_epoch() - phase_) / minutes(1);
    if (window != window_) used_ = 0;
    window_ = window;
    if (used_ >= limit_) return false;
    ++used_;
    return true;
  }

 private:
  int limit_;
  Millis phase_;
  std::int64_t window_ = 0;
  int used_ = 0;
};

class SlidingLog final : public SimulatedProvider {
 public:
  explicit SlidingLog(int limit) : limit_(static_cast<std::size_t>(limit)) {}

  bool Serve(WallTime now) override {
    while (!log_.empty() && now - log_.front() >= minutes(1)) log_.pop_front();
    if (log_.size() >= limit_) return false;
    log_.push_back(now);
    return true;
  }

 private:
  std::size_t limit_;
  std::deque<WallTime> log_;
};

class TokenBucket final : public SimulatedProvider {
 public:
  explicit TokenBucket(int limit) : limit_(limit), tokens_(limit) {}

  bool Serve(WallTime now) override {
    if (last_) {
      const double passed = std::chrono::duration<double>(now - *last_).count();
      tokens_ = std::min<double>(limit_, tokens_ + passed * limit_ / 60.0);
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  int limit_;
  double tokens_;
  std::optional<WallTime> last_;
};

struct Request {
  WallTime arrives;
  WallTime returns;
  bool served = false;
};

/// One run of the simulation: time moves in ticks, requests travel, a neighbour interferes.
class Simulation {
 public:
  Simulation(SimulatedProvider& provider, const SimulationPlan& plan)
      : provider_(provider), plan_(plan), random_(plan.seed), next_neighbour_(now_) {
    PlanNeighbour();
  }

  Traffic Run() {
    for (const WallTime end = now_ + plan_.span; now_ < end; now_ += milliseconds(10)) {
      Arrive();
      Return();
      Send();
    }
    const double in_minutes = std::chrono::duration<double, std::ratio<60>>(plan_.span).count();
    return {served_ / in_minutes, refused_ / in_minutes};
  }

 private:
  void Arrive() {
    if (travelling_.empty() && next_neighbour_ > now_) return;
    const auto earlier = [](const Request& a, const Request& b) { return a.arrives < b.arrives; };
    std::sort(travelling_.begin(), travelling_.end(), earlier);
    while (!travelling_.empty() && travelling_.front().arrives <= now_) {
      ServeNeighboursUntil(travelling_.front().arrives);
      Request request = travelling_.front();
      travelling_.erase(travelling_.begin());
      request.served = provider_.Serve(request.arrives);
      returning_.push_back(request);
    }
    ServeNeighboursUntil(now_);
  }

  void ServeNeighboursUntil(WallTime when) {
    while (next_neighbour_ <= when) {
      provider_.Serve(next_neighbour_);
      PlanNeighbour();
    }
  }

  void PlanNeighbour() {
    if (plan_.neighbour_per_minute <= 0) {
      next_neighbour_ = WallTime::max();
      return;
    }
    std::exponential_distribution<double> gap(plan_.neighbour_per_minute / 60.0);
    next_neighbour_ += duration_cast<microseconds>(std::chrono::duration<double>(gap(random_)));
  }

  void Return() {
    std::erase_if(returning_, [&](const Request& request) {
      if (request.returns > now_) return false;
      not_before_.fill(now_);  // An answer may have taught the limiter something.
      if (request.served) {
        limiter_.OnAnswered({}, now_);
        ++served_;
      } else {
        limiter_.OnRefused({}, now_);
        ++refused_;
      }
      return true;
    });
  }

  void Send() {
    for (std::size_t at = 0; at < not_before_.size(); ++at) {
      const auto lane = static_cast<Lane>(at);
      if (plan_.backlog.at(at) == 0 || now_ < not_before_.at(at)) continue;
      while (HasRoom() && limiter_.TryTake(lane, plan_.backlog, now_)) Depart();
      if (HasRoom()) not_before_.at(at) = limiter_.NextChance(lane, plan_.backlog, now_);
    }
  }

  bool HasRoom() const { return travelling_.size() + returning_.size() < 16; }

  void Depart() {
    const auto there = milliseconds(10 + static_cast<int>(random_() % 190));
    const auto back = milliseconds(10 + static_cast<int>(random_() % 190));
    travelling_.push_back({now_ + there, now_ + there + back});
  }

  SimulatedProvider& provider_;
  SimulationPlan plan_;
  std::mt19937 random_;
  Limiter limiter_{Limiter::Settings{}};
  WallTime now_{seconds(1'790'000'017)};
  WallTime next_neighbour_;
  std::array<WallTime, kLaneCount> not_before_{};
  std::vector<Request> travelling_;
  std::vector<Request> returning_;
  int served_ = 0;
  int refused_ = 0;
};

}  // namespace

std::unique_ptr<SimulatedProvider> FixedWindowProvider(int limit, Millis phase) {
  return std::make_unique<FixedWindow>(limit, phase);
}

std::unique_ptr<SimulatedProvider> SlidingLogProvider(int limit) {
  return std::make_unique<SlidingLog>(limit);
}

std::unique_ptr<SimulatedProvider> TokenBucketProvider(int limit) {
  return std::make_unique<TokenBucket>(limit);
}

Traffic Simulate(SimulatedProvider& provider, const SimulationPlan& plan) {
  return Simulation(provider, plan).Run();
}

}  // namespace sb::core::quota
