#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/page.h"

namespace sb::ports {

enum class InboxSource : std::int16_t {
  kWebhook = 1,
  kApi = 2,       ///< A client or a workflow published it: the body is a CloudEvent.
  kRecovered = 3  ///< Read again from the provider's lists, in the form of its deliveries.
};

/// One delivery, stored before it was acknowledged.
struct InboxItem {
  Slot slot = 0;
  AccountId account;
  EventId id;
  std::string dedupe;  ///< Raw SHA-256: equal deliveries have equal keys.
  /// Raw SHA-256 of what happened, whoever tells of it; may be empty. A recovered event has it as
  /// its `dedupe`, too, and a delivery of the same that comes after it is no new one.
  std::string occurrence = {};
  InboxSource source = InboxSource::kWebhook;
  std::string event;  ///< CloudEvents type, "io.aircall.call.ended"; "unreadable" when it could not
                      ///< be parsed.
  std::string entity;                   ///< "calls"; may be empty.
  std::string entity_id;                ///< The provider's id as text; may be empty.
  std::optional<WallTime> occurred_at;  ///< The provider's own stamp.
  WallTime received_at;
  std::string body;  ///< The bytes as they came, without the token.
};

/// An item that no owner has dealt with yet.
struct PendingItem {
  InboxItem item;
  int tries = 0;
};

/// Which events a list is of; as it is made: all.
struct EventFilter {
  Choice<AccountId> accounts;
  Choice<std::string> types;
  Choice<std::string> subjects;  ///< "calls/4190000017", or "" for events about nothing single.
  Choice<InboxSource> sources;
  TimeRange received;  ///< To the millisecond.
  TimeRange occurred;  ///< Events without such a time are in no such range.

  bool Includes(const InboxItem& item) const;
};

/// "calls/4190000017", "calls", or "".
std::string SubjectOf(const InboxItem& item);

/// The event inbox. Blocking; thread-safe; fails besides with kUnavailable DATABASE_UNAVAILABLE or
/// kInDoubt.
class InboxStore {
 public:
  virtual ~InboxStore() = default;

  /// Stores the items whose dedupe key is new for their account, as pending, all in one commit; one
  /// answer per item: true when it was new. An item whose occurrence is another one's dedupe key is
  /// not. After kInDoubt the same call may be made again: that is
  /// what the key is for.
  virtual Result<std::vector<bool>> Append(const std::vector<InboxItem>& items) = 0;
  /// Items of these slots that wait and are due at `now`, oldest first. Read by state, never by
  /// cursor.
  virtual Result<std::vector<PendingItem>> Pending(const std::vector<Slot>& slots, WallTime now,
                                                   int limit) = 0;
  /// A try failed: the item comes back at `not_before`.
  virtual Status Postpone(Slot slot, EventId id, int tries, WallTime not_before) = 0;
  /// A process ended while it was dealing with the item: counts as `tries` failed tries.
  virtual Status CountCrash(Slot slot, EventId id, int tries) = 0;
  /// Gives up: the item leaves the pending set for `dead_letter` with its reason.
  virtual Status Bury(Slot slot, EventId id, const std::string& reason) = 0;

  /// kNotFound EVENT_NOT_FOUND.
  virtual Result<InboxItem> Get(EventId id) = 0;
  /// The event that was stored under this key. kNotFound EVENT_NOT_FOUND.
  virtual Result<EventId> Find(Slot slot, AccountId account, const std::string& dedupe) = 0;
  /// Newest first.
  virtual Result<Page<InboxItem>> List(const EventFilter& filter, const PageRequest& page) = 0;
};

}  // namespace sb::ports
