#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/onward/choice.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/page.h"

namespace sb::ports {

using DestinationId = Id<struct DestinationTag>;

std::string ToText(DestinationId id);  ///< dst_..., as other ids (base/ids.h).
std::optional<DestinationId> ParseDestinationId(std::string_view text);

enum class DestinationState : std::int16_t {
  kActive = 1,
  kPaused = 2,  ///< By a person. What comes is kept for it.
  kStopped = 3  ///< The receiver does not know us: a person has to look. Likewise.
};

/// Where events of an account go onward to.
struct Destination {
  DestinationId id;
  Slot slot = 0;
  AccountId account;
  std::string name;  ///< For people; one of a name for an account.
  std::string sink;  ///< "segment", "http": connectors/<sink>/sink.yaml.
  Json settings = Json::object();
  /// Names of the tenant's secrets, by the sink's: {"write_key": "segment-production"}.
  std::map<std::string, std::string> secrets;
  core::onward::EventChoice choice;
  DestinationState state = DestinationState::kActive;
  std::string reason;  ///< kStopped: a stable code.
  WallTime since;      ///< Events that came before are not taken by themselves.
  int failures = 0;    ///< Requests in a row that found nobody who could take them.
  std::optional<WallTime> not_before = {};  ///< Nothing goes out before.
  WallTime created_at;
  int step = 0;  ///< The compare-and-set of Save.
};

/// Destinations. Blocking; thread-safe; fails besides with kUnavailable DATABASE_UNAVAILABLE, and
/// writes with kInDoubt DATABASE_IN_DOUBT.
class DestinationStore {
 public:
  virtual ~DestinationStore() = default;

  /// kConflict DESTINATION_EXISTS: the account has one of this name.
  virtual Status Create(const Destination& destination) = 0;
  /// kNotFound DESTINATION_NOT_FOUND.
  virtual Result<Destination> Get(DestinationId id) = 0;
  /// Of an account, by name.
  virtual Result<std::vector<Destination>> List(AccountId account) = 0;
  /// Of all accounts, in every state.
  virtual Result<std::vector<Destination>> All() = 0;
  /// Active ones of these slots that have something due at `now`, without those.
  virtual Result<std::vector<Destination>> Due(const std::vector<Slot>& slots, WallTime now,
                                               const std::set<DestinationId>& without,
                                               int limit) = 0;
  /// Stores all but id, slot, account, sink and times of making; returns the new step. kConflict
  /// DESTINATION_MOVED: somebody else changed it, or it is gone; DESTINATION_EXISTS as Create.
  virtual Result<int> Save(const Destination& destination) = 0;
  /// With all that is kept for it, and its log. kNotFound DESTINATION_NOT_FOUND.
  virtual Status Delete(DestinationId id) = 0;
};

enum class DeliveryState : std::int16_t {
  kPending = 1,
  kDelivered = 2,
  kDead = 3  ///< Given up, or refused: a dead letter.
};

/// One event on its way to one destination, and the log of it afterwards. Holds nothing of the
/// event's content.
struct Delivery {
  Slot slot = 0;
  AccountId account;
  DestinationId destination;
  EventId event;
  std::string type;        ///< Of the event.
  std::string order_key;   ///< Raw SHA-256 of what the event is about; empty: of nothing single.
  std::int64_t place = 0;  ///< Its place among all deliveries; given by Enqueue and Replay.
  DeliveryState state = DeliveryState::kPending;
  int tries = 0;       ///< Since it was put in place.
  bool alone = false;  ///< It was refused together with others.
  WallTime due_at;     ///< While it is pending; afterwards when that ended.
  std::optional<WallTime> first_tried_at = {};
  std::optional<WallTime> tried_at = {};  ///< The last time.
  int status = 0;                         ///< Of the last HTTP answer; 0: none came.
  std::string reason;                     ///< Why it failed last, as a stable code; else empty.
};

/// A delivery that may go out, and its event; nothing when that is not kept any more.
struct DueDelivery {
  Delivery delivery;
  std::optional<InboxItem> item;
};

struct DeliveryFilter {
  DestinationId destination;
  std::optional<DeliveryState> state = {};  ///< Nothing: in all states.
};

/// Deliveries. As DestinationStore.
class DeliveryStore {
 public:
  virtual ~DeliveryStore() = default;

  /// How far the events of all accounts have been looked at; nothing: not yet.
  virtual Result<std::optional<FeedPosition>> Position() = 0;
  /// Puts them in place, in this order, and stores the position: all in one commit. One that there
  /// is already, and one whose destination is gone, changes nothing.
  virtual Status Enqueue(const std::vector<Delivery>& deliveries, const FeedPosition& position) = 0;
  /// Puts them at the end, in this order, whatever became of them before; pending ones keep their
  /// place. Returns how many are pending anew.
  virtual Result<int> Replay(const std::vector<Delivery>& deliveries) = 0;
  /// Pending ones of a destination that are due at `now`, in their places, without those behind a
  /// pending one of the same order key that is not.
  virtual Result<std::vector<DueDelivery>> Due(const Destination& destination, WallTime now,
                                               int limit) = 0;
  /// Stores how each stands. One that was put in another place meanwhile stays as it is.
  virtual Status Note(const std::vector<Delivery>& deliveries) = 0;
  /// Those of the latest places first.
  virtual Result<Page<Delivery>> List(const DeliveryFilter& filter, const PageRequest& page) = 0;
  /// How many there are, by state.
  virtual Result<std::map<DeliveryState, std::int64_t>> Count(DestinationId destination) = 0;
};

}  // namespace sb::ports
