#include "tests/sim/timeline.h"

#include <algorithm>

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

namespace sb::sim {
namespace {

constexpr std::size_t kStackSize = std::size_t{1} << 19;

}  // namespace

struct Timeline::Fiber {
  boost::context::fiber itself;  ///< While it waits.
  boost::context::fiber caller;  ///< While it runs.
};

void Timeline::Run(Event work) {
  static boost::context::pooled_fixedsize_stack stacks(kStackSize);
  auto fiber = std::make_shared<Fiber>();
  fiber->itself = boost::context::fiber(
      std::allocator_arg, stacks,
      [fiber = fiber.get(), work = std::move(work)](boost::context::fiber&& caller) {
        fiber->caller = std::move(caller);
        work();
        return std::move(fiber->caller);
      });
  Resume(fiber);
}

void Timeline::Resume(const std::shared_ptr<Fiber>& fiber) {
  const auto interrupted = std::exchange(current_, fiber);
  fiber->itself = std::move(fiber->itself).resume();
  current_ = interrupted;
}

void Timeline::Wait(std::chrono::microseconds time) {
  const auto self = current_;
  After(time, [this, self] { Resume(self); });
  self->caller = std::move(self->caller).resume();
}

void Timeline::At(WallTime when, Event event) {
  events_.emplace(std::pair(std::max(when, Now()), dice_()), std::move(event));
}

void Timeline::RunUntil(WallTime end) {
  while (!events_.empty() && events_.begin()->first.first <= end) {
    auto next = events_.extract(events_.begin());
    clock_.Set(std::max(Now(), next.key().first));
    next.mapped()();
  }
  clock_.Set(std::max(Now(), end));
}

int Timeline::Roll(int sides) {
  return static_cast<int>(dice_() % static_cast<std::uint64_t>(sides));
}

Millis Timeline::Between(Millis shortest, Millis longest) {
  return shortest + Millis(Roll(static_cast<int>((longest - shortest).count()) + 1));
}

}  // namespace sb::sim
