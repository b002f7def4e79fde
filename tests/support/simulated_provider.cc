#include "tests/support/simulated_provider.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace sb::testing {
namespace {

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

  WallTime Reset() const override {
    return WallTime(std::chrono::ceil<seconds>(phase_ + (window_ + 1) * minutes(1)));
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

  WallTime Reset() const override { return std::chrono::ceil<seconds>(log_.front() + minutes(1)); }

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

  WallTime Reset() const override {
    return std::chrono::ceil<seconds>(*last_ + minutes(1) / limit_);
  }

 private:
  int limit_;
  double tokens_;
  std::optional<WallTime> last_;
};

}  // namespace

const char* ToString(Counting counting) {
  switch (counting) {
    case Counting::kFixedWindow:
      return "fixed window";
    case Counting::kSlidingLog:
      return "sliding log";
    case Counting::kTokenBucket:
      return "token bucket";
  }
  return "";
}

std::unique_ptr<SimulatedProvider> MakeProvider(Counting counting, int limit, Millis phase) {
  switch (counting) {
    case Counting::kFixedWindow:
      return std::make_unique<FixedWindow>(limit, phase);
    case Counting::kSlidingLog:
      return std::make_unique<SlidingLog>(limit);
    case Counting::kTokenBucket:
      return std::make_unique<TokenBucket>(limit);
  }
  return nullptr;
}

}  // namespace sb::testing
