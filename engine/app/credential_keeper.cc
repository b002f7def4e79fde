#include "engine/app/credential_keeper.h"

#include "engine/base/log.h"

namespace sb::app {
namespace {

constexpr int kMostAtOnce = 100;
constexpr int kRoundsPerTidying = 30;
constexpr Millis kPause = std::chrono::seconds(2);

}  // namespace

void CredentialKeeper::Start() {
  LookLater();
}

// Instances that were started together do not look together.
void CredentialKeeper::LookLater() {
  const auto chance = static_cast<unsigned char>(deps_.random.Bytes(1)[0]);
  const Millis pause = kPause / 2 + kPause * chance / 255;
  deps_.pool.PostAt(deps_.clock.Now() + pause, [this] {
    if (stopped_) return;
    RunOnce();
    LookLater();
  });
}

void CredentialKeeper::RunOnce() {
  deps_.news.Tell();
  if (rounds_++ % kRoundsPerTidying == 0) Tidy();
  const auto due = deps_.refreshes.Due(deps_.our_slots(), deps_.clock.Now(), kMostAtOnce);
  if (!due.ok()) return Log::Warn("credentials.due_unknown", {{"code", due.error().code}});
  for (const AccountId id : *due) {
    const std::lock_guard lock(mutex_);
    if (under_way_.insert(id).second) deps_.pool.Post([this, id] { SeeTo(id); });
  }
}

void CredentialKeeper::Tidy() {
  const bool tokens = deps_.refreshes.ForgetPrevious().ok();
  const bool applications = deps_.forget_applications().ok();
  if (!tokens || !applications) Log::Info("credentials.not_tidied");
}

void CredentialKeeper::SeeTo(AccountId id) {
  if (!stopped_) deps_.care.OnDue(id);
  const std::lock_guard lock(mutex_);
  under_way_.erase(id);
}

}  // namespace sb::app
