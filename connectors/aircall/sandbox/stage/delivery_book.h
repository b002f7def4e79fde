#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/clock.h"
#include "connectors/aircall/sandbox/world/switches.h"
#include "engine/base/result.h"

namespace sb::aircall::sandbox {

/// How often and how long a delivery is tried. The number of attempts and the 12 hours are
/// documented, the times between are not.
struct RetryPolicy {
  Millis first_wait{1000};  ///< Doubles with each failure...
  Millis longest_wait = std::chrono::minutes(15);
  int attempts = 50;
  Millis give_up_after = std::chrono::hours(12);

  static RetryPolicy From(const Switches& switches);

  /// The wait after the `failures`-th failed attempt, counted from 1.
  Millis WaitAfter(int failures) const;
};

enum class DeliveryState { kPending, kSending, kDelivered, kGivenUp, kCancelled, kLost };

const char* NameOf(DeliveryState state);

struct Attempt {
  WallTime at;
  int status = 0;         ///< 0: no answer.
  std::string problem{};  ///< Why there was none.
  Millis took{0};

  bool delivered() const { return status >= 200 && status < 300; }
};

/// What to send where.
struct Outgoing {
  std::int64_t delivery_id = 0;
  std::int64_t company_id = 0;
  std::string webhook_id{};
  std::string url{};
  std::string event{};
  std::string body{};
  bool once = false;  ///< Never tried again: number-callbacks (doc).
};

struct Delivery {
  Outgoing message;
  DeliveryState state = DeliveryState::kPending;
  WallTime created_at;
  WallTime due_at;
  std::optional<std::int64_t> repeat_of;
  std::vector<Attempt> attempts;
};

/// Every delivery that is waiting, under way or lately done. One webhook gets one delivery at a
/// time, so first attempts arrive in order; a failed one steps back and lets the next go ahead.
/// Guarded by its owner.
class DeliveryBook {
 public:
  /// To be sent at `due`. The message's `delivery_id` is assigned here.
  std::int64_t Add(Outgoing message, WallTime now, WallTime due,
                   std::optional<std::int64_t> repeat_of = {});
  /// One that never leaves, for the record.
  void AddLost(Outgoing message, WallTime now);
  /// The delivery that is due and first in line, now counted as under way.
  std::optional<Outgoing> TakeDue(WallTime now);
  /// When TakeDue will have something; nothing when it waits for no clock.
  std::optional<WallTime> NextDue() const;
  /// Ends an attempt: delivered, to be tried again, or given up. Unknown ids are ignored.
  void Finish(std::int64_t id, Attempt attempt, const RetryPolicy& policy);
  /// Sends no more of what waits for this webhook.
  void Cancel(const std::string& webhook_id);
  /// Sends the same bytes once more, as at-least-once delivery does. Without an id, the latest
  /// delivery. Fails with kNotFound SANDBOX_NOT_FOUND.
  Result<Delivery> Repeat(std::optional<std::int64_t> id, WallTime now);
  /// Forgets everything, what is under way included. Ids go on counting.
  void Clear();

  /// Grows with every delivery added.
  std::int64_t next_id() const { return next_id_; }

  const std::map<std::int64_t, Delivery>& all() const { return deliveries_; }

 private:
  using Place = std::pair<WallTime, std::int64_t>;

  void Prune();

  std::int64_t next_id_ = 1;
  std::map<std::int64_t, Delivery> deliveries_;
  std::set<Place> waiting_;
  std::set<std::string> busy_;
};

}  // namespace sb::aircall::sandbox
