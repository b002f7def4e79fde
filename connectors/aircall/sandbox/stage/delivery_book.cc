#include "connectors/aircall/sandbox/stage/delivery_book.h"

#include <algorithm>

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kKept = 10'000;

bool IsOver(DeliveryState state) {
  return state != DeliveryState::kPending && state != DeliveryState::kSending;
}

}  // namespace

RetryPolicy RetryPolicy::From(const Switches& switches) {
  return {.first_wait = Millis(switches.GetNumber(Switch::kWebhookFirstWait)),
          .longest_wait = Millis(switches.GetNumber(Switch::kWebhookLongestWait)),
          .attempts = switches.GetNumber(Switch::kWebhookAttempts),
          .give_up_after = Seconds(switches.GetNumber(Switch::kWebhookGiveUp))};
}

Millis RetryPolicy::WaitAfter(int failures) const {
  Millis wait = first_wait;
  for (int i = 1; i < failures && wait < longest_wait; ++i) wait *= 2;
  return std::min(wait, longest_wait);
}

const char* NameOf(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending:
      return "pending";
    case DeliveryState::kSending:
      return "sending";
    case DeliveryState::kDelivered:
      return "delivered";
    case DeliveryState::kGivenUp:
      return "given_up";
    case DeliveryState::kCancelled:
      return "cancelled";
    case DeliveryState::kLost:
      return "lost";
  }
  return "";
}

std::int64_t DeliveryBook::Add(Outgoing message, WallTime now, WallTime due,
                               std::optional<std::int64_t> repeat_of) {
  Prune();
  const std::int64_t id = next_id_++;
  message.delivery_id = id;
  deliveries_[id] = {std::move(message), DeliveryState::kPending, now, due, repeat_of, {}};
  waiting_.emplace(due, id);
  return id;
}

void DeliveryBook::AddLost(Outgoing message, WallTime now) {
  Prune();
  const std::int64_t id = next_id_++;
  message.delivery_id = id;
  deliveries_[id] = {std::move(message), DeliveryState::kLost, now, now, {}, {}};
}

std::optional<Outgoing> DeliveryBook::TakeDue(WallTime now) {
  for (const auto& [due_at, id] : waiting_) {
    if (due_at > now) break;
    Delivery& delivery = deliveries_.at(id);
    if (busy_.contains(delivery.message.webhook_id)) continue;
    busy_.insert(delivery.message.webhook_id);
    delivery.state = DeliveryState::kSending;
    waiting_.erase(Place{due_at, id});
    return delivery.message;
  }
  return {};
}

std::optional<WallTime> DeliveryBook::NextDue() const {
  for (const auto& [due_at, id] : waiting_) {
    if (!busy_.contains(deliveries_.at(id).message.webhook_id)) return due_at;
  }
  return {};
}

void DeliveryBook::Finish(std::int64_t id, Attempt attempt, const RetryPolicy& policy) {
  const auto found = deliveries_.find(id);
  if (found == deliveries_.end()) return;
  Delivery& delivery = found->second;
  busy_.erase(delivery.message.webhook_id);
  const bool delivered = attempt.delivered();
  const WallTime now = attempt.at + attempt.took;
  delivery.attempts.push_back(std::move(attempt));
  if (IsOver(delivery.state)) return;  // Cancelled while it was under way.
  const int tries = static_cast<int>(delivery.attempts.size());
  delivery.due_at = now + policy.WaitAfter(tries);
  if (delivered) {
    delivery.state = DeliveryState::kDelivered;
  } else if (delivery.message.once || tries >= policy.attempts ||
             delivery.due_at - delivery.created_at > policy.give_up_after) {
    delivery.state = DeliveryState::kGivenUp;
  } else {
    delivery.state = DeliveryState::kPending;
    waiting_.emplace(delivery.due_at, id);
  }
}

void DeliveryBook::Cancel(const std::string& webhook_id) {
  for (auto& [id, delivery] : deliveries_) {
    if (delivery.message.webhook_id != webhook_id || IsOver(delivery.state)) continue;
    delivery.state = DeliveryState::kCancelled;
    waiting_.erase(Place{delivery.due_at, id});
  }
}

Result<Delivery> DeliveryBook::Repeat(std::optional<std::int64_t> id, WallTime now) {
  const auto found =
      id || deliveries_.empty() ? deliveries_.find(id.value_or(0)) : std::prev(deliveries_.end());
  if (found == deliveries_.end()) {
    return NotFound("SANDBOX_NOT_FOUND",
                    "There is no such delivery: see GET /_sandbox/deliveries.");
  }
  const std::int64_t repeated = found->first;
  return deliveries_.at(Add(found->second.message, now, now, repeated));
}

void DeliveryBook::Clear() {
  deliveries_.clear();
  waiting_.clear();
  busy_.clear();
}

void DeliveryBook::Prune() {
  auto oldest = deliveries_.begin();
  while (deliveries_.size() >= kKept && oldest != deliveries_.end()) {
    oldest = IsOver(oldest->second.state) ? deliveries_.erase(oldest) : std::next(oldest);
  }
}

}  // namespace sb::aircall::sandbox
