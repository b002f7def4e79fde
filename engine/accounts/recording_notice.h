#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/recording_store.h"

namespace sb::accounts {

/// Types of events that tell of what the policy keeps: the provider must be asked for them.
std::vector<std::string> RecordingEvents(const connector::Connector& connector,
                                         const core::recordings::Policy& policy);

/// Follows the events of the accounts that keep something, in the order of commits, and notes which
/// recordings are wanted. How far it has come is stored after them: what is read again after a
/// crash is found to be noted. For one caller at a time; another instance does no harm. Blocks.
class RecordingNotice {
 public:
  struct Dependencies {
    ports::RecordingStore& recordings;
    ports::AccountStore& accounts;
    ports::EventFeed& feed;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    IdGenerator& ids;
    std::function<void()> wanted;  ///< Told when there is one to fetch.
  };

  explicit RecordingNotice(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Looks at one page of events. True: there is more at once.
  Result<bool> RunOnce();

 private:
  /// An account that keeps something.
  struct Keeper {
    ports::RecordingPolicy policy;
    const connector::Connector* connector = nullptr;
  };

  Result<std::map<AccountId, Keeper>> Keepers();
  /// Null: events of the account are not looked at.
  Result<const connector::Connector*> ConnectorOf(AccountId account);
  Result<ports::FeedPosition> Position();
  Status Save(const ports::FeedPosition& position);
  Status SkipToTheEnd();
  Status LookAt(const ports::InboxItem& item, const Keeper& keeper);
  Status Want(const ports::InboxItem& item, const Keeper& keeper,
              const connector::RecordingRule& rule, const Json& data);

  Dependencies deps_;
  std::optional<WallTime> saved_at_;
  /// Of the accounts that keep something, for a minute: this is asked every second.
  std::map<AccountId, const connector::Connector*> connectors_;
  WallTime connectors_read_at_;
};

}  // namespace sb::accounts
