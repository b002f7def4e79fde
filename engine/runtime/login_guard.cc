#include "engine/runtime/login_guard.h"

#include <utility>

#include "engine/core/peers/network.h"

namespace sb::runtime {
namespace {

constexpr const char* kFailures = "switchboard_failed_logins_total";

}  // namespace

LoginGuard::LoginGuard(std::string door, const ports::Clock& clock, Metrics& metrics)
    : door_(std::move(door)), clock_(clock), metrics_(metrics) {
  metrics_.Describe(kFailures,
                    "Wrong keys and tokens, by door; and what was not looked at because its sender "
                    "has to wait (outcome limited)");
}

void LoginGuard::Count(const char* outcome) {
  metrics_.Count(kFailures, {{"door", door_}, {"outcome", outcome}});
}

Millis LoginGuard::Refuses(const std::string& address) {
  const Millis wait = [&] {
    const std::lock_guard lock(mutex_);
    return failed_.WaitOf(core::GroupOf(address), clock_.Now());
  }();
  if (wait > Millis(0)) Count("limited");
  return wait;
}

void LoginGuard::Failed(const std::string& address) {
  Count("wrong");
  const std::lock_guard lock(mutex_);
  failed_.Failed(core::GroupOf(address), clock_.Now());
}

}  // namespace sb::runtime
