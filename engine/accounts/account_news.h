#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/ports/account_history.h"
#include "engine/ports/clock.h"
#include "engine/ports/inbox_store.h"

namespace sb::accounts {

/// The CloudEvents type of what is told when an account comes to another state.
inline constexpr const char* kStateChanged = "dev.switchboard.account.state_changed";

/// The event that a change becomes, with `id`, received at `now`. Told twice it is one event: its
/// key is the change's.
ports::InboxItem ToInboxItem(const ports::AccountChange& change, EventId id, WallTime now);

/// Makes events of what happened to accounts, of each change once, also when the process dies in
/// between. Thread-safe; blocks.
class AccountNews {
 public:
  struct Dependencies {
    ports::AccountHistory& history;
    const ports::Clock& clock;
    IdGenerator& ids;
    std::function<std::vector<Slot>()> our_slots;
    /// Stores an event and answers once it is durable.
    std::function<void(ports::InboxItem, std::function<void(Result<bool>)>)> publish;
  };

  explicit AccountNews(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Tells what has not been told. What cannot be stored now is told another time.
  void Tell();

 private:
  Dependencies deps_;
};

}  // namespace sb::accounts
