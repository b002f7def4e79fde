#include "tests/integration/edge/door_world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sb::testing {
namespace {

Error NotHere() {
  return Internal("TEST_UNEXPECTED", "the door does not do this");
}

}  // namespace

void EventBox::StartRun(StartRequest /*request*/, std::function<void(Result<RunId>)> done) {
  done(NotHere());
}

void EventBox::StartRuns(std::vector<StartRequest> requests,
                         std::function<void(StartedRuns)> done) {
  done(StartedRuns(requests.size(), Result<StartedRun>(NotHere())));
}

void EventBox::CancelRun(RunId /*id*/, std::string /*reason*/, std::function<void(Status)> done) {
  done(NotHere());
}

void EventBox::SuspendRun(RunId /*id*/, std::string /*reason*/, std::function<void(Status)> done) {
  done(NotHere());
}

void EventBox::ResumeRun(RunId /*id*/, std::function<void(Status)> done) {
  done(NotHere());
}

std::unique_ptr<runtime::Watch> EventBox::WatchRun(
    RunId /*id*/, std::function<void(const runtime::RunNews&)> /*news*/) {
  return nullptr;
}

void EventBox::AcceptEvent(ports::InboxItem item, std::optional<Json> /*data*/,
                           std::function<void(Result<bool>)> done) {
  std::function<void()> answer;
  {
    const std::lock_guard lock(mutex_);
    const bool is_new = std::none_of(items_.begin(), items_.end(), [&](const auto& known) {
      return known.account == item.account && known.dedupe == item.dedupe;
    });
    const auto result = error_ ? Result<bool>(*error_) : Result<bool>(is_new);
    if (!error_ && is_new) items_.push_back(std::move(item));
    changed_.notify_all();
    answer = [done = std::move(done), result] { done(result); };
    if (hold_) held_.push_back(std::exchange(answer, nullptr));
  }
  if (answer) answer();
}

std::vector<ports::InboxItem> EventBox::items() const {
  const std::lock_guard lock(mutex_);
  return items_;
}

bool EventBox::AwaitItems(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return items_.size() >= count; });
}

void EventBox::FailWith(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

void EventBox::HoldAnswers(bool hold) {
  const std::lock_guard lock(mutex_);
  hold_ = hold;
}

void EventBox::Release() {
  std::vector<std::function<void()>> held;
  {
    const std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  for (const auto& answer : held) answer();
}

DoorWorld::DoorWorld(edge::Door::Settings settings)
    : door({.connections = connections,
            .accounts = accounts,
            .engine = engine,
            .connectors = ShippedConnectors(),
            .workers = workers,
            .clock = clock,
            .ids = ids,
            .metrics = metrics,
            .public_url = [this] { return public_url; },
            .unready_reasons = [this] { return reasons; },
            .recordings = &recordings,
            .media = &media,
            .recording_links = &recording_links},
           settings) {
  const auto bound = door.Start("127.0.0.1:0");
  if (!bound.ok()) {
    std::fprintf(stderr, "%s\n", bound.error().message.c_str());
    std::abort();
  }
  address = *bound;
}

DoorWorld::~DoorWorld() {
  door.Stop();
  workers.Stop();
}

}  // namespace sb::testing
