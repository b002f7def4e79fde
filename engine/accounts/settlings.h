#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/publish_and_wait.h"
#include "engine/connector/settling.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/settling_store.h"

namespace sb::accounts {

/// Records that go on changing after their end, each until it changes no more: what events tell of
/// them is noted, and where no event settles one it is read again, by the connector's schedule.
/// Then it is told, once, with the whole record.
///
/// A record is told before that is noted, under a key of its own in the inbox: whoever does it
/// again, after a crash or beside us, tells nothing new. Thread-safe; blocks.
class Settlings {
 public:
  struct Dependencies {
    ConnectionDependencies world;
    ports::SettlingStore& settlings;
    ports::InboxStore& inbox;
    std::function<std::vector<Slot>()> our_slots;
    PublishEvent publish;
  };

  explicit Settlings(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// An event of the provider tells how a record is; `data` is what it carries. For events that the
  /// connector's rules name, of accounts for which somebody wants to know. May be repeated. Fails
  /// as the store does, and with kConflict SETTLING_MOVED where others are always faster: to be
  /// tried again.
  Status Note(const ports::InboxItem& item, const Json& data);

  /// What is due of our accounts, but for these, longest due first.
  Result<std::vector<ports::Settling>> Due(const std::set<AccountId>& without);

  enum class Pace {
    kDone,  ///< Nothing is left to do of it now.
    kLater  ///< Something hinders its account: go on in half a minute.
  };

  /// Does what is due of a record: reads it, at the cost of one request in the background lane, or
  /// tells what an event has shown.
  Pace Step(ports::Settling settling);

 private:
  /// What a step needs of the account.
  struct Place {
    const connector::Connector& connector;
    const connector::SettlingRule& rule;
  };

  Status NoteOnce(const ports::InboxItem& item, const connector::SettlingFound& found,
                  const connector::RecordFacts& facts, const std::string& key);
  Status Begin(const ports::InboxItem& item, const connector::SettlingFound& found,
               const connector::RecordFacts& facts, const std::string& key);
  Result<Pace> TakeStep(ports::Settling& settling);
  Result<bool> IsWanted(const ports::Account& account, const connector::SettlingRule& rule) const;
  Result<Pace> Look(ports::Settling& settling, const Place& place);
  Result<Pace> AfterFailure(ports::Settling& settling, const Place& place, const Error& error);
  Result<Pace> TellConfirmed(ports::Settling& settling, const Place& place);
  Result<Pace> Tell(ports::Settling& settling, const Place& place, Json data, const char* by);
  Result<Pace> Abandon(ports::Settling& settling, const char* why);
  Status Save(const ports::Settling& settling);

  Dependencies deps_;
};

}  // namespace sb::accounts
